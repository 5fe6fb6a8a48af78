"""What the calibrated policy finds of one statistic in one window, and why, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import FloatArray, IntArray
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


def decide(
    p_values: FloatArray, effects: FloatArray, floors: FloatArray, *, times: FloatArray, alpha: float
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return p-values so many times as large, and which effects have drifted by them."""
    adjusted = np.minimum(p_values * times, 1.0)
    return adjusted, (adjusted < alpha) & (np.abs(effects) >= floors)


def surest(sorts: IntArray, adjusted: FloatArray, drifted: NDArray[np.bool_]) -> IntArray:
    """Choose one finding of each sort to tell.

    It is what drifted most surely; where nothing did, what is surest in the last window that has any, as the whole
    window tells more than its newest bucket.

    Parameters
    ----------
    sorts : IntArray, shape (subjects,)
        Of which sort each subject is.
    adjusted, drifted : arrays, shape (windows, subjects)
        Corrected p-values, NaN where there is no finding, and what drifted.

    Returns
    -------
    IntArray
        Places in the flattened arrays, in the order in which the sorts first have a finding.

    Examples
    --------
    >>> surest(np.array([0, 0, 1]), np.array([[0.1, 0.2, 0.3]]), np.array([[False, True, False]])).tolist()
    [1, 2]
    """
    found = np.flatnonzero(~np.isnan(adjusted))
    window, subject = np.divmod(found, len(sorts))
    stable, sort = ~drifted.ravel()[found], sorts[subject]
    order = np.lexsort((adjusted.ravel()[found], np.where(stable, -window, 0), stable, sort))
    firsts = np.flatnonzero(np.diff(sort[order], prepend=-1))
    return found[order[firsts][np.argsort(np.minimum.reduceat(order, firsts))]]


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
