"""What was measured at rising sizes, and the tables of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cost import Cost
from driftgauge.costs.growth import Growth, fit_growth
from driftgauge.costs.spread import Spread, spread
from driftgauge.costs.wording import much
from report import Report

SCALES: Final = {"ms": 1e3, "µs": 1e6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Seconds at a size, round by round: CPU of the exporter and its backends together, and by the clock."""

    size: int
    cpu: Spread
    wall: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is aimed at: the CPU seconds of one of what is counted, or the exponent."""

    each: float | None = None
    exponent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One cost at rising sizes; `size` is what is counted, one of which is an `item`, told in a `unit` if at all."""

    name: str
    size: str
    points: tuple[Point, ...]
    item: str = ""
    unit: str = "ms"
    aim: Aim = Aim()

    @property
    def growth(self) -> Growth:
        """The power that fits the medians of CPU time."""
        found = fit_growth([(point.size, point.cpu.median) for point in self.points])
        if found is None:
            raise ValueError(f"{self.name}: measured at one size only, or nothing was")
        return found


def point(size: int, costs: Sequence[Cost]) -> Point:
    """Return the point of some rounds at a size."""
    return Point(size=size, cpu=spread(cost.cpu for cost in costs), wall=spread(cost.wall for cost in costs))


def show(report: Report, part: str, title: str, courses: Sequence[Course]) -> None:
    """Print the points of courses over the same sizes."""
    report.table(part, title, [_row(course, found) for course in courses for found in course.points])


def _row(course: Course, found: Point) -> dict[str, Any]:
    row: dict[str, Any] = {
        "what": course.name,
        course.size: f"{found.size:,}",
        "rounds": len(found.cpu.rounds),
        "CPU ms": much(found.cpu.median * 1e3),
        "spread": f"{much(found.cpu.least * 1e3)}–{much(found.cpu.greatest * 1e3)}",
        "wall ms": much(found.wall.median * 1e3),
    }
    if course.item:
        row[f"CPU {course.unit} a {course.item}"] = much(found.cpu.median / found.size * SCALES[course.unit])
    if course.aim.each is not None:
        row["aim ≤"] = much(course.aim.each * SCALES[course.unit])
    return row


def show_exponents(report: Report, courses: Sequence[Course]) -> None:
    """Print how each course grows."""
    report.table(
        "growth_exponents",
        "CPU seconds grow as this power of the size: 1 is in proportion, 0 is flat",
        [_exponents(course) for course in courses],
    )


def _exponents(course: Course) -> dict[str, Any]:
    growth = course.growth
    return {
        "what": course.name,
        "by": course.size,
        "over all sizes": f"{growth.exponent:.2f}",
        "last step": f"{growth.last:.2f}",
        "aim": course.aim.exponent or None,
    }
