"""One number for the features taken together."""

from __future__ import annotations

from driftgauge.model.verdict import ModelVerdict, TestResult, Verdict

GREATEST_RATIO = 10.0


def dataset_score(verdict: ModelVerdict) -> float | None:
    """Return the mean over the judged features of the greatest score in multiples of its threshold.

    Above 1 the features are, on average, past their thresholds. A single feature counts at most ten times its
    threshold, so that one broken column does not look like a broken data set; any score above a threshold of 0 does.
    None where no feature could be judged: scores of too few rows are mostly noise.
    """
    ratios = [
        min(max(_ratio(result) for result in feature.tests), GREATEST_RATIO)
        for feature in verdict.features
        if feature.verdict in (Verdict.STABLE, Verdict.DRIFTED) and feature.tests
    ]
    return sum(ratios) / len(ratios) if ratios else None


def _ratio(result: TestResult) -> float:
    if not result.threshold:
        return GREATEST_RATIO if result.score else 0.0
    return result.score / result.threshold
