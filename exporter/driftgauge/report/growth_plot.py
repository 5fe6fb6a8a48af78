"""Draw how costs grow with a size, on logarithmic axes, as straight lines are powers there."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# (matplotlib leaves the types of its keyword arguments open)

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from driftgauge.report.figures import Growing
from driftgauge.report.svg import CURRENT, GRID, MUTED, REFERENCE
from driftgauge.report.wording import short

MARKERS: Final = ("o", "s", "^", "D")
COLOURS: Final = (CURRENT, REFERENCE, MUTED)
LABEL: Final = 60
FEW_DECADES: Final = 100
"""Below so many times the least, powers of ten alone are too few marks."""
BETWEEN: Final = (1.0, 2.0, 5.0)
ROOM: Final = 1.6


def growing(axes: Axes, plot: Growing) -> None:
    """Draw each cost as points with what its rounds span, and its fitted power as a line."""
    for place, curve in enumerate(plot.curves):
        colour = COLOURS[place % len(COLOURS)]
        if curve.fitted:
            ends = (curve.sizes[0], curve.sizes[-1])
            axes.plot(ends, curve.fitted, color=colour, linewidth=1.2, linestyle="--" if place % 2 else "-")
        spans = (
            [cost - low for cost, low in zip(curve.costs, curve.low, strict=True)],
            [high - cost for cost, high in zip(curve.costs, curve.high, strict=True)],
        )
        axes.errorbar(
            curve.sizes,
            curve.costs,
            yerr=spans,
            fmt=MARKERS[place % len(MARKERS)],
            color=colour,
            markersize=5,
            elinewidth=1,
            label=short(curve.label, LABEL),
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low / ROOM, high * ROOM)
    for axis, (least, most) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        between = BETWEEN if most / least < FEW_DECADES else (1.0,)
        axis.set_major_locator(LogLocator(base=10, subs=between, numticks=8))
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(FuncFormatter(lambda value, _: _power(float(value))))
    axes.grid(visible=True, axis="both", color=GRID)
    axes.set_xlabel(plot.size)
    axes.set_ylabel(plot.unit)
    axes.legend(loc="upper left")


def _power(value: float) -> str:
    """Return a power of ten as people read it."""
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"
