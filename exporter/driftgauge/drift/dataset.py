"""One number for the features taken together."""

from __future__ import annotations

from driftgauge.model.verdict import ModelVerdict

GREATEST_RATIO = 10.0


def dataset_score(verdict: ModelVerdict) -> float | None:
    """Return the mean over the judged features of the greatest score in multiples of its threshold.

    Above 1 the features are, on average, past their thresholds. A single feature counts at most ten times its
    threshold, so that one broken column does not look like a broken data set. None where no test was made.
    """
    ratios = [
        min(
            max(result.score / result.threshold if result.threshold else GREATEST_RATIO for result in made),
            GREATEST_RATIO,
        )
        for made in (tuple(result for result in feature.tests) for feature in verdict.features)
        if made
    ]
    return sum(ratios) / len(ratios) if ratios else None
