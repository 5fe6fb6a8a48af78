"""ADWIN: a window that grows while its values agree, and is cut where its older and newer parts do not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import Detector, DetectorKind, Memory
from driftgauge.concept.parameters import Parameters, parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class AdwinParameters(Parameters):
    """What can be set of ADWIN."""

    delta: float = parameter(
        0.002, "the chance of a false alarm that a look at the window may have", least=0, greatest=1, open=True
    )
    clock: int = parameter(32, "values between two looks at the window", least=1)
    max_buckets: int = parameter(5, "summaries kept of each size before two become one", least=2)
    min_window: int = parameter(5, "values that either part of the window needs", least=1)
    grace: int = parameter(10, "values that the window needs before it is looked at", least=0)


@dataclass(slots=True, kw_only=True)
class AdwinMemory(Memory):
    """The window as buckets: row r holds sums of 2^r values each, the oldest first, and their squared deviations."""

    sums: list[list[float]] = field(default_factory=lambda: [[]])
    squares: list[list[float]] = field(default_factory=lambda: [[]])
    ticks: int = 0  # values since the last look
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The place between two buckets where older and newer values differ most, in units of what chance may do."""

    difference: float
    allowed: float
    older: float
    newer: float


class Adwin(Detector[AdwinParameters, AdwinMemory]):
    """Adaptive windowing.

    Notes
    -----
    Each `clock` values, the window of `W` values with variance `v` is cut between any two buckets into `n0` older and
    `n1` newer values. They differ if their means differ by more than `sqrt(2 m v d) + 2/3 m d`, where
    `d = ln(2 ln(W) / delta)` and `m = 1 / (n0 - k + 1) + 1 / (n1 - k + 1)` with `k = min_window`. Buckets hold 1, 2, 4,
    … values, `max_buckets` of each size, so that memory and time grow with the logarithm of the window.

    After a drift the window starts empty, as River's does and the paper's does not: there the newer values stay.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> detector = DETECTOR.start()
    >>> detector.update(rng.random(1000) < 0.1)
    ()
    >>> change, = detector.update(rng.random(1000) < 0.3)
    >>> change.index, change.direction.value, round(change.reference_mean, 2), round(change.current_mean, 2)
    (183, 'up', 0.1, 0.28)

    References
    ----------
    Bifet and Gavaldà, Learning from time-changing data with adaptive windowing, SIAM Data Mining (2007) 443-448.
    """

    name = "adwin"

    @property
    def score(self) -> float:
        """The greatest difference between parts of the window at the last look, as a share of what is allowed."""
        return self.memory.score

    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        memory, clock = self.memory, self.parameters.clock
        while start < len(values):
            stop = min(start + clock - memory.ticks, len(values))
            self._insert(values[start:stop])
            memory.ticks = (memory.ticks + stop - start) % clock
            start = stop
            cut = None if memory.ticks else self._widest_cut()
            if cut:
                memory.score = cut.difference / cut.allowed
                if memory.score > 1:
                    found.append(_change(start - 1, cut))
                    self.memory = AdwinMemory()
                    break
        return start

    def _insert(self, values: list[float]) -> None:
        """Add a bucket for each value; where there are too many of a size, the two oldest become one."""
        sums, squares, most = values, [0.0] * len(values), self.parameters.max_buckets
        row, size = 0, 1.0
        while True:
            row_sums, row_squares = self.memory.sums[row], self.memory.squares[row]
            row_sums += sums
            row_squares += squares
            merged = max(len(row_sums) - most + 1, 0) // 2 * 2
            if not merged:
                return
            older, newer = row_sums[0:merged:2], row_sums[1:merged:2]
            both = zip(older, newer, row_squares[0:merged:2], row_squares[1:merged:2], strict=True)
            row, size = row + 1, 2 * size
            squares = [v + w + (s - t) * (s - t) / size for s, t, v, w in both]
            sums = [s + t for s, t in zip(older, newer, strict=True)]
            del row_sums[:merged], row_squares[:merged]
            if row == len(self.memory.sums):
                self.memory.sums.append([])
                self.memory.squares.append([])

    def _widest_cut(self) -> Cut | None:
        """Look between all buckets; None where the window is too small to be cut."""
        rows = self.memory.sums[::-1]
        sums = np.array(list(chain.from_iterable(rows)))
        sizes = np.repeat(2.0 ** np.arange(len(rows))[::-1], [len(row) for row in rows])
        older, total = sizes.cumsum(), sums.sum()
        width, least = float(older[-1]), self.parameters.min_window
        places = np.flatnonzero((older >= least) & (width - older >= least))
        if width <= self.parameters.grace or not places.size:
            return None
        within = np.array(list(chain.from_iterable(self.memory.squares[::-1])))
        variance = (within.sum() + (sizes * (sums / sizes - total / width) ** 2).sum()) / width
        n, total_older = older[places], sums.cumsum()[places]
        means, means_newer = total_older / n, (total - total_older) / (width - n)
        likelihood = math.log(2 * math.log(width) / self.parameters.delta)
        m = 1 / (n - least + 1) + 1 / (width - n - least + 1)
        allowed = np.sqrt(2 * m * variance * likelihood) + 2 / 3 * m * likelihood
        differences = np.abs(means_newer - means)
        widest = int((differences / allowed).argmax())
        return Cut(
            difference=float(differences[widest]),
            allowed=float(allowed[widest]),
            older=float(means[widest]),
            newer=float(means_newer[widest]),
        )


def _change(index: int, cut: Cut) -> Change:
    return Change(
        index=index,
        level=Level.DRIFT,
        direction=Direction.UP if cut.newer > cut.older else Direction.DOWN,
        statistic=cut.difference,
        threshold=cut.allowed,
        reference_mean=cut.older,
        current_mean=cut.newer,
    )


DETECTOR: Final = DetectorKind(
    parameters=AdwinParameters,
    memory=AdwinMemory,
    make=Adwin,
    directions=(Direction.UP, Direction.DOWN),
    warns=False,
    statistic="how far the means of the older and the newer part of its window differ",
    unit="of the input",
    suits="a metric or an error rate of which nothing is known beforehand; the best choice if there is to be one",
)
