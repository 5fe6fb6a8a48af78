"""Whether more rows than usual repeat another: a retry that logs twice, a batch that was sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.drift.rare import RareShare
from driftgauge.quality.check import QualityVerdict, Soundness, too_little

REPEATS: Final = "repeated_rows"
LEAST_ROWS: Final = 30
FLOOR: Final = 0.05
"""The rise of the share of repeated rows that matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatCount:
    """How many of the rows of one bucket that were looked at repeat another of them."""

    repeats: int
    rows: int

    @property
    def share(self) -> float:
        """The share of repeated rows."""
        return self.repeats / self.rows


def judge_repeats(history: Sequence[RepeatCount], current: RepeatCount, *, alpha: float) -> QualityVerdict:
    """Judge the share of repeated rows of a bucket by those before it that have about as many.

    Among twice the rows more find their like, so buckets of more than twice or less than half the rows say nothing.
    It is faulty if the share rose by `FLOOR` or more, and chance makes so many repeats with a probability below
    `alpha`, by a beta-binomial law of the buckets before. `current` has at least one row.

    Examples
    --------
    >>> usual = [RepeatCount(repeats=count, rows=500) for count in (1, 0, 2, 1, 0, 1, 3, 1)]
    >>> judge_repeats(usual, RepeatCount(repeats=90, rows=500), alpha=0.001).verdict.value
    'faulty'
    """
    known = [bucket for bucket in history if bucket.rows >= LEAST_ROWS and _alike(bucket.rows, current.rows)]
    unjudged = too_little(REPEATS, share=current.share, rows=current.rows, least_rows=LEAST_ROWS, buckets=len(known))
    if unjudged is not None:
        return unjudged
    law = RareShare.learn(np.array([bucket.repeats for bucket in known]), np.array([bucket.rows for bucket in known]))
    threshold = law.share + FLOOR
    p_value = law.tail(current.repeats, current.rows) if current.share >= threshold else 1.0
    faulty = current.share >= threshold and p_value < alpha
    return QualityVerdict(
        check=REPEATS,
        verdict=Soundness.FAULTY if faulty else Soundness.SOUND,
        reason=f"{current.repeats} of {current.rows} rows repeat another ({current.share:.1%}); usual are "
        f"{law.share:.1%} over {len(known)} buckets, a fault begins at {threshold:.1%}"
        + (f"; p = {p_value:.2g}, asked for is less than {alpha:.2g}" if current.share >= threshold else ""),
        value=current.share,
        expected=law.share,
        threshold=threshold,
        rows=current.rows,
    )


def _alike(rows: int, others: int) -> bool:
    return max(rows, others) <= 2 * min(rows, others)
