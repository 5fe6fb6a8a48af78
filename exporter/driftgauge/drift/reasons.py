"""Why a feature got its verdict, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.model.profile import FeatureProfile
from driftgauge.model.verdict import TestResult, Verdict

NO_ROWS: Final = "no rows in this window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every feature of one judgement is held against."""

    alpha: float
    p_values: int
    features: int
    minimum_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One result and the corrected p-value that it is believed by: its own, or that of the test named in `source`."""

    result: TestResult
    source: str
    p_value: float | None


def reason(
    verdict: Verdict, evidence: Sequence[Evidence], reference: FeatureProfile, current: FeatureProfile, rule: Rule
) -> str:
    """Return the reason of `verdict`: the strongest result with its floor and its p-value, or what was too little."""
    if verdict is Verdict.DRIFTED:
        drifted = [found for found in evidence if found.result.drifted]
        strongest = max(drifted, key=_strength)
        others = ", ".join(found.result.test for found in drifted if found is not strongest)
        also = f"; also {others}" if others else ""
        return f"{_in_words(strongest, rule)}, {_rows(reference, current)}{also}"
    if verdict is Verdict.STABLE:
        return f"{_in_words(max(evidence, key=_strength), rule)}, {_rows(reference, current)}"
    if verdict is Verdict.NO_DATA:
        return f"no values in {current.rows} rows"
    return _too_little(reference, current, rule)


def _strength(found: Evidence) -> tuple[float, float]:
    score, threshold = found.result.score, found.result.threshold
    return (score / threshold if threshold else float("inf"), score)


def _in_words(found: Evidence, rule: Rule) -> str:
    result = found.result
    reached = result.score >= result.threshold
    significant = found.p_value is not None and found.p_value < rule.alpha
    p_value = "p" if found.source == result.test else f"p of {found.source}"
    return (
        f"{result.test} {result.score:.3g} {'≥' if reached else '<'} {result.threshold:g} "
        f"{'and' if reached == significant else 'but'} "
        f"{p_value} = {found.p_value:.2g} {'<' if significant else '≥'} {rule.alpha:.2g} "
        f"(BH over {rule.p_values} p-values of {rule.features} features)"
    )


def _rows(reference: FeatureProfile, current: FeatureProfile) -> str:
    return f"{current.rows} rows against {reference.rows}"


def _too_little(reference: FeatureProfile, current: FeatureProfile, rule: Rule) -> str:
    if min(reference.rows, current.rows) < rule.minimum_rows:
        return f"{_rows(reference, current)}; both need {rule.minimum_rows}"
    if min(reference.n, current.n) < rule.minimum_rows:
        values = f"{current.n} values in {current.rows} rows against {reference.n} in {reference.rows}"
        return f"{values}; both need {rule.minimum_rows}"
    return f"none of the configured drift tests fits this {current.bins.kind} feature"
