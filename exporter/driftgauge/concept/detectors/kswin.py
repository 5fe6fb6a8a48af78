"""KSWIN: whether the newest values are distributed as a sample of those shortly before."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Memory
from driftgauge.concept.parameters import Parameters, parameter
from driftgauge.model.bins import FloatArray, IntArray

LOOKS: Final = 64  # whose samples are drawn together


@dataclass(frozen=True, slots=True, kw_only=True)
class KswinParameters(Parameters):
    """What can be set of KSWIN."""

    alpha: float = parameter(0.005, "the chance of a false alarm that a look may have", least=0, greatest=1, open=True)
    window: int = parameter(100, "values that are kept", least=2, greatest=10_000)
    newest: int = parameter(30, "values that are compared with as many older ones", least=1, greatest=5_000)
    seed: int = parameter(0, "what the samples of older values follow from", least=0, greatest=10**9)

    def _contradiction(self) -> str:
        if 2 * self.newest > self.window:
            return "newest: it must not be more than half of window"
        if critical_count(self.newest, self.alpha) > self.newest:
            return f"alpha: {self.newest} values can never be as sure as {self.alpha:g}"
        return ""


@dataclass(slots=True, kw_only=True)
class KswinMemory(Memory):
    """The newest values, the distance found at the last look, and how many looks there were, drifts or not."""

    window: list[float] = field(default_factory=list[float])
    distance: float = 0.0
    looks: int = 0


class Kswin(Detector[KswinParameters, KswinMemory]):
    """Kolmogorov-Smirnov windowing.

    Notes
    -----
    Once the window is full, each value brings a look: `newest` values are drawn without replacement from all but the
    `newest` values of the window, and compared with these by the exact two-sample test: of samples of `n` values
    each, `P(D ≥ h / n) = 2 Σ (-1)^(j + 1) C(2n, n - j h) / C(2n, n)` over `j ≥ 1`. A drift is where this is at most
    `alpha`; its direction is that of the mean. The window then starts empty.

    What a look draws depends on `seed` and on how many looks there were before (Philox, a generator by counter), so
    that nothing but a number has to be kept. Looks overlap: false alarms come in much less than `1 / alpha` values.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> detector = DETECTOR.start({"alpha": 0.0001})
    >>> detector.update(rng.normal(0, 1, 500))
    ()
    >>> change = detector.update(rng.normal(2, 1, 500))[0]
    >>> change.index, change.direction.value, round(change.statistic, 2)
    (26, 'up', 0.63)

    References
    ----------
    Raab, Heusinger and Schleif, Reactive soft prototype computing for concept drift streams, Neurocomputing 416 (2020)
    340-351; Gnedenko and Korolyuk, Doklady Akademii Nauk SSSR 80 (1951) 525-528.
    """

    name = "kswin"

    def __init__(self, parameters: KswinParameters, memory: KswinMemory) -> None:
        """Go on from what is remembered."""
        super().__init__(parameters, memory)
        self._critical = critical_count(parameters.newest, parameters.alpha)
        self._drawn = -1, np.empty((0, 0), dtype=np.int64)

    @property
    def score(self) -> float:
        """The distance at the last look, as a share of what is a drift."""
        return self.memory.distance * self.parameters.newest / self._critical

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, parameters = self.memory, self.parameters
        lacking = parameters.window - 1 - len(memory.window)
        if lacking > 0:
            memory.window += values[start : start + lacking]
            return min(start + lacking, len(values))
        stop = min(start + LOOKS - memory.looks % LOOKS, len(values))
        kept = np.array(memory.window[len(memory.window) - parameters.window + 1 :] + values[start:stop])
        windows = sliding_window_view(kept, parameters.window)
        newest = windows[:, -parameters.newest :]
        sample = np.take_along_axis(windows, self._places(len(windows)), axis=1)
        counts = distance_counts(sample, newest)
        alarms = np.flatnonzero(counts >= self._critical)
        last = int(alarms[0]) if alarms.size else len(windows) - 1
        memory.looks += last + 1
        memory.distance = int(counts[last]) / parameters.newest
        memory.window = windows[last].tolist()
        if alarms.size:
            found.append(self._change(start + last, sample[last], newest[last]))
            self.memory = KswinMemory(looks=memory.looks)
        return start + last + 1

    def _places(self, looks: int) -> IntArray:
        """Return which values of their windows the next looks draw."""
        block, first = divmod(self.memory.looks, LOOKS)
        if self._drawn[0] != block:
            self._drawn = block, drawn(self.parameters, block)
        return self._drawn[1][first : first + looks]

    def _change(self, index: int, sample: FloatArray, newest: FloatArray) -> Change:
        before, now = float(sample.mean()), float(newest.mean())
        return Change(
            index=index,
            level=Level.DRIFT,
            direction=Direction.UP if now >= before else Direction.DOWN,
            statistic=self.memory.distance,
            threshold=self._critical / self.parameters.newest,
            reference_mean=before,
            current_mean=now,
        )


def drawn(parameters: KswinParameters, block: int) -> IntArray:
    """Return which places of their windows some looks draw, without replacement.

    Parameters
    ----------
    parameters : KswinParameters
        They say from how many older values how many are drawn, and by which seed.
    block : int
        Which `LOOKS` looks: looks number `LOOKS * block` and those after it.

    Returns
    -------
    IntArray, shape (LOOKS, newest)
        Always the same of the same block.
    """
    older = parameters.window - parameters.newest
    raw = np.random.Philox(key=parameters.seed, counter=[0, block, 0, 0]).random_raw(LOOKS * older)
    return raw.reshape(LOOKS, older).argpartition(parameters.newest - 1, axis=1)[:, : parameters.newest]


def distance_counts(samples: FloatArray, others: FloatArray) -> IntArray:
    """Measure two-sample KS distances, pair by pair.

    Parameters
    ----------
    samples, others : FloatArray, shape (pairs, n)
        As many values in either of a pair.

    Returns
    -------
    IntArray, shape (pairs,)
        `n D`, a whole number from 0 to n.

    Examples
    --------
    >>> distance_counts(np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 8.0, 9.0]])).tolist()
    [2]
    """
    n = samples.shape[1]
    both = np.concatenate((samples, others), axis=1)
    order = both.argsort(axis=1)
    both = np.take_along_axis(both, order, axis=1)
    gaps = np.abs(np.where(order < n, 1, -1).cumsum(axis=1))
    gaps[:, :-1][both[:, :-1] == both[:, 1:]] = 0  # between equal values there is no place to look
    return gaps.max(axis=1)


@cache
def critical_count(n: int, alpha: float) -> int:
    """Return the least `n D` of two samples of `n` values that has a chance of at most `alpha` without drift.

    Examples
    --------
    >>> critical_count(30, 0.005)
    14
    >>> critical_count(2, 0.005)  # none has
    3
    """
    ways = math.comb(2 * n, n)
    for count in range(1, n + 1):
        beyond = sum((-1) ** (turn + 1) * math.comb(2 * n, n - turn * count) for turn in range(1, n // count + 1))
        if 2 * beyond <= alpha * ways:
            return count
    return n + 1


DETECTOR: Final = DetectorKind(
    parameters=KswinParameters,
    memory=KswinMemory,
    make=Kswin,
    directions=(Direction.UP, Direction.DOWN),
    warns=False,
    statistic="the greatest gap between the distributions of the newest values and of a sample before them",
    unit="share of values",
    suits="a loss or a metric whose spread or shape may change while its mean does not; no errors, which have no shape",
)
