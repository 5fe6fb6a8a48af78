"""What a check of a model's rows says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Soundness(StrEnum):
    """The distinct states of a check."""

    SOUND = "sound"
    FAULTY = "faulty"
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityVerdict:
    """One check of a model in one window.

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
