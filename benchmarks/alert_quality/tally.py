"""Turn flags of judgements into figures: alarms, episodes, delays, and exact intervals around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betaincinv, gammaincinv

from alert_quality.judging import Flags

TAIL: Final = 0.025  # each side of a 95 % interval


def poisson_interval(events: int) -> tuple[float, float]:
    """Return the exact (Garwood) 95 % interval of the expectation of a Poisson count.

    Examples
    --------
    >>> [round(end, 3) for end in poisson_interval(3)]
    [0.619, 8.767]
    """
    low = float(gammaincinv(events, TAIL)) if events else 0.0
    return low, float(gammaincinv(events + 1, 1 - TAIL))


def binomial_interval(hits: int, trials: int) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) 95 % interval of a share.

    Examples
    --------
    >>> [round(end, 3) for end in binomial_interval(9, 10)]
    [0.555, 0.997]
    """
    low = float(betaincinv(hits, trials - hits + 1, TAIL)) if hits else 0.0
    high = float(betaincinv(hits + 1, trials - hits, 1 - TAIL)) if hits < trials else 1.0
    return low, high


def episodes(flags: Flags) -> int:
    """Return how many runs of consecutive alarms there are.

    Examples
    --------
    >>> episodes(np.array([True, True, False, True]))
    2
    """
    return int(np.count_nonzero(flags[1:] & ~flags[:-1])) + int(flags[:1].any())


def first_alarm(flags: Flags) -> int | None:
    """Return the place, from 1, of the first alarm, or None.

    Examples
    --------
    >>> first_alarm(np.array([False, True])), first_alarm(np.array([False]))
    (2, None)
    """
    return int(np.argmax(flags)) + 1 if flags.any() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """What stationary months raised."""

    months: int
    alarms: int
    episodes: int
    months_above_one: int

    @classmethod
    def of(cls, months: Sequence[Flags]) -> FalseAlarms:
        """Count months of judgements."""
        return cls(
            months=len(months),
            alarms=sum(int(flags.sum()) for flags in months),
            episodes=sum(episodes(flags) for flags in months),
            months_above_one=sum(int(flags.sum()) > 1 for flags in months),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """What runs with drift raised; `flags` of each begin with the judgement before the onset."""

    delays: tuple[int | None, ...]
    alarming_before: int

    @classmethod
    def of(cls, runs: Sequence[Flags]) -> Detections:
        """Count runs, each with its onset after the first judgement."""
        return cls(
            delays=tuple(first_alarm(flags[1:]) for flags in runs),
            alarming_before=sum(bool(flags[0]) for flags in runs),
        )

    def within(self, windows: int) -> int:
        """Return how many runs raised an alarm in so many judgements after the onset."""
        return sum(delay is not None and delay <= windows for delay in self.delays)

    @property
    def median_delay(self) -> float | None:
        """The median delay over all runs; None where half of them were not detected."""
        median = float(np.median([np.inf if delay is None else float(delay) for delay in self.delays]))
        return median if np.isfinite(median) else None
