"""Draw the plots of a report with matplotlib, as SVG that is part of a page."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# (matplotlib leaves the types of its keyword arguments open)

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import matplotlib.style
import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from driftgauge.report.figures import Bars, Calibration, Growing, Histograms, Line, LineStyle, OverTime, Plot, Timeline
from driftgauge.report.growth_plot import growing
from driftgauge.report.histogram_plot import histograms
from driftgauge.report.svg import CURRENT, FAULT, GRID, INK, MUTED, PAPER, REFERENCE, to_svg
from driftgauge.report.wording import clean, number, percent, short

SMALL, WIDE = (4.0, 2.2), (6.0, 2.3)
STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "text.color": INK,
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.labelcolor": INK,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}
MANY_POINTS: Final = 60
MOST_TICKS: Final = 600
"""As many moments beside each other can be told apart on a timeline."""
SMALL_PART: Final = 1 / 3
LABEL: Final = 18
NAME: Final = 28


def draw(plot: Plot, *, prefix: str) -> str:
    """Return a plot as an SVG element; the same plot makes the same text."""
    with matplotlib.style.context(["default", STYLE | {"svg.hashsalt": prefix}]), warnings.catch_warnings():
        # The browser has the glyphs that the font that is measured with may lack.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Figure(figsize=_size(plot), layout="constrained")
        axes = figure.add_subplot()
        match plot:
            case Histograms():
                histograms(axes, plot)
            case Bars():
                _bars(axes, plot)
            case OverTime():
                _over_time(axes, plot)
            case Calibration():
                _calibration(axes, plot)
            case Timeline():
                _timeline(axes, plot)
            case Growing():
                growing(axes, plot)
        return to_svg(figure, prefix=prefix, label=clean(plot.description))


def _size(plot: Plot) -> tuple[float, float]:
    if isinstance(plot, Bars):
        width, least = WIDE if plot.wide else SMALL
        return width, max(least, 0.7 + 0.19 * len(plot.categories))
    return WIDE if plot.wide else SMALL


def _bars(axes: Axes, plot: Bars) -> None:
    """Draw a pair of bars a category, from the top on."""
    places = np.arange(len(plot.categories), dtype=np.float64)
    axes.barh(places - 0.2, plot.reference, 0.38, color=REFERENCE, alpha=0.6, label="reference")
    axes.barh(places + 0.2, plot.current, 0.38, color=CURRENT, label="current")
    axes.set_yticks(places, [short(name, LABEL) for name in plot.categories])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("" if plot.unit == "%" else short(plot.unit, LABEL))
    axes.xaxis.set_major_formatter(_formatter(plot.unit))
    if min((*plot.reference, *plot.current), default=0) >= 0:
        axes.set_xlim(left=0)


def _over_time(axes: Axes, plot: OverTime) -> None:
    for line in plot.lines:
        _line(axes, line, steps=plot.steps)
    for place, limit in enumerate(plot.limits):
        axes.plot(
            _numbers(limit.times),
            _floats(limit.values),
            color=FAULT,
            linewidth=1.2,
            linestyle=":",
            label=limit.label if place == 0 else None,
        )
    for place, at in enumerate(plot.marks):
        axes.axvline(
            _number(at), color=INK, linewidth=1, linestyle=(0, (1, 2)), label=plot.mark_label if place == 0 else None
        )
    _time_axis(axes, *_span([at for line in plot.lines for at in line.times], plot.start, plot.end))
    axes.set_ylabel("" if plot.unit == "%" else short(plot.unit, LABEL))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(_formatter(plot.unit))
    if plot.from_zero:
        axes.set_ylim(bottom=0, top=1.03 if plot.to_one else None)
    if len(plot.lines) + len(plot.limits) + len(plot.marks) > 1:
        axes.legend(
            loc="upper left", bbox_to_anchor=(0, 1.22), ncols=4, borderaxespad=0, columnspacing=1, handlelength=1.6
        )


def _line(axes: Axes, line: Line, *, steps: bool) -> None:
    times, values = _numbers(line.times), _floats(line.values)
    colour = CURRENT if line.accent else REFERENCE
    if line.low:
        axes.fill_between(times, _floats(line.low), _floats(line.high), color=REFERENCE, alpha=0.25, linewidth=0)
    few = len(times) <= MANY_POINTS and not steps
    axes.plot(
        times,
        values,
        color=colour,
        linewidth=1.6,
        linestyle="--" if line.style is LineStyle.DASHED else "-",
        drawstyle="steps-post" if steps else "default",
        marker=("s" if line.style is LineStyle.DASHED else "o") if few else "",
        markersize=3.5,
        label=line.label,
    )
    faults = [place for place, fault in enumerate(line.faults) if fault]
    if faults:
        axes.plot(
            [times[place] for place in faults],
            [values[place] for place in faults],
            color=FAULT,
            linestyle="",
            marker="v",
            markersize=7,
            markeredgecolor=PAPER,
            markeredgewidth=0.6,
        )


def _calibration(axes: Axes, plot: Calibration) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="scores are probabilities")
    axes.plot(plot.scores, plot.shares, color=CURRENT, linewidth=1.6, marker="o", markersize=4, label="found")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("mean score")
    axes.set_ylabel("share of positives")
    axes.xaxis.set_major_formatter(_percents())
    axes.yaxis.set_major_formatter(_percents())
    axes.legend(loc="upper left")


def _timeline(axes: Axes, plot: Timeline) -> None:
    times = [at for lane in plot.lanes for at in (*lane.moments, *(at for span in lane.spans for at in span))]
    start, end = _span(times, plot.start, plot.end)
    least = (end - start) / timedelta(days=MOST_TICKS)
    for place, lane in enumerate(plot.lanes):
        moments = _apart(_numbers(lane.moments), least=least)
        lasting = [(_number(since), max(_number(until) - _number(since), least)) for since, until in lane.spans]
        axes.broken_barh(lasting, (place - 0.28, 0.56), color=CURRENT, alpha=0.75)
        axes.plot(
            moments,
            [place] * len(moments),
            color=CURRENT,
            linestyle="",
            marker="|",
            markersize=14,
            markeredgewidth=1.4,
        )
    axes.set_yticks(range(len(plot.lanes)), [f"{short(lane.label, NAME)} ({lane.count:,})" for lane in plot.lanes])
    axes.set_ylim(len(plot.lanes) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    _time_axis(axes, start, end)


def _span(times: Sequence[datetime], start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return from when to when is shown: the whole span, or where anything is, if that is a small part of it."""
    if not times or max(times) - min(times) > (end - start) * SMALL_PART:
        return start, end
    beside = (max(times) - min(times)) / 20 or timedelta(hours=12)
    return min(times) - beside, max(times) + beside


def _apart(places: list[float], *, least: float) -> list[float]:
    """Return places of which none would be drawn over another."""
    return sorted({round(place / least) * least for place in places})


def _time_axis(axes: Axes, start: datetime, end: datetime) -> None:
    locator = dates.AutoDateLocator(tz=UTC, minticks=4)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))
    axes.set_xlim(_number(start), _number(end))


def _formatter(unit: str) -> FuncFormatter:
    return _percents() if unit == "%" else FuncFormatter(lambda value, _: number(float(value)))


def _percents() -> FuncFormatter:
    return FuncFormatter(lambda value, _: percent(float(value)))


def _number(at: datetime) -> float:
    return float(dates.date2num(at))


def _numbers(times: Sequence[datetime]) -> list[float]:
    return [_number(at) for at in times]


def _floats(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
