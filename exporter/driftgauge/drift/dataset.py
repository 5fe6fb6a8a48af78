"""The features taken together: one verdict, one number, and which of them to look at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict

GREATEST_RATIO = 10.0
NAMED = 5  # features in a reason

JUDGED = (Verdict.STABLE, Verdict.DRIFTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedFeature:
    """A judged feature.

    `ratio` is its greatest score in multiples of its threshold, at most `GREATEST_RATIO`, of the results that drifted
    if any did; `importance` is what was logged, None where nothing was; `weight` averages 1 over the features.
    """

    feature: str
    drifted: bool
    ratio: float
    importance: float | None
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDrift:
    """The verdict on all features of a model.

    `drifted_share` counts each judged feature alike, `drifted_weight` by importance; the latter is None where no
    importance is known. `score` is as `dataset_score` returns it. `ranking` has the drifted features first, then by
    ratio times weight.
    """

    verdict: Verdict
    reason: str
    threshold: float
    drifted_share: float | None
    drifted_weight: float | None
    score: float | None
    ranking: tuple[RankedFeature, ...]

    @property
    def drifted(self) -> int:
        """How many features drifted."""
        return sum(feature.drifted for feature in self.ranking)


def judge_dataset(verdict: ModelVerdict, importances: Mapping[str, float], threshold: float) -> DatasetDrift:
    """Judge the features of a window together: drifted if those that drifted have `threshold` of the weight.

    Parameters
    ----------
    verdict : ModelVerdict
        The features, judged.
    importances : Mapping[str, float]
        Importances by feature, of any scale and sign. A judged feature without one weighs as the mean of the others;
        without any, or where all are 0, features weigh alike.
    threshold : float
        In (0, 1].
    """
    ranking = _ranked([feature for feature in verdict.features if feature.verdict in JUDGED], importances)
    drifted = [feature for feature in ranking if feature.drifted]
    if not ranking:
        return DatasetDrift(
            verdict=verdict.verdict,
            reason="no feature could be judged",
            threshold=threshold,
            drifted_share=None,
            drifted_weight=None,
            score=None,
            ranking=(),
        )
    share = len(drifted) / len(ranking)
    weight = sum(feature.weight for feature in drifted) / len(ranking)
    weighed = any(feature.importance for feature in ranking)
    deciding = weight if weighed else share
    return DatasetDrift(
        verdict=Verdict.DRIFTED if drifted and deciding >= threshold else Verdict.STABLE,
        reason=_reason(ranking, deciding, threshold, weighed=weighed),
        threshold=threshold,
        drifted_share=share,
        drifted_weight=weight if weighed else None,
        score=dataset_score(verdict),
        ranking=ranking,
    )


def dataset_score(verdict: ModelVerdict) -> float | None:
    """Return the mean over the judged features of the greatest score in multiples of its threshold.

    Above 1 the features are, on average, past their thresholds. A single feature counts at most ten times its
    threshold, so that one broken column does not look like a broken data set; any score above a threshold of 0 does.
    None where no feature could be judged: scores of too few rows are mostly noise.
    """
    ratios = [_greatest(feature.tests) for feature in verdict.features if feature.verdict in JUDGED and feature.tests]
    return sum(ratios) / len(ratios) if ratios else None


def _ranked(features: list[FeatureVerdict], importances: Mapping[str, float]) -> tuple[RankedFeature, ...]:
    known = [abs(importances[feature.feature]) for feature in features if feature.feature in importances]
    mean = sum(known) / len(known) if known else 0.0
    ranked = [
        RankedFeature(
            feature=feature.feature,
            drifted=feature.verdict is Verdict.DRIFTED,
            ratio=_greatest([result for result in feature.tests if result.drifted] or feature.tests),
            importance=importances.get(feature.feature),
            weight=abs(importances.get(feature.feature, mean)) / mean if mean else 1.0,
        )
        for feature in features
    ]
    return tuple(sorted(ranked, key=lambda one: (not one.drifted, -one.ratio * one.weight, one.feature)))


def _reason(ranking: tuple[RankedFeature, ...], deciding: float, threshold: float, *, weighed: bool) -> str:
    drifted = [feature.feature for feature in ranking if feature.drifted]
    of_what = "of the importance" if weighed else "of the features"
    counts = f"{len(drifted)} of {len(ranking)} judged features drifted"
    if not drifted:
        return counts
    more = f" and {len(drifted) - NAMED} more" if len(drifted) > NAMED else ""
    names = ", ".join(drifted[:NAMED])
    return f"{counts}, {deciding:.0%} {of_what} (drift from {threshold:.0%}): {names}{more}"


def _greatest(results: list[TestResult] | tuple[TestResult, ...]) -> float:
    return min(max((_ratio(result) for result in results), default=0.0), GREATEST_RATIO)


def _ratio(result: TestResult) -> float:
    if not result.threshold:
        return GREATEST_RATIO if result.score else 0.0
    return result.score / result.threshold
