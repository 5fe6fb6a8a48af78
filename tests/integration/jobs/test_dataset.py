"""The features of a model together: judged by the importance that was logged, written once a window, exported."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from driftgauge.drift.two_sample import TwoSample
from driftgauge.jobs.replay import Replay, ReplayPlan
from driftgauge.model.verdict import Verdict
from driftgauge.store.predictions import ModelFilter
from driftgauge.store.retention import delete_results
from integration.jobs.stage import HOUR, KEY, SETTINGS, Record, Stage, judged_by, normal, series, spread

if TYPE_CHECKING:
    from datetime import datetime

    from driftgauge.exposition.samples import AnySample

FEATURES = ("age", "fare", "income", "tenure")
WINDOW = 4 * HOUR


@pytest.fixture
def shifted(stage: Stage) -> Stage:
    """Of four features age has shifted."""
    stage.set_reference({name: normal(2000, seed=place) for place, name in enumerate(FEATURES)})
    columns = {name: normal(800, mean=float(name == "age"), seed=10 + place) for place, name in enumerate(FEATURES)}
    stage.log(columns, spread(stage.border - WINDOW, stage.border, 800))
    stage.roll()
    return stage


def importances(stage: Stage, at: datetime, **values: float) -> None:
    for name, value in values.items():
        stage.execute(
            "INSERT INTO feature_importance_history (model_name, version, environment, feature_name, importance_value,"
            " timestamp) VALUES (%s, %s, %s, %s, %s, %s)",
            KEY.model,
            KEY.version,
            KEY.environment,
            name,
            value,
            at,
        )


def rows(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM dataset_drift_results ORDER BY id")


def figures(samples: tuple[AnySample, ...]) -> dict[str, float]:
    families = ("ml_drifted_features_ratio", "ml_drifted_importance_ratio", "ml_dataset_drifted")
    return {family: found[()] for family in families if (found := series(samples, family))}


def test_without_importances_features_count_alike(shifted: Stage) -> None:
    samples = shifted.drift_job().run()
    [row] = rows(shifted)
    assert (row["verdict"], row["drift_detected"], row["drifted_weight"]) == ("stable", False, None)
    assert (row["drifted_features"], row["judged_features"], row["drifted_share"]) == (1, 4, 0.25)
    assert (row["window_start"], row["window_end"]) == (shifted.border - WINDOW, shifted.border)
    assert (row["rows"], row["reference_id"], row["replay_id"]) == (800, 1, None)
    assert row["ranking"][0]["feature"] == "age"
    assert figures(samples) == {"ml_drifted_features_ratio": 0.25, "ml_dataset_drifted": 0.0}
    assert series(samples, "ml_dataset_drift_threshold_ratio") == {(): 0.5}


def test_the_importance_logged_last_before_the_windows_end_weighs(shifted: Stage) -> None:
    importances(shifted, shifted.border - 9 * HOUR, age=0.1, fare=0.9)
    importances(shifted, shifted.border - HOUR, age=0.7, fare=0.1, income=0.1, tenure=0.1)
    importances(shifted, shifted.border + HOUR, age=0.0, fare=1.0)
    samples = shifted.drift_job().run()
    [row] = rows(shifted)
    assert (row["verdict"], row["drift_detected"]) == ("drifted", True)
    assert row["drifted_weight"] == pytest.approx(0.7)
    assert row["reason"] == "1 of 4 judged features drifted, 70% of the importance (drift from 50%): age"
    assert figures(samples) == {
        "ml_drifted_features_ratio": 0.25,
        "ml_drifted_importance_ratio": pytest.approx(0.7),
        "ml_dataset_drifted": 1.0,
    }


def test_importances_may_be_logged_one_by_one(shifted: Stage) -> None:
    for place, (name, value) in enumerate({"age": 0.7, "fare": 0.1, "income": 0.1, "tenure": 0.1}.items()):
        importances(shifted, shifted.border - HOUR + place * HOUR / 3600, **{name: value})
    importances(shifted, shifted.border - HOUR / 2, age=0.6)  # and one of them again
    shifted.drift_job().run()
    [row] = rows(shifted)
    assert row["drifted_weight"] == pytest.approx(0.6 / 0.9)


def test_importances_of_no_number_or_of_another_model_do_not_count(shifted: Stage) -> None:
    importances(shifted, shifted.border - HOUR, age=float("nan"), fare=float("inf"))
    shifted.execute(
        "INSERT INTO feature_importance_history (model_name, version, environment, feature_name, importance_value)"
        " VALUES ('churn', '2', 'production', 'age', 9)"
    )
    shifted.drift_job().run()
    [row] = rows(shifted)
    assert row["drifted_weight"] is None


def test_a_window_judged_again_replaces_its_row(shifted: Stage) -> None:
    shifted.drift_job().run()
    importances(shifted, shifted.border - HOUR, age=1.0, fare=0.0)
    shifted.drift_job(lambda _: replace(judged_by()(""), dataset_threshold=0.9)).run()
    [row] = rows(shifted)
    assert row["threshold"] == 0.9
    assert row["drifted_weight"] is not None


def test_a_replay_has_rows_of_its_own(shifted: Stage) -> None:
    shifted.drift_job().run()
    plan = ReplayPlan(
        replay_id=uuid4(), start=shifted.border - HOUR, end=shifted.border, every=HOUR, only=ModelFilter.of(KEY)
    )
    [step] = Replay(shifted.database, TwoSample(), judged_by(SETTINGS), shifted.rollup).run(plan, KEY)
    assert step.dataset.verdict is Verdict.STABLE
    live, replayed = rows(shifted)
    assert (live["replay_id"], replayed["replay_id"]) == (None, plan.replay_id)
    assert replayed["ranking"] == live["ranking"]


def test_nothing_judged_has_its_row_and_no_share(stage: Stage) -> None:
    stage.set_reference({"age": normal(2000)})
    stage.log({"age": normal(5)}, spread(stage.border - HOUR, stage.border, 5))
    stage.roll()
    samples = stage.drift_job().run()
    [row] = rows(stage)
    assert (row["verdict"], row["reason"]) == ("insufficient_data", "no feature could be judged")
    assert (row["drifted_share"], row["score"], row["ranking"]) == (None, None, [])
    assert figures(samples) == {}


def test_old_rows_go_with_the_results(shifted: Stage) -> None:
    shifted.drift_job().run()
    with shifted.database.transaction() as connection:
        delete_results(connection, before=shifted.border - HOUR)
    assert len(rows(shifted)) == 1
    with shifted.database.transaction() as connection:
        delete_results(connection, before=shifted.border + 100 * HOUR)
    assert rows(shifted) == []
    assert shifted.select("SELECT * FROM data_drift_results") == []
