"""The drift job: what it finds in stored rows, and what it writes and tells of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from driftgauge.app.judging_settings import drift_options
from driftgauge.config import load_config
from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.dataset import dataset_score
from driftgauge.drift.registry import TESTS
from driftgauge.drift.two_sample import TwoSample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from integration.jobs.shifted import alerts, columns, results, states
from integration.jobs.stage import HOUR, KEY, SETTINGS, Stage, judged_by, normal, series, spread

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from driftgauge.drift.policy import Policy
    from driftgauge.model.verdict import ModelVerdict


def test_a_shift_is_found_and_a_stable_feature_is_not(shifted: Stage) -> None:
    job = shifted.drift_job()
    samples = job.run()
    assert states(samples) == "drifted"
    assert series(samples, "ml_feature_drifted") == {("age",): 1.0, ("fare",): 0.0, ("plan",): 1.0}
    assert series(samples, "ml_drifted_features_ratio") == {(): pytest.approx(2 / 3)}
    assert series(samples, "ml_drift_window_rows") == {(): 800.0}
    assert job.standings[KEY].drifted_features == ("age", "plan")
    assert job.standings[KEY].describe_reference() == "#1, file, 2,000 rows"


def test_each_result_has_its_row_with_all_columns(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    rows = {(row["feature_name"], row["statistical_test"]): row for row in results(shifted)}
    expected = {
        (feature.feature, found.test): (feature, found)
        for feature in shifted.verdicts[KEY].features
        for found in feature.tests
    }
    assert rows.keys() == expected.keys()
    assert {name for name, _ in rows} == {"age", "fare", "plan"}
    for place, (feature, found) in expected.items():
        row = rows[place]
        assert (row["model_name"], row["version"], row["environment"]) == ("churn", "1", "production")
        assert (row["feature_kind"], row["verdict"], row["reason"]) == (feature.kind, feature.verdict, feature.reason)
        assert (row["test_statistic"], row["p_value"], row["adjusted_p_value"]) == (
            found.statistic,
            found.p_value,
            found.adjusted_p_value,
        )
        assert (row["effect"], row["threshold"], row["rows"]) == (found.score, found.threshold, 800)
        assert row["drift_detected"] == found.drifted
        assert (row["window_start"], row["window_end"]) == (shifted.border - 4 * HOUR, shifted.border)
        assert (row["reference_id"], row["replay_id"]) == (job.standings[KEY].reference.reference_id, None)
    assert {row["drift_detected"] for row in rows.values() if row["feature_name"] == "fare"} == {False}


def test_an_alert_is_raised_a_drifted_feature_with_its_severity(shifted: Stage) -> None:
    shifted.drift_job().run()
    raised = alerts(shifted)
    assert raised.keys() == {"age", "plan"}
    for name, alert in raised.items():
        assert alert["severity"] == "high"
        assert alert["message"] == f"{name} drifted: {alert['reason']}"
        assert (alert["acknowledged"], alert["acknowledged_at"], alert["acknowledged_by"]) == (False, None, None)


def test_an_alert_on_what_is_just_past_its_threshold_is_of_medium_severity(stage: Stage) -> None:
    halves: list[str | None] = ["a", "b"] * 500
    stage.set_reference({"plan": halves})
    stage.log({"plan": ["a"] * 119 + ["b"] * 81}, spread(stage.border - HOUR, stage.border, 200))
    stage.roll()
    easy = replace(SETTINGS, tests=("chi_squared",), thresholds={"chi_squared": 0.05}, alarms_per_30_days=1000)
    stage.drift_job(judged_by(easy)).run()
    alert = alerts(stage)["plan"]
    assert 0.05 <= alert["effect"] < 3 * alert["threshold"] == pytest.approx(0.15)
    assert alert["severity"] == "medium"


def test_the_queries_that_users_know_still_join(shifted: Stage) -> None:
    shifted.drift_job().run()
    found = shifted.select(
        """
        SELECT r.model_name, r.feature_name, r.statistical_test, r.test_statistic, r.p_value, r.threshold,
               (r.current_distribution ->> 'mean')::float8 AS mean, a.severity, a.message, r.timestamp
        FROM drift_alerts AS a
        INNER JOIN data_drift_results AS r ON a.drift_result_id = r.id
        WHERE r.drift_detected AND NOT a.acknowledged AND r.timestamp > now() - INTERVAL '1 day'
        ORDER BY r.feature_name
        """
    )
    assert [row["feature_name"] for row in found] == ["age", "plan"]
    counted = shifted.select(
        "SELECT feature_name, count(*) FILTER (WHERE drift_detected) > 0 AS drifted, max(test_statistic) AS worst"
        " FROM data_drift_results WHERE model_name = 'churn' GROUP BY feature_name ORDER BY feature_name"
    )
    assert [(row["feature_name"], row["drifted"]) for row in counted] == [
        ("age", True),
        ("fare", False),
        ("plan", True),
    ]
    opened = shifted.select("SELECT feature_name FROM drift_alerts_open ORDER BY feature_name")
    assert [row["feature_name"] for row in opened] == ["age", "plan"]


def test_distributions_are_finite_json_once_a_feature(shifted: Stage) -> None:
    shifted.drift_job().run()
    for name in ("age", "fare", "plan"):
        rows = [row for row in results(shifted) if row["feature_name"] == name]
        described = [row for row in rows if row["reference_distribution"] is not None]
        [row] = described
        for column, count in (("reference_distribution", 2000), ("current_distribution", 800)):
            told: dict[str, Any] = row[column]
            json.dumps(told, allow_nan=False)
            assert told["count"] == count
            counts = told["histogram"]["counts"] if name != "plan" else list(told["histogram"].values())
            assert sum(counts) == count
        if name != "plan":
            edges: list[float] = row["reference_distribution"]["histogram"]["edges"]
            assert edges == row["current_distribution"]["histogram"]["edges"] == sorted(edges)
            assert math.isfinite(row["current_distribution"]["std"])


def test_a_feature_without_a_value_in_the_window_has_finite_json(stage: Stage) -> None:
    stage.set_reference({"age": normal(500), "fare": normal(500)})
    stage.log({"age": normal(200), "fare": np.full(200, np.nan)}, spread(stage.border - HOUR, stage.border, 200))
    stage.roll()
    samples = stage.drift_job().run()
    told = {row["feature_name"]: row["current_distribution"] for row in results(stage) if row["current_distribution"]}
    assert (told["fare"]["count"], told["fare"]["missing"]) == (0, 200)
    assert (told["fare"]["mean"], told["fare"]["std"]) == (None, None)
    assert series(samples, "ml_feature_missing_ratio") == {("age",): 0.0, ("fare",): 1.0}
    assert series(samples, "ml_feature_out_of_range_ratio").keys() == {("age",)}


@pytest.mark.parametrize("policy", [TwoSample(), Calibrated(UTC)], ids=["two samples", "calibrated"])
def test_a_feature_that_gets_texts_for_numbers_is_faulty_and_the_others_are_sound(stage: Stage, policy: Policy) -> None:
    stage.set_reference({"age": normal(2_000), "fare": normal(2_000)})
    ages = np.array([f"about {place}" if place % 4 == 0 else place % 7 / 3 - 1 for place in range(400)], object)
    stage.log({"age": ages, "fare": normal(400)}, spread(stage.border - HOUR, stage.border, 400))
    stage.roll()
    checks = replace(SETTINGS, tests=("missing_share", "invalid_share"))
    samples = stage.drift_job(judged_by(checks), policy=policy).run()
    faulty = series(samples, "ml_feature_data_quality_faulty")
    assert faulty["age", "invalid_share"] == faulty["age", "missing_share"] == 1.0  # a text is no usable value either
    assert faulty["fare", "invalid_share"] == faulty["fare", "missing_share"] == 0.0


def test_the_four_verdicts_are_told_apart(stage: Stage) -> None:
    keys = {state: ModelKey(model=state, version="1", environment="production") for state in Verdict}
    for state, key in keys.items():
        stage.set_reference(columns(2000), model=key.model)
        rows, end, shift = {
            Verdict.NO_DATA: (300, stage.border - 8 * HOUR, 0.0),
            Verdict.INSUFFICIENT_DATA: (50, stage.border, 0.0),
            Verdict.STABLE: (300, stage.border, 0.0),
            Verdict.DRIFTED: (300, stage.border, 2.0),
        }[state]
        stage.log(columns(rows, shift=shift, seed=4), spread(end - HOUR, end, rows), key=key)
    stage.roll()
    samples = stage.drift_job().run()
    verdicts = series(samples, "ml_drift_verdict")
    for state, key in keys.items():
        told = {labels[-1]: value for labels, value in verdicts.items() if labels[0] == key.model}
        assert told == {other: float(other is state) for other in Verdict}
    of_features = {
        family: {labels[0] for labels in series(samples, family)}
        for family in (
            "ml_feature_drifted",
            "ml_drifted_features_ratio",
            "ml_feature_drift_score",
            "ml_dataset_drift_score",
            "ml_feature_missing_ratio",
            "ml_drift_window_rows",
        )
    }
    judged = {"stable", "drifted"}
    assert of_features["ml_feature_drifted"] == of_features["ml_drifted_features_ratio"] == judged
    assert of_features["ml_feature_missing_ratio"] == judged | {"insufficient_data"}
    assert of_features["ml_dataset_drift_score"] == judged
    assert "no_data" not in of_features["ml_feature_drift_score"]
    assert of_features["ml_drift_window_rows"] == set(Verdict)
    stored = {(row["model_name"], row["verdict"]) for row in results(stage)}
    assert {("no_data", "no_data"), ("insufficient_data", "insufficient_data"), ("stable", "stable")} <= stored
    assert {model for model, verdict in stored if verdict == "drifted"} == {"drifted"}


def test_features_whose_data_ended_vanish_from_the_samples(shifted: Stage) -> None:
    job = shifted.drift_job()
    assert series(job.run(), "ml_feature_drift_score")
    shifted.execute("DELETE FROM profile_rollups")
    samples = job.run()
    assert states(samples) == "no_data"
    assert {sample.family for sample in samples} == {
        "ml_reference_info",
        "ml_drift_window_rows",
        "ml_drift_verdict",
        "ml_dataset_drift_threshold_ratio",
    }


def test_a_model_without_a_reference_has_no_verdict(stage: Stage) -> None:
    stage.log(columns(50), spread(stage.border - HOUR, stage.border, 50))
    stage.roll()
    job = stage.drift_job()
    assert job.run() == ()
    assert job.standings == {}


def test_samples_are_rendered_without_loss(shifted: Stage) -> None:
    other = ModelKey(model='flights "π"\n', version="2", environment="staging")
    shifted.set_reference(columns(500), model=other.model)
    shifted.log(columns(300, seed=5), spread(shifted.border - HOUR, shifted.border, 300), key=other)
    shifted.roll()
    samples = shifted.drift_job().run()
    snapshot = Renderer().render(samples, max_series=10_000, created_at=0.0)
    assert snapshot.dropped == {}
    parsed = [
        sample
        for family in text_string_to_metric_families(snapshot.text.decode())
        for sample in family.samples
        if sample.name.startswith("ml_")
    ]
    assert len(parsed) == len(samples)
    assert {sample.labels["version"] for sample in parsed} == {"1", "2"}
    assert all(math.isfinite(sample.value) for sample in parsed)


def test_the_dataset_score_is_that_of_the_verdict(shifted: Stage) -> None:
    job = shifted.drift_job()
    samples = job.run()
    [score] = series(samples, "ml_dataset_drift_score").values()
    ratios: dict[str, float] = {}
    for labels, value in series(samples, "ml_feature_drift_score").items():
        ratio = min(value / series(samples, "ml_feature_drift_threshold")[labels], 10.0)
        ratios[labels[0]] = max(ratio, ratios.get(labels[0], 0.0))
    assert score == pytest.approx(sum(ratios.values()) / 3)
    assert score == dataset_score(shifted.verdicts[KEY])


def verdict_of(stage: Stage, key: ModelKey, **options: Any) -> ModelVerdict:  # noqa: ANN401 - judged_by's
    stage.drift_job(judged_by(**options)).run()
    return stage.verdicts[key]


def test_a_model_may_have_a_window_of_its_own(stage: Stage) -> None:
    slow = ModelKey(model="slow", version="1", environment="production")
    wide, narrow = judged_by(window=6 * HOUR), judged_by(window=2 * HOUR)
    for key in (KEY, slow):
        stage.set_reference(columns(1000), model=key.model)
        stage.log(columns(600, seed=1), spread(stage.border - 6 * HOUR, stage.border, 600), key=key)
    stage.roll()
    job = stage.drift_job(lambda model: (wide if model == "slow" else narrow)(model))
    job.run()
    assert {key.model: standing.rows for key, standing in job.standings.items()} == {"churn": 200, "slow": 600}
    assert job.standings[slow].window.start == stage.border - 6 * HOUR


def test_what_is_configured_of_a_model_and_its_features_applies(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(
        """
drift: {window: 4h, minimum_rows: 300, tests: [ks, psi], thresholds: {ks: 0.2}}
models:
  churn:
    drift: {minimum_rows: 100, tests: [ks], thresholds: {ks: 0.99}}
    features:
      fare: {tests: [psi, ks], thresholds: {ks: 0.05, psi: 0.01}}
  narrow:
    drift: {window: 1h}
""",
        encoding="utf-8",
    )
    settings = load_config(path, environ={}, known_tests=TESTS)
    models = {name: replace(KEY, model=name) for name in ("churn", "narrow", "other")}
    for key in models.values():
        stage.set_reference({"age": normal(2000), "fare": normal(2000, seed=1)}, model=key.model)
        rows = {"age": normal(800, mean=0.5, seed=2), "fare": normal(800, mean=0.5, seed=3)}
        stage.log(rows, spread(stage.border - 4 * HOUR, stage.border, 800), key=key)
    stage.roll()
    job = stage.drift_job(lambda model: drift_options(settings, model))
    samples = job.run()
    assert {key.model: standing.rows for key, standing in job.standings.items()} == {
        "churn": 800,
        "narrow": 200,
        "other": 800,
    }
    assert {key.model: standing.verdict for key, standing in job.standings.items()} == {
        "churn": Verdict.DRIFTED,
        "narrow": Verdict.INSUFFICIENT_DATA,
        "other": Verdict.DRIFTED,
    }
    assert series(samples, "ml_feature_drifted") == {
        ("age",): 0.0,
        ("fare",): 1.0,
        ("other", "1", "production", "age"): 1.0,
        ("other", "1", "production", "fare"): 1.0,
    }
    thresholds = series(samples, "ml_feature_drift_threshold")
    assert {labels: value for labels, value in thresholds.items() if len(labels) == 2} == {
        ("age", "ks"): 0.99,
        ("fare", "ks"): 0.05,
        ("fare", "psi"): 0.01,
    }
    assert thresholds["other", "1", "production", "age", "ks"] == 0.2


def test_each_model_is_judged_by_its_own_reference(stage: Stage) -> None:
    other = ModelKey(model="fraud", version="1", environment="production")
    stage.set_reference({"age": normal(1000)}, model="churn")
    stage.set_reference({"age": normal(1000, mean=3.0), "amount": normal(1000)}, model="fraud")
    rows = {"age": normal(300, mean=3.0, seed=1), "amount": normal(300, seed=2)}
    for key in (KEY, other):
        stage.log(rows, spread(stage.border - HOUR, stage.border, 300), key=key)
    stage.roll()
    job = stage.drift_job()
    samples = job.run()
    assert series(samples, "ml_feature_drifted") == {
        ("age",): 1.0,
        ("fraud", "1", "production", "age"): 0.0,
        ("fraud", "1", "production", "amount"): 0.0,
    }
    assert series(samples, "ml_reference_info").keys() == {
        ("1", "file", "1", "1000"),
        ("fraud", "1", "production", "2", "file", "2", "1000"),
    }


def test_the_most_specific_reference_serves(stage: Stage) -> None:
    versions = {name: replace(KEY, version=name) for name in ("1", "2")}
    stage.set_reference({"age": normal(1000)})
    stage.set_reference({"age": normal(1000, mean=3.0)}, version="2")
    stage.set_reference({"age": normal(1000, mean=9.0)}, environment="production")
    for key in versions.values():
        stage.log({"age": normal(300, mean=3.0, seed=1)}, spread(stage.border - HOUR, stage.border, 300), key=key)
    stage.roll()
    job = stage.drift_job()
    job.run()
    assert {key.version: standing.reference.reference_id for key, standing in job.standings.items()} == {
        "1": 3,
        "2": 2,
    }
    assert job.standings[versions["2"]].verdict is Verdict.STABLE


def test_rows_at_the_borders_of_the_window_are_in_or_out(stage: Stage) -> None:
    stage.set_reference({"age": normal(500)})
    micro = HOUR / 3_600_000_000
    edges: list[datetime] = [
        stage.border - 4 * HOUR - micro,
        stage.border - 4 * HOUR,
        stage.border - micro,
        stage.border,
    ]
    stage.log({"age": np.zeros(4)}, edges)
    stage.roll()
    job = stage.drift_job()
    job.run()
    standing = job.standings[KEY]
    assert standing.window == TimeWindow(start=stage.border - 4 * HOUR, end=stage.border)
    assert standing.rows == 2


def test_nothing_is_judged_before_the_first_roll_up(stage: Stage) -> None:
    stage.set_reference(columns(500))
    stage.log(columns(300), spread(stage.border - HOUR, stage.border, 300))
    assert stage.drift_job().run() == ()
    stage.roll()
    assert states(stage.drift_job().run()) == "stable"
