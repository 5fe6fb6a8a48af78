"""Whether a free text's values are as distinct as usual: a template, an empty default or an id in it changes that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.drift.rare import RareShare
from driftgauge.quality.check import QualityVerdict, Soundness, too_little

DISTINCT: Final = "distinct_share"
SIZES: Final = (32, 64, 128, 256, 512, 1024, 2048, 4096)
"""As many of the newest values are looked at. Among more values fewer are distinct, so only like sizes compare."""

FLOOR: Final = 0.1
"""The fall or rise of the share of distinct values that matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctCount:
    """How many of the newest `rows` values of one text in one bucket are distinct."""

    distinct: int
    rows: int

    @property
    def share(self) -> float:
        """The share of distinct values."""
        return self.distinct / self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The shares from which on values are too much alike, and too distinct; None where no share can be so."""

    lower: float | None
    upper: float | None


def bounds(expected: float) -> Bounds:
    """Return from where a fall, and a rise, from the usual share (0 to 1) is a fault.

    Examples
    --------
    >>> bounds(0.75)
    Bounds(lower=0.65, upper=0.85)
    >>> bounds(0.995).upper is None
    True
    """
    lower, upper = expected - FLOOR, expected + FLOOR
    return Bounds(lower=lower if lower > 0 else None, upper=upper if upper <= 1 else None)


def judge_distinct(
    history: Sequence[DistinctCount], current: Sequence[DistinctCount], *, feature: str, alpha: float
) -> QualityVerdict:
    """Judge the share of distinct values of a text in a bucket by those before it of which as many were looked at.

    Parameters
    ----------
    history : sequence of DistinctCount
        The buckets before, each of the most values that were looked at.
    current : sequence of DistinctCount
        The bucket, among more and more of its values, at least one. The most are judged; if too few buckets had as
        many, then fewer, but only a fault of those is told, so that a flood of like texts is one though nobody knows
        how distinct so many are as a rule.
    feature : str
        The text's name.
    alpha : float
        The chance of a false fault, 0 to 1.

    Notes
    -----
    It is faulty if the share fell or rose by `FLOOR` or more, and chance does so with a probability below `alpha`, by
    a beta-binomial law of the buckets before, twice its tail as there are two. How many of n values are distinct is
    not binomial, but of texts by Zipf's law its variance is 0.8 to 1.3 times as large, and the law learns the spread.

    Examples
    --------
    >>> usual = [DistinctCount(distinct=count, rows=512) for count in (501, 498, 505, 500, 503, 499, 502, 500)]
    >>> template = DistinctCount(distinct=2, rows=512)
    >>> judge_distinct(usual, [template], feature="comment", alpha=0.001).verdict.value
    'faulty'
    """
    *fewer, most = current
    verdict = _judge(history, most, feature=feature, alpha=alpha)
    if verdict.verdict is not Soundness.INSUFFICIENT_DATA:
        return verdict
    for count in reversed(fewer):
        found = _judge(history, count, feature=feature, alpha=alpha)
        if found.verdict is not Soundness.INSUFFICIENT_DATA:
            return found if found.verdict is Soundness.FAULTY else verdict
    return verdict


def _judge(history: Sequence[DistinctCount], current: DistinctCount, *, feature: str, alpha: float) -> QualityVerdict:
    known = [bucket for bucket in history if bucket.rows == current.rows]
    unjudged = too_little(
        DISTINCT,
        share=current.share,
        rows=current.rows,
        least_rows=SIZES[0],
        buckets=len(known),
        feature=feature,
    )
    if unjudged is not None:
        return unjudged
    law = RareShare.learn(np.array([bucket.distinct for bucket in known]), np.array([bucket.rows for bucket in known]))
    limits = bounds(law.share)
    risen = current.share > law.share
    limit = limits.upper if risen else limits.lower
    beyond = limit is not None and (current.share >= limit if risen else current.share <= limit)
    p_value = 2 * _tail(law, current, risen=risen) if beyond else 1.0
    faulty = p_value < alpha
    return QualityVerdict(
        check=DISTINCT,
        verdict=Soundness.FAULTY if faulty else Soundness.SOUND,
        reason=f"{current.distinct} of the newest {current.rows} values are distinct ({current.share:.1%}); usual are "
        f"{law.share:.1%} over {len(known)} buckets, {_words(limits)}"
        + (f"; p = {p_value:.2g}, asked for is less than {alpha:.2g}" if beyond else ""),
        value=current.share,
        expected=law.share,
        threshold=limit if limit is not None else limits.lower if risen else limits.upper,
        rows=current.rows,
        feature=feature,
    )


def _tail(law: RareShare, current: DistinctCount, *, risen: bool) -> float:
    """Return the chance of a share as high, or as low."""
    if risen:
        return law.tail(current.distinct, current.rows)
    return law.rest.tail(current.rows - current.distinct, current.rows)


def _words(limits: Bounds) -> str:
    sides = (
        f"{limits.lower:.1%} or less" if limits.lower is not None else "",
        f"{limits.upper:.1%} or more" if limits.upper is not None else "",
    )
    return f"a fault begins at {' and at '.join(side for side in sides if side)}"
