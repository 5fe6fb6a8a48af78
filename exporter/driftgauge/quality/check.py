"""What a check of a model's rows says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LEAST_BUCKETS: Final = 8
"""As many buckets before must be known before one is judged."""


class Soundness(StrEnum):
    """The distinct states of a check."""

    SOUND = "sound"
    FAULTY = "faulty"
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityVerdict:
    """One check of a model, or of one `feature` of it, in one window.

    `value` is what was found, `expected` what is usual and `threshold` from where it is a fault, all in the unit of the
    check; the latter two are None where nobody can tell yet. `rows` is how many rows were looked at.
    """

    check: str
    verdict: Soundness
    reason: str
    value: float
    expected: float | None
    threshold: float | None
    rows: int
    feature: str | None = None


def too_little(
    check: str, *, share: float, rows: int, least_rows: int, buckets: int, feature: str | None = None
) -> QualityVerdict | None:
    """Return the verdict on a share of too few `rows`, or with too few `buckets` before it; None if they are enough.

    Examples
    --------
    >>> too_little("repeated_rows", share=0.5, rows=12, least_rows=30, buckets=24).reason
    '12 rows, at least 30 are needed'
    """
    if rows >= least_rows and buckets >= LEAST_BUCKETS:
        return None
    what, least = (
        (f"{rows} rows", least_rows) if rows < least_rows else (f"{buckets} buckets like it before", LEAST_BUCKETS)
    )
    return QualityVerdict(
        check=check,
        verdict=Soundness.INSUFFICIENT_DATA,
        reason=f"{what}, at least {least} are needed",
        value=share,
        expected=None,
        threshold=None,
        rows=rows,
        feature=feature,
    )
