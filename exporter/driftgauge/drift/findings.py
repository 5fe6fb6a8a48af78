"""What the calibrated policy finds of one statistic in one window, and why, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from driftgauge.model.profile import FeatureProfile
from driftgauge.model.verdict import TestResult
from driftgauge.model.window import TimeWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statistic of one window: its effect and floor, how sure it is, and what it was held against.

    `effect` has a sign where it can have one; `part` names the category whose share moved. `windows` of the reference
    taught what is expected, by `season`; 0 where it had to be assumed. `adjusted` is the corrected p-value.
    """

    feature: str
    name: str
    part: str | None
    effect: float
    floor: float
    statistic: float
    p_value: float
    window: TimeWindow
    windows: int
    season: str
    adjusted: float = 1.0
    drifted: bool = False

    @property
    def score(self) -> float:
        """How large the effect is, whatever its direction."""
        return abs(self.effect)

    def corrected(self, times: float, alpha: float) -> Finding:
        """Return the finding with a p-value so many times as large, judged."""
        adjusted = min(self.p_value * times, 1.0)
        return replace(self, adjusted=adjusted, drifted=adjusted < alpha and self.score >= self.floor)

    def outranks(self, other: Finding) -> bool:
        """Tell whether this finding is to be told instead of an earlier one of the same name."""
        if self.drifted != other.drifted:
            return self.drifted
        if not self.drifted and self.window != other.window:
            return True  # of what is stable, the whole window tells more than its newest bucket
        return self.adjusted < other.adjusted

    def result(self) -> TestResult:
        """Return the finding as a test's result; the statistic is a z-score."""
        return TestResult(
            test=self.name,
            score=self.score,
            threshold=self.floor,
            statistic=self.statistic,
            p_value=self.p_value,
            adjusted_p_value=self.adjusted,
            drifted=self.drifted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What all p-values of one judgement are corrected over, and the budget that they keep to."""

    alpha: float
    statistics: int
    alarms_per_30_days: float


def finding_reason(
    findings: Sequence[Finding], reference: FeatureProfile, current: FeatureProfile, correction: Correction
) -> str:
    """Return the reason of a verdict: its surest finding, with its floor, its p-value and what was expected."""
    surest = min(findings, key=lambda finding: finding.adjusted)
    others = [finding.name for finding in findings if finding.drifted and finding is not surest]
    reached, significant = surest.score >= surest.floor, surest.adjusted < correction.alpha
    part = f" of {surest.part!r}" if surest.part is not None else ""
    taught = (
        f"expected from {surest.windows} windows of the reference, with {surest.season}"
        if surest.windows
        else "the reference does not tell how its windows differ, so a tenth of a standard deviation is assumed"
    )
    also = f"; also {', '.join(others)}" if others else ""
    return (
        f"{surest.name} {surest.effect:+.3g}{part} in the last {duration(surest.window.width)} "
        f"{'≥' if reached else '<'} {surest.floor:g} {'and' if reached == significant else 'but'} "
        f"p = {surest.adjusted:.2g} {'<' if significant else '≥'} {correction.alpha:.2g} "
        f"(corrected over {correction.statistics} statistics; false alarms: at most {correction.alarms_per_30_days:g} "
        f"in 30 days; {taught}), {current.rows} rows against {reference.rows}{also}"
    )


def too_little(reference: FeatureProfile, current: FeatureProfile, minimum: int) -> str:
    """Return what was too little to judge."""
    if min(reference.rows, current.rows) < minimum:
        return f"{current.rows} rows against {reference.rows}; both need {minimum}"
    values = f"{current.n} values in {current.rows} rows against {reference.n} in {reference.rows}"
    return f"{values}; both need {minimum}"


def duration(width: timedelta) -> str:
    """Return a width in the largest unit that it is a multiple of.

    Examples
    --------
    >>> duration(timedelta(hours=24)), duration(timedelta(minutes=90)), duration(timedelta(days=7))
    ('24 h', '90 min', '7 d')
    """
    total = int(width.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if total % size == 0 and (unit != "d" or total > size):
            return f"{total // size} {unit}"
    return f"{total} s"
