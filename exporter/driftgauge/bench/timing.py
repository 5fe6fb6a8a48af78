"""Take the time: of calls one by one, of something as a whole, and of the clock itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from driftgauge.costs.figures import Clock
from driftgauge.costs.spread import percentile

NANOSECONDS: Final = 1e9
LOOKS: Final = 20_000


def read_clock() -> Clock:
    """Return what the clock can tell apart, and what asking it twice costs."""
    readings = [time.perf_counter_ns() for _ in range(LOOKS)]
    steps = [after - before for before, after in pairwise(readings)]
    told = [step for step in steps if step > 0]
    return Clock(
        resolution=max(time.get_clock_info("perf_counter").resolution * NANOSECONDS, float(min(told, default=0))),
        overhead=float(percentile(steps, 0.5)),
    )


def seconds(action: Callable[[], object]) -> float:
    """Return how long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def microseconds_of_calls(call: Callable[[int], object], calls: int) -> list[float]:
    """Return how long each call takes, one after the other."""
    took: list[float] = []
    for place in range(calls):
        began = time.perf_counter_ns()
        call(place)
        took.append((time.perf_counter_ns() - began) / 1_000)
    return took
