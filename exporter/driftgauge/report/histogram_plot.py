"""Draw how the values of a feature are distributed, before and now, as densities on common cells."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# (matplotlib leaves the types of its keyword arguments open)

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from driftgauge.report.figures import Histograms
from driftgauge.report.svg import CURRENT, MUTED, REFERENCE
from driftgauge.report.wording import number

TAIL: Final = 0.06
"""How wide an open end is drawn, of the range."""
LEAST_TAIL: Final = 0.005
HIGHEST: Final = 5
"""A density of the current window is cut off at so many times the greatest of the reference."""
NARROWEST: Final = 1 / 40
"""A cell narrower than this part of the range is drawn together with its neighbours: no spike hides all else."""


def histograms(axes: Axes, plot: Histograms) -> None:
    """Draw densities on common cells: the area of a cell is its share."""
    inner = np.asarray(plot.edges, dtype=np.float64)
    low, high = _range_of(inner)
    tail = TAIL * (high - low)
    before, now = np.asarray(plot.reference), np.asarray(plot.current)
    keep = _wide_enough(inner, NARROWEST * (high - low))
    cells, middle = inner[keep], [np.add.reduceat(shares[1:-1], keep[:-1]) for shares in (before, now)]
    dense = [part / np.diff(cells) for part in middle]
    shown = np.clip(cells, low, high)
    axes.stairs(dense[0], shown, fill=True, color=REFERENCE, alpha=0.45)
    axes.stairs(dense[1], shown, color=CURRENT, linewidth=1.8)
    for place, edge, word, way in ((0, low, "below", -1), (-1, high, "above", 1)):
        if max(before[place], now[place]) >= LEAST_TAIL:
            outer = sorted((edge, edge + way * tail))
            axes.stairs([before[place] / tail], outer, fill=True, color=REFERENCE, alpha=0.45)
            axes.stairs([now[place] / tail], outer, color=CURRENT, linewidth=1.8)
            axes.axvline(edge, color=MUTED, linewidth=0.8, linestyle=":")
            axes.annotate(
                word,
                (edge + way * tail / 2, 0.97),
                xycoords=("data", "axes fraction"),
                rotation=90,
                ha="center",
                va="top",
                color=MUTED,
                fontsize=7,
            )
    highest = HIGHEST * float(dense[0].max(initial=0.0))
    if 0 < highest < axes.get_ylim()[1]:
        axes.set_ylim(0, highest)
        axes.annotate("cut off", (1, 1), xycoords="axes fraction", ha="right", va="top", color=MUTED, fontsize=8)
    axes.set_yticks([])
    axes.set_ylabel("density")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(float(value))))
    axes.margins(x=0.01)


def _wide_enough(edges: np.ndarray[Any, np.dtype[np.float64]], least: float) -> list[int]:
    """Return which edges to keep so that no cell is narrower; the first and the last always are."""
    keep = [0]
    for place in range(1, len(edges) - 1):
        if edges[place] - edges[keep[-1]] >= least and edges[-1] - edges[place] >= least:
            keep.append(place)
    return [*keep, len(edges) - 1]


def _range_of(edges: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float]:
    """Return what is shown of a range: an outermost cell that is far wider than all others is cut short."""
    low, high = float(edges[0]), float(edges[-1])
    most = (float(edges[-2]) - float(edges[1])) / 2
    if most > 0:
        low, high = max(low, float(edges[1]) - most), min(high, float(edges[-2]) + most)
    return low, high
