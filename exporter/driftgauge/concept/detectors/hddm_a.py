"""HDDM-A: whether the mean has left its best by more than Hoeffding's inequality lets chance do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Input, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class HddmAParameters(Parameters):
    """What can be set of HDDM-A."""

    drift: float = parameter(0.001, "the chance below which it is a drift", least=0, greatest=1, open=True)
    warning: float = parameter(0.005, "the chance below which it is a warning", least=0, greatest=1, open=True)
    down: bool = parameter(default=False, meaning="whether to look for values that shrink, too")

    def _contradiction(self) -> str:
        return "warning: it must not be below drift" if self.warning < self.drift else ""


@dataclass(slots=True, kw_only=True)
class HddmAMemory(Memory):
    """The mean of all values, and those of the beginnings that were the best and the worst so far."""

    n: int = 0
    mean: float = 0.0
    low_n: int = 0
    low: float = 0.0
    high_n: int = 0
    high: float = 0.0
    warned: bool = False


class HddmA(Detector[HddmAParameters, HddmAMemory]):
    """The drift detection method by Hoeffding's bounds, on averages.

    Notes
    -----
    Of all beginnings of the stream, the one with the least `mean + sqrt(ln(1 / drift) / 2n)` is kept. The mean of all
    `N` values is a drift upwards if it is above the mean of those `n` by `sqrt(m / 2 ln(2 / drift))` or more, with
    `m = (N - n) / (n N)`, and a warning with `warning` in place of `drift`. Downwards the same, mirrored.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> detector = DETECTOR.start({"down": True})
    >>> detector.update(rng.random(1000) < 0.3)
    ()
    >>> [(change.index, change.level.value, change.direction.value) for change in detector.update(np.zeros(200))]
    [(59, 'warning', 'down'), (74, 'drift', 'down')]

    References
    ----------
    Frías-Blanco, del Campo-Ávila, Ramos-Jiménez, Morales-Bueno, Ortiz-Díaz and Caballero-Mota, Online and
    non-parametric drift detection methods based on Hoeffding's bounds, IEEE TKDE 27 (2015) 810-823.
    """

    name = "hddm_a"
    takes = Input.SHARES

    @property
    def score(self) -> float:
        """How far the mean has gone from its best or worst, as a share of what is a drift."""
        memory = self.memory
        if not memory.n:
            return 0.0
        rise = _share(memory.n, memory.low_n, memory.mean - memory.low, self.parameters.drift)
        fall = _share(memory.n, memory.high_n, memory.high - memory.mean, self.parameters.drift)
        return max(rise, fall * self.parameters.down, 0.0)

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        confidence, root, down = math.log(1 / parameters.drift), math.sqrt, parameters.down
        # a warning is at least as near as a drift, and what is not even a warning is most of a stream
        near = math.log(2 / parameters.warning)
        n, mean, low_n, low, high_n, high = memory.n, memory.mean, memory.low_n, memory.low, memory.high_n, memory.high
        least = low + root(confidence / (2 * low_n)) if n else math.inf
        greatest = high - root(confidence / (2 * high_n)) if n else -math.inf
        for place in range(start, len(values)):
            n += 1
            mean += 1 / n * (values[place] - mean)
            may = root(confidence / (2 * n))
            if mean + may <= least:
                low_n, low, least = n, mean, mean + may
            if mean - may >= greatest:
                high_n, high, greatest = n, mean, mean - may
            risen = low_n < n and mean - low >= root((n - low_n) / (low_n * n) / 2 * near)
            fallen = down and high_n < n and high - mean >= root((n - high_n) / (high_n * n) / 2 * near)
            if not (risen or fallen):
                memory.warned = False
                continue
            memory.n, memory.mean, memory.low_n, memory.low = n, mean, low_n, low
            memory.high_n, memory.high = high_n, high
            if self._tell(place, found):
                self.memory = HddmAMemory()
                return place + 1
        memory.n, memory.mean, memory.low_n, memory.low = n, mean, low_n, low
        memory.high_n, memory.high = high_n, high
        return len(values)

    def _tell(self, place: int, found: list[Change]) -> bool:
        """Tell a drift, or the first of some warnings, and return whether it is a drift."""
        memory, drift = self.memory, self.parameters.drift
        rise = _share(memory.n, memory.low_n, memory.mean - memory.low, drift)
        fall = _share(memory.n, memory.high_n, memory.high - memory.mean, drift) if self.parameters.down else -math.inf
        grown = rise >= fall
        drifted = max(rise, fall) >= 1
        if drifted or not memory.warned:
            found.append(
                Change(
                    index=place,
                    level=Level.DRIFT if drifted else Level.WARNING,
                    direction=Direction.UP if grown else Direction.DOWN,
                    statistic=abs(memory.mean - (memory.low if grown else memory.high)),
                    threshold=_bound(memory.n, memory.low_n if grown else memory.high_n, drift),
                    reference_mean=memory.low if grown else memory.high,
                    current_mean=memory.mean,
                )
            )
        memory.warned = True
        return drifted


def _bound(n: int, beginning: int, chance: float) -> float:
    """Return how far the mean of `n` values may be from that of their beginning."""
    return math.sqrt((n - beginning) / (beginning * n) / 2 * math.log(2 / chance))


def _share(n: int, beginning: int, difference: float, chance: float) -> float:
    """Return the difference as a share of what it may be; 0 while there is nothing but the beginning."""
    return difference / _bound(n, beginning, chance) if beginning < n else 0.0


DETECTOR: Final = DetectorKind(
    parameters=HddmAParameters,
    memory=HddmAMemory,
    make=HddmA,
    directions=(Direction.UP, Direction.DOWN),
    warns=True,
    statistic="how far the mean of all values is from that of the best beginning",
    unit="of the input",
    suits="errors, or losses scaled to 0 to 1, that change abruptly; with a level of significance",
)
