"""A cohort is judged when it has matured, and estimated, from what its reference taught, when it has closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import orjson
import pytest

from driftgauge.model.bins import BinLayout, CategoricalBins
from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow
from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.business_value import CostMatrix
from driftgauge.performance.cohorts import CohortVerdict, judge_cohort
from driftgauge.performance.dle import LossChunk
from driftgauge.performance.findings import Finding
from driftgauge.performance.metric import Counts
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.reference import (
    LossRows,
    PerformanceReference,
    bands_from_json,
    estimator_from_json,
    fit_reference,
)
from driftgauge.performance.regression import count_regression
from driftgauge.performance.thresholds import FixedLimits, PerformanceVerdict
from driftgauge.performance.unlabelled import ConfidenceCounts, ScoreCounts
from driftgauge.performance.valued import valued

DAY: Final = timedelta(days=1)
WINDOW: Final = TimeWindow(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
OPTIONS: Final = JudgingOptions(maturity=7 * DAY, minimum_rows=100)
RIPE: Final = WINDOW.end + 7 * DAY
LAYOUT: Final = BinLayout(features={"plan": CategoricalBins(categories=("a", "b"))})


def classified(rows: int = 400, *, right: float = 0.9, seed: int = 0, scored: bool = True) -> BinaryCounts:
    rng = np.random.default_rng([rows, seed])
    said = rng.integers(0, 2, rows)
    wrong = rng.random(rows) > right
    scores = np.where(said == 1, 0.9, 0.1) if scored else np.full(rows, np.nan)
    return count_binary(np.where(wrong, 1 - said, said), said, scores)


def cohort_of(counts: Counts) -> Cohort:
    scores = ScoreCounts.of(counts) if isinstance(counts, BinaryCounts) else None
    if isinstance(counts, MulticlassCounts):
        scores = ConfidenceCounts.of(counts)
    return Cohort(predictions=counts.n, outcomes=counts.n, unusable=0, lag_microseconds=0, counts=counts, scores=scores)


def reference(*, scored: bool = True) -> PerformanceReference:
    return fit_reference([(WINDOW, classified(seed=seed, scored=scored)) for seed in range(8)])


def judged(
    counts: Counts,
    options: JudgingOptions = OPTIONS,
    *,
    now: datetime = RIPE,
    against: PerformanceReference | None = None,
    features: ModelProfile | None = None,
) -> CohortVerdict:
    return judge_cohort(cohort_of(counts), WINDOW, options, now=now, reference=against, features=features)


def verdict(finding: Finding) -> str:
    return finding.judgement.verdict.value


def test_a_matured_cohort_is_held_against_the_reference_s_band() -> None:
    fitted = reference()
    found = judged(classified(right=0.9, seed=99), against=fitted)
    assert {verdict(found.realised[name]) for name in ("accuracy", "f1", "roc_auc", "log_loss")} == {"stable"}
    worse = judged(classified(right=0.6), against=fitted)
    assert verdict(worse.realised["accuracy"]) == "degraded"
    assert worse.realised["accuracy"].degraded is True
    band = fitted.bands["accuracy"]
    assert band is not None
    limits = worse.realised["accuracy"].judgement
    assert (limits.lower, limits.upper) == pytest.approx(band.around(worse.realised["accuracy"].measured.error or 0))


def test_deviations_widen_the_band() -> None:
    wide = judged(classified(right=0.75), replace(OPTIONS, deviations=50), against=reference())
    assert verdict(wide.realised["accuracy"]) == "stable"


def test_limits_of_the_model_win_over_the_band() -> None:
    options = replace(OPTIONS, limits={"accuracy": FixedLimits(lower=0.95)})
    found = judged(classified(4000, right=0.9), options, against=reference())
    assert [verdict(found.realised[name]) for name in ("accuracy", "f1")] == ["degraded", "stable"]
    assert verdict(found.estimated["accuracy"]) == "degraded"
    assert (found.realised["accuracy"].judgement.lower, found.realised["accuracy"].judgement.upper) == (0.95, None)


def test_before_it_has_matured_a_cohort_has_values_and_no_verdict() -> None:
    found = judged(classified(right=0.5), now=WINDOW.end, against=reference())
    assert found.realised["accuracy"].measured.value == pytest.approx(0.5, abs=0.1)
    assert found.realised["accuracy"].judgement.reason == (
        "not mature before 2026-03-09 00:00 UTC: 400 of 400 predictions have an outcome"
    )
    assert found.realised["accuracy"].degraded is None
    assert verdict(found.estimated["accuracy"]) == "stable"


def test_an_open_cohort_is_not_estimated() -> None:
    assert judged(classified(), now=WINDOW.end - timedelta(seconds=1), against=reference()).estimated == {}


def test_too_few_rows_and_metrics_without_a_value_say_so() -> None:
    few = judged(classified(50), against=reference())
    assert few.realised["accuracy"].judgement.reason == "50 rows; 100 are needed"
    unscored = judged(classified(scored=False), against=None)
    assert verdict(unscored.realised["roc_auc"]) == "insufficient_data"
    assert "score" in unscored.realised["roc_auc"].judgement.reason
    assert unscored.curve == []


def test_without_a_reference_it_is_told_what_it_takes() -> None:
    found = judged(classified())
    assert found.realised["accuracy"].judgement.reason == (
        "there is no reference yet: it takes 10 matured cohorts of 100 outcomes or more"
    )
    assert found.estimated == {}


def test_classifiers_without_scores_are_not_estimated() -> None:
    fitted = reference(scored=False)
    assert (fitted.estimator, fitted.reason) == (None, "predictions of the reference's cohorts have no scores")
    assert judged(classified(), against=fitted).estimated == {}
    unscored = replace(cohort_of(classified()), scores=None)
    assert judge_cohort(unscored, WINDOW, OPTIONS, now=RIPE, reference=reference()).estimated == {}


def several(*, right: float = 0.9, confident: bool = True) -> MulticlassCounts:
    """Return the counts of a classifier of three classes that is right as often as that, and says so."""
    true = ["a", "b", "c"] * 200
    said = ["abc"[("abc".index(label) + (place // 3 >= 200 * right)) % 3] for place, label in enumerate(true)]
    return count_multiclass(true, said, ["a", "b", "c"], [0.5 + right / 2] * 600 if confident else None)


def test_several_classes_are_judged_and_not_estimated_where_nothing_says_how_sure_they_were() -> None:
    counts = several(confident=False)
    fitted = fit_reference([(WINDOW, counts), (WINDOW, counts)])
    assert (fitted.estimator, fitted.reason) == (None, "predictions of the reference's cohorts have no confidences")
    found = judged(counts, against=fitted)
    assert verdict(found.realised["macro_f1"]) == "stable"
    assert (found.estimated, found.curve) == ({}, [])


def test_several_classes_are_estimated_by_how_sure_they_were() -> None:
    easy, hard = several(right=0.9), several(right=0.3)
    fitted = fit_reference([(WINDOW, easy), (WINDOW, easy.plus(several(right=0.8))), (WINDOW, easy.plus(hard))])
    found = judged(hard, replace(OPTIONS, deviations=0.5), against=fitted)
    assert found.estimated.keys() == {"accuracy", "macro_precision"}
    accuracy = found.estimated["accuracy"]
    assert accuracy.measured.value == pytest.approx(found.realised["accuracy"].measured.value, abs=0.1)
    assert (verdict(accuracy), accuracy.unit) == ("degraded", "share of rows")
    as_before = replace(cohort_of(hard), scores=None)
    assert judge_cohort(as_before, WINDOW, OPTIONS, now=RIPE, reference=fitted).estimated == {}


def test_limits_of_the_model_hold_for_estimates_of_several_classes() -> None:
    options = replace(OPTIONS, limits={"accuracy": FixedLimits(lower=0.99)})
    fitted = fit_reference([(WINDOW, several()), (WINDOW, several())])
    found = judged(several(), options, against=fitted).estimated
    assert [verdict(found[name]) for name in ("accuracy", "macro_precision")] == ["degraded", "stable"]


def test_what_predictions_are_worth_is_a_metric_like_others() -> None:
    costs = ((0.0, -5.0), (-100.0, 60.0))
    options = replace(OPTIONS, costs=costs, cost_unit="EUR")
    fitted = fit_reference(
        [(WINDOW, classified(seed=seed)) for seed in range(8)], costs=CostMatrix.of(costs, unit="EUR")
    )
    found = judged(classified(right=0.6), options, against=fitted).realised["business_value"]
    assert (found.unit, verdict(found)) == ("EUR", "degraded")


def test_costs_of_other_classes_give_no_value() -> None:
    three = CostMatrix.of([[1, 2, 3]] * 3, unit="EUR")
    assert valued(classified(), three)["business_value"][1].reason == (
        "the cost matrix is of 3 classes, the outcomes are of 2"
    )
    two = count_multiclass(["a", "b"], ["a", "b"], ["a", "b"])
    assert valued(two, three)["business_value"][1].value == 1.0 + 0.5
    assert "business_value" not in valued(count_regression([1.0], [1.0]), three)
    taken = BinaryCounts.empty().plus(classified(), -1)
    assert valued(taken, CostMatrix.of([[1, 2], [3, 4]], unit=""))["business_value"][1].value is None
    assert judged(taken).curve == []


def losses(rng: np.random.Generator, *, pro: float, rows: int = 1000) -> tuple[LossChunk, ModelProfile]:
    """Rows whose errors are 1 for `a` and 5 for `b`, which a share of them has."""
    slots = (rng.random(rows) < pro).astype(np.int64)[:, np.newaxis]
    predictions = np.where(slots[:, 0] == 1, 5.0, 1.0) * rng.choice([-1.0, 1.0], rows)
    counts = np.append(np.bincount(slots[:, 0], minlength=2), [0, 0])
    profile = replace(ModelProfile.empty(LAYOUT), rows=rows, counts=counts)
    return LossChunk(slots=slots, outcomes=np.zeros(rows), predictions=predictions), profile


def regression_reference(rng: np.random.Generator) -> PerformanceReference:
    chunks = [losses(rng, pro=0.2) for _ in range(6)]
    features = ModelProfile.merged(LAYOUT, [profile for _, profile in chunks])
    counted = [(WINDOW, count_regression(chunk.outcomes, chunk.predictions)) for chunk, _ in chunks]
    return fit_reference(counted, losses=LossRows(chunks=[chunk for chunk, _ in chunks], features=features))


def test_losses_are_estimated_from_features(rng: np.random.Generator) -> None:
    fitted = regression_reference(rng)
    chunk, features = losses(rng, pro=0.8)
    found = judged(count_regression(chunk.outcomes, chunk.predictions), against=fitted, features=features)
    assert found.estimated.keys() == {"mae", "rmse"}
    for name, estimate in found.estimated.items():
        assert estimate.measured.value == pytest.approx(found.realised[name].measured.value, rel=0.05)
        assert verdict(estimate) == verdict(found.realised[name]) == "degraded"
    assert judged(count_regression([1.0], [1.0]), against=fitted).estimated == {}


def test_why_losses_are_not_estimated_is_kept(rng: np.random.Generator) -> None:
    chunk, features = losses(rng, pro=0.2)
    counted = [(WINDOW, count_regression(chunk.outcomes, chunk.predictions))] * 2
    assert fit_reference(counted, losses=LossRows(reason="no features")).reason == "no features"
    empty = LossChunk(slots=np.zeros((0, 1), dtype=np.int64), outcomes=np.zeros(0), predictions=np.zeros(0))
    gone = fit_reference(counted, losses=LossRows(chunks=[chunk, empty], features=features))
    assert gone.estimator is None
    assert gone.reason.startswith("rows of the reference's cohorts are no longer kept")


def test_what_was_learned_is_read_back(rng: np.random.Generator) -> None:
    classes = fit_reference([(WINDOW, several()), (WINDOW, several())])
    for fitted in (reference(), classes, regression_reference(rng), reference(scored=False)):
        bands, estimator = (
            orjson.loads(orjson.dumps(part)) for part in (fitted.bands_to_json(), fitted.estimator_to_json())
        )
        assert bands_from_json(bands) == fitted.bands
        assert type(estimator_from_json(estimator)) is type(fitted.estimator)
    assert None in reference(scored=False).bands.values()


def test_findings_are_read_back() -> None:
    found = judged(classified(), against=reference())
    classes = judged(several(), against=fit_reference([(WINDOW, several()), (WINDOW, several())]))
    for findings in (found.realised, found.estimated, classes.realised, classes.estimated):
        assert findings
        for finding in findings.values():
            back = Finding.from_json(orjson.loads(orjson.dumps(finding.to_json())))
            assert back == finding
    assert found.realised["accuracy"].judgement.verdict is PerformanceVerdict.STABLE


def test_the_curve_has_the_rows_with_scores() -> None:
    curve = judged(classified()).curve
    assert [round(score, 2) for score, _, _ in curve] == [0.1, 0.9]
    assert sum(rows for _, _, rows in curve) == 400
