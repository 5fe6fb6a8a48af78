"""HDDM-W: whether a weighted mean of the last values has left its best by more than chance does."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Input, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class HddmWParameters(Parameters):
    """What can be set of HDDM-W."""

    drift: float = parameter(0.001, "the chance below which it is a drift", least=0, greatest=1, open=True)
    warning: float = parameter(0.005, "the chance below which it is a warning", least=0, greatest=1, open=True)
    weight: float = parameter(0.05, "the weight of the newest value in the means", least=0, greatest=1, open=True)
    down: bool = parameter(default=False, meaning="whether to look for values that shrink, too")

    def _contradiction(self) -> str:
        return "warning: it must not be below drift" if self.warning < self.drift else ""


Side = list[float]
"""Weighted means, each followed by the sum of the squares of its weights, which is 1 before its first value: of all
values, of those up to where the former was lowest, and of those since. The side of shrinking values has them negated.
"""


def _new_side() -> Side:
    return [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]


@dataclass(slots=True, kw_only=True)
class HddmWMemory(Memory):
    """What is known of values that grow, and of those that shrink."""

    rise: Side = field(default_factory=_new_side)
    fall: Side = field(default_factory=_new_side)
    warned: bool = False


class HddmW(Detector[HddmWParameters, HddmWMemory]):
    """The drift detection method by McDiarmid's bounds, on exponentially weighted means.

    Notes
    -----
    A mean `m` becomes `weight x + (1 - weight) m` with each value, and the sum of its squared weights `v` becomes
    `weight² + (1 - weight)² v`, from 1. Where `m + sqrt(v ln(1 / drift) / 2)` of all values is least, the stream is
    divided; it is a drift upwards where the mean since then is above that up to then by more than
    `sqrt((v + v') ln(1 / drift) / 2)`, and a warning with `warning` in place of `drift`. Downwards the same, negated.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(5)
    >>> detector = DETECTOR.start()
    >>> detector.update(rng.random(1000) < 0.1)
    ()
    >>> [(change.index, change.level.value) for change in detector.update(rng.random(1000) < 0.6)]
    [(7, 'warning'), (14, 'drift')]

    References
    ----------
    Frías-Blanco, del Campo-Ávila, Ramos-Jiménez, Morales-Bueno, Ortiz-Díaz and Caballero-Mota, Online and
    non-parametric drift detection methods based on Hoeffding's bounds, IEEE TKDE 27 (2015) 810-823.
    """

    name = "hddm_w"
    takes = Input.SHARES

    @property
    def score(self) -> float:
        """How far the weighted mean has gone from its best or worst, as a share of what is a drift."""
        rise, fall = _difference(self.memory.rise), _difference(self.memory.fall) * self.parameters.down
        confidence = math.log(1 / self.parameters.drift)
        return max(rise / _bound(self.memory.rise, confidence), fall / _bound(self.memory.fall, confidence), 0.0)

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        weight, confidence, near = parameters.weight, math.log(1 / parameters.drift), math.log(1 / parameters.warning)
        rise, fall, down = memory.rise, memory.fall, parameters.down
        for place in range(start, len(values)):
            value = values[place]
            risen = _take(rise, value, weight, confidence) > _bound(rise, near)
            fallen = down and _take(fall, -value, weight, confidence) > _bound(fall, near)
            if not (risen or fallen):
                memory.warned = False
            elif self._tell(place, found):
                self.memory = HddmWMemory()
                return place + 1
        return len(values)

    def _tell(self, place: int, found: list[Change]) -> bool:
        """Tell a drift, or the first of some warnings, and return whether it is a drift."""
        memory, confidence = self.memory, math.log(1 / self.parameters.drift)
        rise, fall = _difference(memory.rise), _difference(memory.fall) * self.parameters.down
        grown = rise / _bound(memory.rise, confidence) >= fall / _bound(memory.fall, confidence)
        side, difference = (memory.rise, rise) if grown else (memory.fall, fall)
        bound = _bound(side, confidence)
        if difference > bound or not memory.warned:
            sign = 1 if grown else -1
            found.append(
                Change(
                    index=place,
                    level=Level.DRIFT if difference > bound else Level.WARNING,
                    direction=Direction.UP if grown else Direction.DOWN,
                    statistic=difference,
                    threshold=bound,
                    reference_mean=sign * side[2],
                    current_mean=sign * side[4],
                )
            )
        memory.warned = True
        return difference > bound


def _take(side: Side, value: float, weight: float, confidence: float) -> float:
    """Take a value, and return how far the mean since the lowest is above it."""
    mean, squares, low, low_squares, since, since_squares = side
    kept = 1 - weight
    # squares of weights are 1 until the first value, and less from then on
    mean = weight * value + kept * mean if squares < 1 else value
    squares = weight * weight + kept * kept * squares
    least = low + math.sqrt(low_squares * confidence / 2) if low_squares < 1 else math.inf
    if mean + math.sqrt(squares * confidence / 2) < least:
        side[:] = mean, squares, mean, squares, 0.0, 1.0
        return 0.0
    since = weight * value + kept * since if since_squares < 1 else value
    since_squares = weight * weight + kept * kept * since_squares
    side[:] = mean, squares, low, low_squares, since, since_squares
    return since - low


def _difference(side: Side) -> float:
    """Return how far the mean since the lowest is above it; 0 while there is none since."""
    return side[4] - side[2] if side[5] < 1 else 0.0


def _bound(side: Side, confidence: float) -> float:
    """Return how far chance may bring it."""
    return math.sqrt((side[3] + side[5]) * confidence / 2)


DETECTOR: Final = DetectorKind(
    parameters=HddmWParameters,
    memory=HddmWMemory,
    make=HddmW,
    directions=(Direction.UP, Direction.DOWN),
    warns=True,
    statistic="how far the weighted mean of the newest values is from the best that it was",
    unit="of the input",
    suits="errors, or losses scaled to 0 to 1, that change gradually; with a level of significance",
)
