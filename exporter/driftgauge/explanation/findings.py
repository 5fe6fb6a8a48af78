"""The verdict on a model's reasoning in one window, feature by feature and as a whole, with reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from driftgauge.explanation.attributions import Attribution
from driftgauge.explanation.classic import THRESHOLD, mean_difference
from driftgauge.explanation.crossing import State, cross, describe
from driftgauge.explanation.order import Order, compare_order
from driftgauge.explanation.ranking import NDCG_THRESHOLD, ranks
from driftgauge.explanation.signs import LEAST_VALUES, SIGN_FLIP, sign_flip
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict

SIGN_FLIP_TEST: Final = "sign_flip"
SAFETY: Final = 0.25
"""The share of the budget that sign flips may spend."""
GREATEST_SCORE: Final = 10.0
NAMED: Final = 5
JUDGED: Final = (Verdict.STABLE, Verdict.DRIFTED)


class Rule(StrEnum):
    """What decides whether the attributions of a feature have drifted."""

    CALIBRATED = "calibrated"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationRule:
    """How a model's explanations are judged.

    `threshold` is of the classic rule. `alpha` is the chance of a false alarm that one judgement may take, and both
    windows need `minimum_rows` explained predictions.
    """

    minimum_rows: int
    alpha: float
    rule: Rule = Rule.CALIBRATED
    threshold: float = THRESHOLD
    sign_flip: float = SIGN_FLIP
    ndcg_threshold: float = NDCG_THRESHOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What was found of a model's features; of those that were not judged, or where none was, there is no verdict."""

    features: Mapping[str, Verdict]

    @property
    def verdict(self) -> Verdict | None:
        """Drifted if any feature is, stable if any could be judged and none drifted."""
        found = set(self.features.values())
        return next((verdict for verdict in (Verdict.DRIFTED, Verdict.STABLE) if verdict in found), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFinding:
    """What was found of one feature's attributions.

    `score` and `threshold` are in one unit: of the classic rule that of the attributions, else multiples of what would
    matter. Ranks are by mean absolute attribution, 1 the highest.
    """

    feature: str
    verdict: Verdict
    reason: str
    score: float | None
    threshold: float
    reference: Attribution
    current: Attribution
    reference_rank: int
    current_rank: int | None
    difference: float | None
    sign_flip_rate: float | None
    state: State | None
    tests: tuple[TestResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationFinding:
    """What was found of a model's explanations in one window."""

    of: ModelVerdict
    verdict: Verdict
    reason: str
    state: State | None
    sentence: str
    inputs: Verdict | None
    order: Order
    features: tuple[FeatureFinding, ...]
    appeared: tuple[str, ...]

    @property
    def vanished(self) -> tuple[str, ...]:
        """The features of the reference without an attribution, although predictions were explained."""
        return tuple(one.feature for one in self.features if not one.current.n) if self.of.rows else ()

    @property
    def drifted(self) -> tuple[str, ...]:
        """The features that drifted."""
        return tuple(one.feature for one in self.features if one.verdict is Verdict.DRIFTED)

    @property
    def judged(self) -> int:
        """How many features could be judged."""
        return sum(one.verdict in JUDGED for one in self.features)


def judge_explanations(
    found: ModelVerdict,
    reference: Mapping[str, Attribution],
    current: Mapping[str, Attribution],
    *,
    strays: Mapping[str, float],
    rule: ExplanationRule,
    inputs: Inputs,
    appeared: Sequence[str] = (),
) -> ExplanationFinding:
    """Judge the attributions of a window, given what the calibrated policy found of them.

    Parameters
    ----------
    found : ModelVerdict
        What the policy says of the same attributions; the classic rule takes only its rows.
    reference, current : mapping of str to Attribution
        By each feature of the reference.
    strays : mapping of str to float
        How far each feature's share of positives strays without a change.
    rule : ExplanationRule
        What decides.
    inputs : Inputs
        What was found of the model's features.
    appeared : sequence of str
        Features that the reference has not.

    Returns
    -------
    ExplanationFinding
        Drifted if any feature is, or if the order of what matters has changed beyond chance and both windows have
        enough predictions; the classic rule looks at features alone.
    """
    before = ranks({name: one.magnitude or 0.0 for name, one in reference.items()})
    after = ranks({name: one.magnitude for name, one in current.items() if one.magnitude is not None})
    of_features = {each.feature: each for each in found.features}
    features = tuple(
        _classic(of_features[name], one, current[name], rule)
        if rule.rule is Rule.CLASSIC
        else _calibrated(of_features[name], one, current[name], strays[name], rule, features=len(reference))
        for name, one in reference.items()
    )
    features = tuple(
        replace(
            one,
            reference_rank=before[one.feature],
            current_rank=after.get(one.feature),
            state=cross(inputs.features.get(one.feature), one.verdict),
        )
        for one in features
    )
    order = compare_order(reference, current, rule.ndcg_threshold)
    enough = min(found.rows, max(one.n for one in reference.values())) >= rule.minimum_rows
    reordered = rule.rule is Rule.CALIBRATED and enough and order.drifted
    verdict = _verdict(features, found, reordered=reordered)
    return ExplanationFinding(
        of=found,
        verdict=verdict,
        reason=_reason(features, order, found, rule, reordered=reordered),
        state=cross(inputs.verdict, verdict),
        sentence=describe(inputs.verdict, verdict),
        inputs=inputs.verdict,
        order=order,
        features=features,
        appeared=tuple(appeared),
    )


def _calibrated(
    found: FeatureVerdict,
    reference: Attribution,
    current: Attribution,
    strays: float,
    rule: ExplanationRule,
    *,
    features: int,
) -> FeatureFinding:
    verdict, reason, tests = found.verdict, found.reason, list(found.tests)
    flip = sign_flip(reference, current, strays)
    least = max(rule.minimum_rows, LEAST_VALUES)
    if flip is not None and min(reference.signed, current.signed) >= least:
        adjusted = min(flip.p_value * features / SAFETY, 1.0)
        drifted = flip.rate >= rule.sign_flip and adjusted < rule.alpha
        tests.append(
            TestResult(
                test=SIGN_FLIP_TEST,
                score=flip.rate,
                threshold=rule.sign_flip,
                statistic=flip.statistic,
                p_value=flip.p_value,
                adjusted_p_value=adjusted,
                drifted=drifted,
            )
        )
        if drifted:
            told = (
                f"{reference.positive_share:.0%} of its attributions were above 0, now {current.positive_share:.0%}: "
                f"sign flip rate {flip.rate:.3g} ≥ {rule.sign_flip:g} and p = {adjusted:.2g} < {rule.alpha:.2g}"
            )
            reason = f"{reason}; {told}" if verdict is Verdict.DRIFTED else told
            verdict = Verdict.DRIFTED
    if not current.n:
        verdict, reason = Verdict.NO_DATA, _vanished(found.rows)
    return _finding(
        found,
        reference,
        current,
        verdict=verdict,
        reason=reason,
        score=_score(verdict, tests),
        threshold=1.0,
        tests=tests,
    )


def _classic(
    found: FeatureVerdict, reference: Attribution, current: Attribution, rule: ExplanationRule
) -> FeatureFinding:
    score = None
    if reference.mean is None or current.mean is None:
        verdict, reason = Verdict.NO_DATA, _vanished(found.rows)
    else:
        told = mean_difference(reference.mean, current.mean, threshold=rule.threshold)
        score = told.difference
        verdict = Verdict.DRIFTED if told.drifted else Verdict.STABLE
        reason = (
            f"means {told.reference_mean:.4g} and {told.current_mean:.4g} lie {told.difference:.4g} apart, "
            f"{'more than' if told.drifted else 'not more than'} {told.threshold:g}"
        )
        if min(reference.n, current.n) < rule.minimum_rows:
            verdict = Verdict.INSUFFICIENT_DATA
            reason = f"{current.n} attributions against {reference.n}; both need {rule.minimum_rows}"
    return _finding(
        found,
        reference,
        current,
        verdict=verdict,
        reason=reason,
        score=score,
        threshold=rule.threshold,
        tests=found.tests,
    )


def _finding(
    found: FeatureVerdict,
    reference: Attribution,
    current: Attribution,
    *,
    verdict: Verdict,
    reason: str,
    score: float | None,
    threshold: float,
    tests: Sequence[TestResult],
) -> FeatureFinding:
    known = None if reference.mean is None or current.mean is None else abs(reference.mean - current.mean)
    flip = sign_flip(reference, current, 0.0)
    return FeatureFinding(
        feature=found.feature,
        verdict=verdict,
        reason=reason,
        score=score,
        threshold=threshold,
        reference=reference,
        current=current,
        reference_rank=0,
        current_rank=None,
        difference=known,
        sign_flip_rate=None if flip is None else flip.rate,
        state=None,
        tests=tuple(tests),
    )


def _vanished(rows: int) -> str:
    return f"no attribution in {rows} explained predictions" if rows else "no prediction was explained"


def _score(verdict: Verdict, tests: Sequence[TestResult]) -> float | None:
    """Return the greatest score of what could decide, in multiples of its threshold; of what drifted, if any did."""
    if verdict not in JUDGED:
        return None
    deciding = [test for test in tests if test.drifted] or [test for test in tests if test.adjusted_p_value is not None]
    return min(max((test.score / test.threshold for test in deciding), default=0.0), GREATEST_SCORE)


def _verdict(features: Sequence[FeatureFinding], found: ModelVerdict, *, reordered: bool) -> Verdict:
    if not found.rows:
        return Verdict.NO_DATA
    verdicts = [one.verdict for one in features]
    if reordered or Verdict.DRIFTED in verdicts:
        return Verdict.DRIFTED
    return Verdict.STABLE if Verdict.STABLE in verdicts else Verdict.INSUFFICIENT_DATA


def _reason(
    features: Sequence[FeatureFinding], order: Order, found: ModelVerdict, rule: ExplanationRule, *, reordered: bool
) -> str:
    if not found.rows:
        return _vanished(0)
    judged = sum(one.verdict in JUDGED for one in features)
    drifted = [one.feature for one in features if one.verdict is Verdict.DRIFTED]
    told = f"{len(drifted)} of {judged} judged features drifted" if judged else "no feature could be judged"
    if not judged:
        told += f": {found.rows} explained predictions, {rule.minimum_rows} are needed"
    if drifted:
        more = f" and {len(drifted) - NAMED} more" if len(drifted) > NAMED else ""
        told += f": {', '.join(drifted[:NAMED])}{more}"
    if reordered:
        told += f"; their order by importance changed: nDCG {order.ndcg:.3g} < {order.threshold:g}"
    return told
