"""CUSUM: whether deviations from a frozen mean sum up on one side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class CusumParameters(Parameters):
    """What can be set of CUSUM."""

    mean: float | None = parameter(None, "the mean that is normal; learned if not given")
    scale: float | None = parameter(
        None, "the standard deviation that is normal; learned if not given", least=0, open=True
    )
    warm_up: int = parameter(30, "values from which what is not given is learned", least=2)
    slack: float = parameter(0.5, "how far from the mean a value may be without counting, in scales", least=0)
    threshold: float = parameter(5.0, "the sum of deviations that is a drift, in scales", least=0, open=True)
    up: bool = parameter(default=True, meaning="whether to look for values that grow")
    down: bool = parameter(default=True, meaning="whether to look for values that shrink")


@dataclass(slots=True, kw_only=True)
class CusumMemory(Memory):
    """What was learned, and either sum with the number of values since it was 0."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    learned: bool = False
    rise: float = 0.0
    rising: int = 0
    fall: float = 0.0
    falling: int = 0


class Cusum(Detector[CusumParameters, CusumMemory]):
    """The tabular cumulative sum chart.

    Notes
    -----
    With `z = (x - mean) / scale`: `rise = max(0, rise + z - slack)` and `fall = max(0, fall - z - slack)`; a drift is
    where one exceeds `threshold`. What is not given is learned from the first `warm_up` values, or from more until two
    of them differ, again after each drift, and then frozen; the last of the `warm_up` is the first that counts.

    Of independent normal values whose mean and deviation are given, one in 465 raises a false alarm by the defaults:
    the average run length in both directions is about `(exp(2 k b) - 2 k b - 1) / (4 k²)`, where `k = slack` and
    `b = threshold + 1.166` (Siegmund). A threshold of 12 makes it half a million. What is learned from 30 values is
    rough: then some runs are much shorter, and others much longer.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> detector = DETECTOR.start({"mean": 10.0, "scale": 2.0, "threshold": 12.0})
    >>> detector.update(rng.normal(10, 2, 1000))
    ()
    >>> change = detector.update(rng.normal(13, 2, 1000))[0]
    >>> change.index, change.direction.value, round(change.current_mean, 1)
    (20, 'up', 12.4)

    References
    ----------
    Page, Continuous inspection schemes, Biometrika 41 (1954) 100-115; Siegmund, Sequential Analysis (1985).
    """

    name = "cusum"

    @property
    def score(self) -> float:
        """The greater of the two sums, as a share of the threshold."""
        parameters = self.parameters
        return max(self.memory.rise * parameters.up, self.memory.fall * parameters.down) / parameters.threshold

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        if not self.memory.learned:
            start = self._learn(values, start)
        return self._watch(values, start, found) if self.memory.learned else start

    def _learn(self, values: list[float], start: int) -> int:
        """Take values until enough is known, and return the place of the first that counts."""
        memory, parameters = self.memory, self.parameters
        if parameters.mean is not None and parameters.scale is not None:
            memory.learned = True
            return start
        for place in range(start, len(values)):
            memory.n += 1
            off = values[place] - memory.mean
            memory.mean += off / memory.n
            memory.squares += off * (values[place] - memory.mean)
            if memory.n >= parameters.warm_up and (memory.squares > 0 or parameters.scale is not None):
                memory.learned = True
                return place + (memory.n > parameters.warm_up)  # what differs from a constant is not yet a change
        return len(values)

    def _normal(self) -> tuple[float, float]:
        """Return the mean and the standard deviation that are normal."""
        memory, parameters = self.memory, self.parameters
        mean = memory.mean if parameters.mean is None else parameters.mean
        return mean, parameters.scale or math.sqrt(memory.squares / (memory.n - 1))

    def _watch(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        mean, scale = self._normal()
        slack = parameters.slack
        up = parameters.threshold if parameters.up else math.inf
        down = parameters.threshold if parameters.down else math.inf
        rise, rising, fall, falling = memory.rise, memory.rising, memory.fall, memory.falling
        for place in range(start, len(values)):
            z = (values[place] - mean) / scale
            rise += z - slack
            rising += 1
            fall -= z + slack
            falling += 1
            if rise <= 0:
                rise, rising = 0.0, 0
            if fall <= 0:
                fall, falling = 0.0, 0
            if rise > up or fall > down:
                grown = rise > up
                moved = slack + rise / rising if grown else -slack - fall / falling
                found.append(
                    Change(
                        index=place,
                        level=Level.DRIFT,
                        direction=Direction.UP if grown else Direction.DOWN,
                        statistic=rise if grown else fall,
                        threshold=parameters.threshold,
                        reference_mean=mean,
                        current_mean=mean + moved * scale,
                    )
                )
                self.memory = CusumMemory()
                return place + 1
        memory.rise, memory.rising, memory.fall, memory.falling = rise, rising, fall, falling
        return len(values)


DETECTOR: Final = DetectorKind(
    parameters=CusumParameters,
    memory=CusumMemory,
    make=Cusum,
    directions=(Direction.UP, Direction.DOWN),
    warns=False,
    statistic="how much the deviations from the normal mean have summed up on one side",
    unit="scales",
    suits="a metric whose normal mean and deviation are known, no rare errors; as sure as its threshold is",
)
