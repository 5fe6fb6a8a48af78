"""DDM: whether the error rate has risen above the lowest that the model has reached."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Input, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class DdmParameters(Parameters):
    """What can be set of DDM."""

    warm_up: int = parameter(30, "values before anything can be told", least=1)
    warning: float = parameter(2.0, "standard deviations above the lowest rate that are a warning", least=0, open=True)
    drift: float = parameter(3.0, "standard deviations above the lowest rate that are a drift", least=0, open=True)

    def _contradiction(self) -> str:
        return "warning: it must not be above drift" if self.warning > self.drift else ""


@dataclass(slots=True, kw_only=True)
class DdmMemory(Memory):
    """The error rate, and the lowest with its deviation; `warned` while in the zone of warning."""

    n: int = 0
    rate: float = 0.0
    lowest: float | None = None
    deviation: float = 0.0
    warned: bool = False


class Ddm(Detector[DdmParameters, DdmMemory]):
    """The drift detection method.

    Notes
    -----
    Of `n` values with the error rate `p`, `s = sqrt(p (1 - p) / n)`. The least `p + s` so far is kept as
    `p_min + s_min`; it is a warning from `p + s > p_min + 2 s_min` on, a drift from `p + s > p_min + 3 s_min` on.

    A rate of 0 or 1 is never taken for the lowest: it has no deviation, so that the first error after a good start
    would be a drift. In this it differs from the paper's letter.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(5)
    >>> detector = DETECTOR.start()
    >>> detector.update(rng.random(1000) < 0.1)
    ()
    >>> [(change.index, change.level.value) for change in detector.update(rng.random(500) < 0.3)]
    [(23, 'warning'), (29, 'warning'), (67, 'drift')]

    References
    ----------
    Gama, Medas, Castillo and Rodrigues, Learning with drift detection, Advances in Artificial Intelligence (2004)
    286-295.
    """

    name = "ddm"
    takes = Input.ERRORS

    @property
    def score(self) -> float:
        """How far the error rate is above the lowest, as a share of what is a drift."""
        memory = self.memory
        if memory.lowest is None:
            return 0.0
        return max(self._risen(memory.n, memory.rate, memory.lowest, memory.deviation) / self.parameters.drift, 0.0)

    @staticmethod
    def _risen(n: int, rate: float, lowest: float, deviation: float) -> float:
        """Return how far the rate has risen, in standard deviations of the lowest."""
        return (rate + math.sqrt(rate * (1 - rate) / n) - lowest) / deviation

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        warm_up, warning, drift = parameters.warm_up, parameters.warning, parameters.drift
        n, rate, lowest, deviation, warned = memory.n, memory.rate, memory.lowest, memory.deviation, memory.warned
        least, first = (math.inf, math.inf) if lowest is None else (lowest + deviation, lowest + warning * deviation)
        root = math.sqrt
        for place in range(start, len(values)):
            n += 1
            rate += (values[place] - rate) / n
            if n <= warm_up or not 0 < rate < 1:
                continue
            spread = root(rate * (1 - rate) / n)
            height = rate + spread
            if height <= least:
                lowest, deviation, least, first = rate, spread, height, rate + warning * spread
            if height <= first:
                warned = False
            elif lowest is not None and (height > lowest + drift * deviation or not warned):
                drifted = height > lowest + drift * deviation
                found.append(
                    Change(
                        index=place,
                        level=Level.DRIFT if drifted else Level.WARNING,
                        direction=Direction.UP,
                        statistic=self._risen(n, rate, lowest, deviation),
                        threshold=drift,
                        reference_mean=lowest,
                        current_mean=rate,
                    )
                )
                warned = True
                if drifted:
                    self.memory = DdmMemory()
                    return place + 1
        self.memory = DdmMemory(n=n, rate=rate, lowest=lowest, deviation=deviation, warned=warned)
        return len(values)


DETECTOR: Final = DetectorKind(
    parameters=DdmParameters,
    memory=DdmMemory,
    make=Ddm,
    directions=(Direction.UP,),
    warns=True,
    statistic="how far the error rate is above the lowest that it has been",
    unit="standard deviations of the lowest rate",
    suits="errors of a classifier that get frequent abruptly",
)
