"""Page-Hinkley: whether the values keep to one side of their own running mean for too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHinkleyParameters(Parameters):
    """What can be set of Page-Hinkley."""

    scale: float = parameter(
        1.0, "the unit of delta and threshold in the input's: the reference's standard deviation", least=0, open=True
    )
    delta: float = parameter(0.005, "how far from the mean a value may be without counting, in scales", least=0)
    threshold: float = parameter(50.0, "the sum of deviations that is a drift, in scales", least=0, open=True)
    alpha: float = parameter(0.9999, "how much of the sums each value leaves; 1 forgets nothing", least=0, greatest=1)
    min_values: int = parameter(30, "values before a drift can be told", least=1)
    up: bool = parameter(default=True, meaning="whether to look for values that grow")
    down: bool = parameter(default=True, meaning="whether to look for values that shrink")


@dataclass(slots=True, kw_only=True)
class PageHinkleyMemory(Memory):
    """The running mean, and the sums of deviations with the extremes that they have left."""

    n: int = 0
    mean: float = 0.0
    rise: float = 0.0
    lowest: float | None = None
    fall: float = 0.0
    highest: float | None = None


class PageHinkley(Detector[PageHinkleyParameters, PageHinkleyMemory]):
    """The Page-Hinkley test.

    Notes
    -----
    With `e = x - mean`, in scales, the mean being that of all values so far: `rise = alpha rise + e - delta` and
    `fall = alpha fall + e + delta`. It is a drift upwards where `rise` is more than `threshold` above its least value,
    downwards where `fall` is that much below its greatest. So `threshold` depends on the scale of the input: the
    published default means 50 standard deviations where `scale` is the standard deviation.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> detector = DETECTOR.start({"scale": 2.0})
    >>> detector.update(rng.normal(10, 2, 1000))
    ()
    >>> change, = detector.update(rng.normal(8, 2, 1000))
    >>> change.index, change.direction.value, round(change.score, 2)
    (26, 'down', 1.02)

    References
    ----------
    Page, Continuous inspection schemes, Biometrika 41 (1954) 100-115; Hinkley, Inference about the change-point from
    cumulative sum tests, Biometrika 58 (1971) 509-523.
    """

    name = "page_hinkley"

    @property
    def score(self) -> float:
        """The greater distance of a sum from its extreme, as a share of the threshold; 0 before `min_values`."""
        memory, parameters = self.memory, self.parameters
        if memory.n < parameters.min_values:
            return 0.0
        rise = memory.rise - (memory.rise if memory.lowest is None else memory.lowest)
        fall = (memory.fall if memory.highest is None else memory.highest) - memory.fall
        return max(rise * parameters.up, fall * parameters.down) / parameters.threshold

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        scale, delta, alpha, least = parameters.scale, parameters.delta, parameters.alpha, parameters.min_values
        up = parameters.threshold if parameters.up else float("inf")
        down = parameters.threshold if parameters.down else float("inf")
        n, mean, rise, fall = memory.n, memory.mean, memory.rise, memory.fall
        lowest = float("inf") if memory.lowest is None else memory.lowest
        highest = float("-inf") if memory.highest is None else memory.highest
        for place in range(start, len(values)):
            value = values[place] / scale
            n += 1
            mean += (value - mean) / n
            off = value - mean
            rise = alpha * rise + off - delta
            fall = alpha * fall + off + delta
            if rise < lowest:  # noqa: PLR1730 - min() would take a third more time
                lowest = rise
            if fall > highest:  # noqa: PLR1730 - the same
                highest = fall
            if (rise - lowest > up or highest - fall > down) and n >= least:
                grown = rise - lowest > up
                found.append(
                    Change(
                        index=place,
                        level=Level.DRIFT,
                        direction=Direction.UP if grown else Direction.DOWN,
                        statistic=rise - lowest if grown else highest - fall,
                        threshold=parameters.threshold,
                        reference_mean=mean * scale,
                    )
                )
                self.memory = PageHinkleyMemory()
                return place + 1
        self.memory = PageHinkleyMemory(n=n, mean=mean, rise=rise, lowest=lowest, fall=fall, highest=highest)
        return len(values)


DETECTOR: Final = DetectorKind(
    parameters=PageHinkleyParameters,
    memory=PageHinkleyMemory,
    make=PageHinkley,
    directions=(Direction.UP, Direction.DOWN),
    warns=False,
    statistic="how much the values have summed up on one side of their mean",
    unit="scales",
    suits="a loss or a metric whose standard deviation is known; by the published defaults it cries wolf",
)
