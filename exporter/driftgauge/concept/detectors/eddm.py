"""EDDM: whether errors follow each other closer than they did at best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Input, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class EddmParameters(Parameters):
    """What can be set of EDDM."""

    warm_up: int = parameter(30, "values, and errors, before anything can be told", least=1)
    warning: float = parameter(0.95, "the share of the greatest distance below which is a warning", least=0, greatest=1)
    drift: float = parameter(
        0.9, "the share of the greatest distance below which is a drift", least=0, greatest=1, open=True
    )

    def _contradiction(self) -> str:
        return "warning: it must not be below drift" if self.warning < self.drift else ""


@dataclass(slots=True, kw_only=True)
class EddmMemory(Memory):
    """The distances between errors: their number, mean and squared deviations, and the greatest reach so far."""

    n: int = 0
    last: int = 0
    errors: int = 0
    mean: float = 0.0
    squares: float = 0.0
    greatest: float | None = None
    level: float = 1.0
    warned: bool = False


class Eddm(Detector[EddmParameters, EddmMemory]):
    """The early drift detection method.

    Notes
    -----
    The distances between errors have the mean `p` and the standard deviation `s` (with `n - 1`); `p + 2 s` is held
    against the greatest that it has been, once there were more than `warm_up` errors. Below the share `warning` of
    it is a warning, below `drift` a drift. The state changes at errors only.

    By the published defaults it is known to cry wolf: no level of significance stands behind them.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(6)
    >>> detector = DETECTOR.start({"warning": 0.7, "drift": 0.6})
    >>> detector.update(rng.random(1000) < 0.1)
    ()
    >>> [(change.index, change.level.value) for change in detector.update(rng.random(1000) < 0.4)]
    [(206, 'warning'), (395, 'drift')]

    References
    ----------
    Baena-García, del Campo-Ávila, Fidalgo, Bifet, Gavaldà and Morales-Bueno, Early drift detection method, Workshop on
    Knowledge Discovery from Data Streams (2006).
    """

    name = "eddm"
    takes = Input.ERRORS

    @property
    def score(self) -> float:
        """How much closer errors are than at best, as a share of what is a drift."""
        return (1 - self.memory.level) / (1 - self.parameters.drift)

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        offset = memory.n - start + 1
        for place in range(start, len(values)):
            if not values[place]:
                continue
            n = place + offset
            self._add(n - memory.last)
            memory.last = n
            if n <= parameters.warm_up:
                continue
            level = self._level()
            drifted = level < parameters.drift
            if level < parameters.warning and (drifted or not memory.warned):
                found.append(self._change(place, level, drifted=drifted))
            memory.level, memory.warned = level, level < parameters.warning
            if drifted:
                self.memory = EddmMemory()
                return place + 1
        memory.n = len(values) + offset - 1
        return len(values)

    def _add(self, distance: int) -> None:
        memory = self.memory
        memory.errors += 1
        off = distance - memory.mean
        memory.mean += off / memory.errors
        memory.squares += off * (distance - memory.mean)

    def _level(self) -> float:
        """Return the reach as a share of the greatest; what is no news leaves the level as it was."""
        memory = self.memory
        reach = memory.mean + 2 * math.sqrt(memory.squares / max(memory.errors - 1, 1))
        if memory.greatest is None or reach > memory.greatest:
            memory.greatest = reach
            return memory.level
        return reach / memory.greatest if memory.errors > self.parameters.warm_up else memory.level

    def _change(self, place: int, level: float, *, drifted: bool) -> Change:
        return Change(
            index=place,
            level=Level.DRIFT if drifted else Level.WARNING,
            direction=Direction.UP,
            statistic=1 - level,
            threshold=1 - self.parameters.drift,
        )


DETECTOR: Final = DetectorKind(
    parameters=EddmParameters,
    memory=EddmMemory,
    make=Eddm,
    directions=(Direction.UP,),
    warns=True,
    statistic="how much of the greatest distance between errors is lost",
    unit="share of the greatest distance",
    suits="errors of a classifier that get frequent slowly; by the published defaults it cries wolf",
)
