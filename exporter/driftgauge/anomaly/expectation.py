"""What a metric should be in an hour: its median at such hours, moved to the level of the week before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.anomaly.robust import median_of_rows, medians_of_others
from driftgauge.model.bins import FloatArray, IntArray

HOURS_A_DAY: Final = 24
LEVEL_DAYS: Final = 7
LEAST_OF_LEVEL: Final = 3
"""Values of the week before, the newest day left out, below which there is no level."""

LEAST_FACTOR: Final = 5.0
"""The smallest median that a level is told as a multiple of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Which hours are alike, and how many others of its kind an hour needs."""

    name: str
    hours: int
    least: int


SEASONS: Final = (
    Season(name=" at this hour of the week", hours=7 * HOURS_A_DAY, least=3),
    Season(name=" at this hour of the day", hours=HOURS_A_DAY, least=5),
    Season(name="", hours=1, least=12),
)
"""The finest first: the first of which there are enough is taken."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """What each hour should have been, by all others; the last by those before it. NaN where nobody can tell.

    `alike` is how many hours before the last are of its season, which `season` names.
    """

    values: FloatArray
    season: Season
    alike: int


def expect(values: FloatArray, hours_of_week: IntArray, *, multiplied: bool) -> Expectation | None:
    """Return what the hours should be, or None where there are too few like the last one.

    Parameters
    ----------
    values : FloatArray
        Of each hour, the last the one in question, shape (hours,); NaN where there is none.
    hours_of_week : IntArray
        0 to 167 by the clocks that people go by, shape (hours,).
    multiplied : bool
        Whether levels move what is usual at an hour by a factor (traffic grows) or by a difference.

    Notes
    -----
    Each hour's median is that of the others of its season, so that no hour teaches about itself. The level is the
    median, over the seven days that end a day before the hour at most, of how values compare with the medians of their
    hours: so a trend is followed, and what began today is not.

    Examples
    --------
    >>> hours = np.arange(10 * 24 + 1)
    >>> traffic = 100.0 + 10 * (hours % 24)
    >>> float(expect(traffic, hours % 168, multiplied=True).values[-1])
    100.0
    """
    last = values.size - 1
    before = values.copy()
    before[last] = np.nan
    known = ~np.isnan(before)
    for season in SEASONS:
        groups = hours_of_week % season.hours
        alike = int(np.count_nonzero(known & (groups == groups[last])))
        if alike >= season.least:
            break
    else:
        return None
    usual = medians_of_others(before, groups, least=season.least - 1)
    if multiplied:
        compared = np.divide(before, usual, out=np.full(values.size, np.nan), where=usual >= LEAST_FACTOR)
    else:
        compared = before - usual
    levels = _levels(compared)
    if multiplied:
        levels = np.where(np.isnan(levels) & ~np.isnan(_levels(before)), 1.0, levels)
    expected = usual * levels if multiplied else usual + levels
    return None if np.isnan(expected[last]) else Expectation(values=expected, season=season, alike=alike)


def _levels(compared: FloatArray) -> FloatArray:
    """Return for each hour the median of the seven days before its day; days are counted back from the last hour."""
    days = -(-compared.size // HOURS_A_DAY)
    missing = (days + LEVEL_DAYS) * HOURS_A_DAY - compared.size
    padded = np.concatenate([np.full(missing, np.nan), compared])
    weeks = np.lib.stride_tricks.sliding_window_view(padded, LEVEL_DAYS * HOURS_A_DAY)[:-1:HOURS_A_DAY]
    found = median_of_rows(weeks)
    found[np.count_nonzero(~np.isnan(weeks), axis=1) < LEAST_OF_LEVEL] = np.nan
    return np.repeat(found, HOURS_A_DAY)[-compared.size :]
