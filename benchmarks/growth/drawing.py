"""Draw how costs grow as one picture: its own paper and colours, as nothing around it says what they are."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# (matplotlib leaves the types of its keyword arguments open)

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from driftgauge.costs.wording import much
from driftgauge.report import growth_plot
from driftgauge.report.figures import Curve, Growing
from driftgauge.report.plots import STYLE
from driftgauge.report.svg import CURRENT, FAULT, GRID, INK, MUTED, PAPER, REFERENCE, VARIABLES, to_svg
from growth.course import SCALES, Course

NAME: Final = "growth"
SIZE: Final = (10.0, 7.0)
PAD: Final = 0.15
COLUMNS: Final = 2
MILLISECONDS: Final = SCALES["ms"]
COLOURS: Final = {
    INK: "#1a1f29",
    MUTED: "#555e6c",
    GRID: "#d5dae2",
    REFERENCE: "#0b57a4",
    CURRENT: "#b4490a",
    FAULT: "#b3261e",
    PAPER: "#ffffff",
}
FONT: Final = "'DejaVu Sans', Verdana, Arial, sans-serif"
ROOM: Final = 3.0
"""Above the highest point, for the legend."""
LEAST_RANGE: Final = 10.0
"""The scale of costs spans at least so many times its least, so that what is flat looks flat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Courses over the same sizes, in one of the plots."""

    title: str
    courses: tuple[Course, ...]


def draw(panels: Sequence[Panel]) -> str:
    """Return the picture as an SVG file; the same figures make the same text."""
    with matplotlib.style.context(["default", STYLE | {"svg.hashsalt": NAME}]):
        figure = Figure(figsize=SIZE, layout=ConstrainedLayoutEngine(w_pad=PAD, h_pad=PAD))
        for place, panel in enumerate(panels, start=1):
            _panel(figure.add_subplot(-(-len(panels) // COLUMNS), COLUMNS, place), panel)
        told = "; ".join(f"{panel.title}: {_told(panel.courses)}" for panel in panels)
        svg = to_svg(figure, prefix=NAME, label=f"CPU time by size, on logarithmic axes. {told}.")
    for colour, variable in VARIABLES.items():
        svg = svg.replace(variable, COLOURS[colour])
    head, _, rest = svg.partition(">")
    paper = f'<rect width="100%" height="100%" rx="8" fill="{COLOURS[PAPER]}"></rect>'
    root = head.replace("<svg", f'<svg xmlns="http://www.w3.org/2000/svg" font-family="{FONT}"', 1)
    return f"{root}>{paper}{rest}\n"


def _panel(axes: Axes, panel: Panel) -> None:
    costs = [point.cpu.median * MILLISECONDS for course in panel.courses for point in course.points]
    low, high = min(costs), max(costs)
    wider = math.sqrt(max(LEAST_RANGE / (high / low), 1.0))
    axes.set_ylim(low / wider, high * wider * ROOM)
    growth_plot.growing(
        axes,
        Growing(
            title=panel.title,
            description=panel.title,
            size=panel.courses[0].size,
            unit="CPU ms",
            curves=tuple(_curve(course) for course in panel.courses),
        ),
    )
    legend = axes.get_legend_handles_labels()
    for course, colour in zip(panel.courses, growth_plot.COLOURS, strict=False):
        if course.aim.each is not None:
            ends = (course.points[0].size, course.points[-1].size)
            aimed = [end * course.aim.each * MILLISECONDS for end in ends]
            [line] = axes.plot(ends, aimed, color=colour, linewidth=1.2, linestyle=":")
            legend[0].append(line)
            legend[1].append(f"aim: {much(course.aim.each * SCALES[course.unit])} {course.unit} a {course.item}")
    axes.set_title(panel.title, loc="left", color=INK, fontsize=11)
    axes.legend(*legend, loc="upper left")


def _curve(course: Course) -> Curve:
    growth = course.growth
    sizes = tuple(float(point.size) for point in course.points)
    return Curve(
        label=f"{course.name}: size ^ {growth.exponent:.2f}, last step ^ {growth.last:.2f}",
        sizes=sizes,
        costs=tuple(point.cpu.median * MILLISECONDS for point in course.points),
        low=tuple(point.cpu.least * MILLISECONDS for point in course.points),
        high=tuple(point.cpu.greatest * MILLISECONDS for point in course.points),
        fitted=(growth.at(sizes[0]) * MILLISECONDS, growth.at(sizes[-1]) * MILLISECONDS),
    )


def _told(courses: Sequence[Course]) -> str:
    return ", ".join(f"{course.name} grows as {course.size} ^ {course.growth.exponent:.2f}" for course in courses)
