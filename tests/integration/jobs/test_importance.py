"""The importance job: each logging is compared once, with the right one, whatever comes late, is killed or repeated."""

from __future__ import annotations

import json
import math
import random
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from driftgauge.explanation.importance import Rules, compare
from driftgauge.explanation.loggings import loggings
from driftgauge.jobs import importance
from driftgauge.jobs.importance import MOST_FEATURES, ImportanceJob, ImportanceOptions, ModelImportance
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.model.identity import ModelKey
from driftgauge.store import importance_changes
from driftgauge.store.database import Database
from integration.jobs.stage import DAY, HOUR, KEY, Record, Stage, series

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE: Final = timedelta(minutes=1)
CLASSIC: Final = ModelImportance(rules=Rules())


def classic(_: str) -> ModelImportance:
    return CLASSIC


OPTIONS: Final = ImportanceOptions(of_model=classic, span=HOUR, settling=timedelta(0))
BEFORE: Final = {"a": 0.45, "b": 0.30, "c": 0.15, "d": 0.10}
AFTER: Final = {"a": 0.35, "b": 0.40, "c": 0.10, "d": 0.15}
COMPARISONS: Final = """
SELECT version, "timestamp", compared_with, previous_version, previous_timestamp, drifted, appeared, vanished
FROM feature_importance_comparisons WHERE model_name = 'churn' ORDER BY "timestamp", version
"""


def judged_by(reference_version: str | None = None, **rules: Any) -> ImportanceOptions:  # noqa: ANN401 - those of Rules
    chosen = ModelImportance(rules=Rules(**rules), reference_version=reference_version)

    def of_model(_: str) -> ModelImportance:
        return chosen

    return replace(OPTIONS, of_model=of_model)


def job_on(stage: Stage, options: ImportanceOptions = OPTIONS) -> ImportanceJob:
    return ImportanceJob(stage.database, options)


def log(
    stage: Stage,
    importances: Mapping[str, float],
    *,
    ago: timedelta = timedelta(0),
    version: str = KEY.version,
    model: str = KEY.model,
    environment: str = KEY.environment,
    inserted_ago: timedelta = timedelta(0),
) -> datetime:
    """Log importances as the client does, at one time."""
    at = stage.border - ago
    for feature, value in importances.items():
        stage.execute(
            "INSERT INTO feature_importance_history (model_name, version, environment, feature_name, importance_value,"
            ' "timestamp", created_at) VALUES (%s, %s, %s, %s, %s, %s, now() - %s)',
            *(model, version, environment, feature, value, at, inserted_ago),
        )
    return at


def compared(stage: Stage) -> list[Record]:
    return stage.select(COMPARISONS)


def pairs(stage: Stage) -> list[tuple[object, ...]]:
    """Return, of each comparison, whose it is and what it is with."""
    return [
        (row["version"], row["timestamp"], row["previous_version"], row["previous_timestamp"])
        for row in compared(stage)
    ]


def everything(stage: Stage) -> tuple[list[Record], list[Record]]:
    return (
        stage.select("SELECT * FROM feature_importance_comparisons ORDER BY id"),
        stage.select("SELECT * FROM feature_importance_drift ORDER BY id"),
    )


def test_a_new_version_is_held_against_the_one_before_and_a_later_logging_against_the_last(stage: Stage) -> None:
    job = job_on(stage)
    first = log(stage, BEFORE, ago=30 * DAY, version="v1")
    assert series(job.run(), "ml_feature_importance_drift_detected") == {}
    second = log(stage, AFTER, ago=2 * DAY, version="v2")
    job.run()
    third = log(stage, AFTER, ago=DAY, version="v2")
    samples = job.run()
    assert pairs(stage) == [("v1", first, None, None), ("v2", second, "v1", first), ("v2", third, "v2", second)]
    assert [row["compared_with"] for row in compared(stage)] == ["nothing", "version", "logging"]
    assert [row["drifted"] for row in compared(stage)] == [None, True, False]
    rows = stage.select("SELECT * FROM feature_importance_drift WHERE previous_version = 'v1' ORDER BY feature_name")
    assert [(row["previous_importance"], row["current_importance"], row["importance_change"]) for row in rows] == [
        (BEFORE[name], AFTER[name], AFTER[name] - BEFORE[name]) for name in "abcd"
    ]
    assert [row["drift_detected"] for row in rows] == [True, True, False, False]
    assert [row["rank_change"] for row in rows] == [-1, 1, -1, 1]
    assert [row["state"] for row in rows] == ["changed", "changed", "stable", "stable"]
    assert {row["threshold"] for row in rows} == {0.1}
    assert series(samples, "ml_feature_importance_comparison_info") == {
        ("churn", "v1", "production", "logged", "nothing", ""): 1.0,
        ("churn", "v2", "production", "logged", "logging", "v2"): 1.0,
    }


def test_a_canary_beside_its_predecessor_has_series_of_its_own(stage: Stage) -> None:
    log(stage, BEFORE, ago=3 * DAY, version="v1")
    log(stage, AFTER, ago=DAY, version="v2")
    last = log(stage, BEFORE, ago=HOUR, version="v1")
    samples = job_on(stage).run()
    told = series(samples, "ml_feature_importance")
    assert told == {
        ("churn", version, "production", feature, "logged"): value
        for version, importances in {"v1": BEFORE, "v2": AFTER}.items()
        for feature, value in importances.items()
    }
    assert series(samples, "ml_feature_importance_drift_detected") == {
        ("churn", "v1", "production", "logged"): 0.0,
        ("churn", "v2", "production", "logged"): 1.0,
    }
    drifted = {labels[3] for labels, value in series(samples, "ml_feature_importance_drifted").items() if value}
    assert drifted == {"a", "b"}
    of_canary = ("churn", "v2", "production", "logged")
    expected = compare(BEFORE, AFTER)
    assert series(samples, "ml_feature_importance_ndcg_ratio")[of_canary] == expected.ndcg
    assert series(samples, "ml_feature_importance_spearman")[of_canary] == expected.spearman
    assert series(samples, "ml_feature_importance_kendall")[of_canary] == expected.kendall
    assert series(samples, "ml_feature_importance_ndcg_threshold_ratio")[of_canary] == 0.9
    assert series(samples, "ml_feature_importance_change_threshold")[of_canary] == 0.1
    assert series(samples, "ml_feature_importance_features")[*of_canary, "changed"] == 2
    assert series(samples, "ml_feature_importance_timestamp_seconds") == {
        of_canary: (stage.border - DAY).timestamp(),
        ("churn", "v1", "production", "logged"): last.timestamp(),
    }


def test_what_appears_and_vanishes_is_no_0(stage: Stage) -> None:
    log(stage, {"age": 0.6, "plan": 0.4}, ago=2 * DAY)
    log(stage, {"age": 0.6, "visits": 0.4}, ago=DAY)
    samples = job_on(stage).run()
    last = compared(stage)[-1]
    assert (last["appeared"], last["vanished"], last["drifted"]) == (["visits"], ["plan"], True)
    rows = stage.select("SELECT * FROM importance_changes WHERE state IN ('appeared', 'vanished') ORDER BY state")
    assert [
        (row["feature_name"], row["previous_importance"], row["current_importance"], row["importance_change"])
        for row in rows
    ] == [("visits", None, 0.4, None), ("plan", 0.4, None, None)]
    assert series(samples, "ml_feature_importance_change") == {("age", "logged"): 0.0}
    assert series(samples, "ml_feature_importance") == {("age", "logged"): 0.6, ("visits", "logged"): 0.4}
    assert series(samples, "ml_feature_importance_drifted") == {
        ("age", "logged"): 0.0,
        ("visits", "logged"): 1.0,
        ("plan", "logged"): 1.0,
    }


def test_what_is_no_number_is_stored_as_left_out(stage: Stage) -> None:
    log(stage, {"age": 0.6, "plan": math.nan}, ago=2 * DAY)
    log(stage, {"age": 0.6, "plan": 0.4, "visits": math.inf}, ago=DAY)
    job_on(stage).run()
    rows = stage.select("SELECT left_out FROM feature_importance_comparisons ORDER BY timestamp")
    assert [row["left_out"] for row in rows] == [["plan"], ["plan", "visits"]]


def test_rows_of_an_hour_are_one_logging_and_it_is_compared_anew_when_more_of_it_comes(stage: Stage) -> None:
    job = job_on(stage)
    log(stage, {"age": 0.6, "plan": 0.4}, ago=2 * DAY)
    at = log(stage, {"age": 0.6}, ago=DAY)
    job.run()
    assert compared(stage)[-1]["vanished"] == ["plan"]
    log(stage, {"plan": 0.4}, ago=DAY - 5 * MINUTE)
    job.run()
    assert len(compared(stage)) == 2
    assert (compared(stage)[-1]["timestamp"], compared(stage)[-1]["vanished"]) == (at, [])


def test_a_logging_waits_until_all_of_it_should_be_there(stage: Stage) -> None:
    job = job_on(stage, replace(OPTIONS, settling=timedelta(seconds=30)))
    job.run()
    log(stage, BEFORE, ago=DAY)
    job.run()
    assert compared(stage) == []
    stage.execute("UPDATE feature_importance_history SET created_at = created_at - INTERVAL '31 seconds'")
    job.run()
    assert len(compared(stage)) == 1


def test_rows_that_never_cease_are_not_waited_for(stage: Stage) -> None:
    job = job_on(stage, replace(OPTIONS, settling=timedelta(seconds=30)))
    job.run()
    log(stage, BEFORE, ago=2 * HOUR, inserted_ago=2 * MINUTE)
    log(stage, AFTER)
    job.run()
    assert len(compared(stage)) == 2


def test_a_late_logging_takes_its_place(stage: Stage) -> None:
    job = job_on(stage)
    first = log(stage, BEFORE, ago=5 * DAY, version="v1")
    third = log(stage, AFTER, ago=DAY, version="v1")
    canary = log(stage, AFTER, ago=12 * HOUR, version="v2")
    job.run()
    second = log(stage, {"a": 1.0}, ago=3 * DAY, version="v1")
    job.run()
    assert pairs(stage) == [
        ("v1", first, None, None),
        ("v1", second, "v1", first),
        ("v1", third, "v1", second),
        ("v2", canary, "v1", third),
    ]
    latest = log(stage, BEFORE, ago=13 * HOUR, version="v1")
    job.run()
    assert pairs(stage)[-2:] == [("v1", latest, "v1", third), ("v2", canary, "v1", latest)], "of another version"
    earliest = log(stage, BEFORE, ago=20 * DAY, version="v0")
    job.run()
    assert pairs(stage)[:2] == [("v0", earliest, None, None), ("v1", first, "v0", earliest)]


def test_a_late_row_may_join_two_loggings(stage: Stage) -> None:
    job = job_on(stage)
    log(stage, {"a": 0.5}, ago=DAY)
    log(stage, {"b": 0.5}, ago=DAY - 70 * MINUTE)
    job.run()
    assert len(compared(stage)) == 2
    at = log(stage, {"c": 0.5}, ago=DAY + 30 * MINUTE)
    job.run()
    assert [row["timestamp"] for row in compared(stage)] == [at, stage.border - DAY + 70 * MINUTE]


def test_a_reference_version_is_what_everything_is_held_against(stage: Stage) -> None:
    log(stage, AFTER, ago=9 * DAY, version="v1")
    reference = log(stage, BEFORE, ago=8 * DAY, version="v2")
    log(stage, AFTER, ago=7 * DAY, version="v2")
    log(stage, AFTER, ago=6 * DAY, version="v3")
    log(stage, BEFORE, ago=5 * DAY, version="v3")
    job_on(stage, judged_by("v2")).run()
    assert [(row["version"], row["compared_with"], row["drifted"]) for row in compared(stage)] == [
        ("v1", "version", True),
        ("v2", "nothing", None),
        ("v2", "logging", True),
        ("v3", "version", True),
        ("v3", "version", False),
    ]
    assert {row["previous_timestamp"] for row in compared(stage)} == {reference, None}


def test_a_reference_version_that_logged_nothing_is_named(stage: Stage) -> None:
    log(stage, BEFORE, ago=DAY)
    job_on(stage, judged_by("2019")).run()
    assert stage.select("SELECT reason, compared_with FROM feature_importance_comparisons") == [
        {"reason": "version 2019, to compare with, has logged no importances", "compared_with": "nothing"}
    ]


def test_environments_and_models_are_compared_apart(stage: Stage) -> None:
    for environment in ("production", "staging"):
        log(stage, BEFORE, ago=2 * DAY, environment=environment, version="v1")
    log(stage, AFTER, ago=DAY, environment="staging", version="v2")
    log(stage, AFTER, ago=DAY, model="other", version="v2")
    job_on(stage).run()
    found = stage.select(
        "SELECT model_name, environment, version FROM feature_importance_comparisons WHERE previous_version IS NOT NULL"
    )
    assert found == [{"model_name": "churn", "environment": "staging", "version": "v2"}]


def test_other_rules_judge_the_newest_logging_anew_in_a_new_process(stage: Stage) -> None:
    log(stage, BEFORE, ago=2 * DAY)
    log(stage, AFTER, ago=DAY)
    job_on(stage).run()
    assert compared(stage)[-1]["drifted"] is True
    samples = job_on(stage, judged_by(threshold=0.2, ndcg_threshold=0.5)).run()
    assert compared(stage)[-1]["drifted"] is False
    assert series(samples, "ml_feature_importance_change_threshold") == {("logged",): 0.2}


def test_looking_again_changes_nothing(stage: Stage) -> None:
    for days in (3, 2, 1):
        log(stage, AFTER if days % 2 else BEFORE, ago=days * DAY)
    log(stage, AFTER, ago=DAY, version="v2")
    job = job_on(stage)
    samples = job.run()
    before = everything(stage)
    assert job.run() == samples
    assert job_on(stage).run() == samples
    assert everything(stage) == before


def test_two_exporters_at_once_write_each_comparison_once(stage: Stage, exporter_dsn: str) -> None:
    for model in range(8):
        for days in (3, 2, 1):
            log(stage, AFTER if days % 2 else BEFORE, ago=days * DAY, model=f"model {model}")
    others = [Database(lambda: exporter_dsn, schema="driftgauge") for _ in range(2)]
    barrier = threading.Barrier(len(others))
    problems: list[Exception] = []

    def run(database: Database) -> None:
        try:
            job = ImportanceJob(database, OPTIONS)
            barrier.wait(10)
            for _ in range(3):
                job.run()
        except Exception as error:  # noqa: BLE001 - told below
            problems.append(error)

    threads = [threading.Thread(target=run, args=(database,)) for database in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for database in others:
        database.close()
    assert problems == []
    assert stage.select("SELECT count(*)::int AS n FROM feature_importance_comparisons") == [{"n": 24}]
    assert stage.select("SELECT count(*)::int AS n FROM feature_importance_drift") == [{"n": 24 * 4}]


def test_a_model_that_another_exporter_compares_is_looked_at_again(stage: Stage) -> None:
    log(stage, BEFORE, ago=DAY)
    job = job_on(stage)
    with psycopg.connect(stage.admin.info.dsn, password=stage.admin.info.password) as other:
        other.execute("SET search_path = driftgauge")
        other.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.driftgauge.importance.' || %s, 0))",
            (json.dumps(["churn", "production"]),),
        )
        assert job.run() == ()
        assert compared(stage) == []
    assert job.run() != ()
    assert len(compared(stage)) == 1


def test_killed_between_two_models_the_next_process_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for model in ("a", "b", "c"):
        log(stage, BEFORE, ago=2 * DAY, model=model, inserted_ago=2 * DAY)
        log(stage, AFTER, ago=DAY, model=model, inserted_ago=DAY)
    killed = KeyboardInterrupt("killed")
    real = importance_changes.write_comparison

    def write(connection: Any, key: ModelKey, comparison: Any) -> None:  # noqa: ANN401 - passed on
        if key.model == "b" and comparison.previous is not None:
            raise killed
        real(connection, key, comparison)

    monkeypatch.setattr(importance, "write_comparison", write)
    with pytest.raises(KeyboardInterrupt):
        job_on(stage).run()
    count = "SELECT model_name, count(*)::int AS n FROM feature_importance_comparisons GROUP BY 1 ORDER BY 1"
    assert stage.select(count) == [{"model_name": "a", "n": 2}]
    monkeypatch.undo()
    job_on(stage).run()
    assert stage.select(count) == [{"model_name": model, "n": 2} for model in "abc"]


def test_a_model_that_fails_stops_no_other_and_is_tried_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for model in ("a", "b"):
        log(stage, BEFORE, ago=DAY, model=model)
    real = importance_changes.write_comparison

    def write(connection: Any, key: ModelKey, comparison: Any) -> None:  # noqa: ANN401 - passed on
        if key.model == "a":
            raise ValueError("broken")
        real(connection, key, comparison)

    job = job_on(stage)
    monkeypatch.setattr(importance, "write_comparison", write)
    job.run()
    assert [key.model for key in job.failures.models] == ["a"]
    monkeypatch.undo()
    job.run()
    assert job.failures.models == []
    count = "SELECT count(*)::int AS n FROM feature_importance_comparisons"
    assert stage.select(count) == [{"n": 2}]


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_rows_come_the_comparisons_are_those_of_all(stage: Stage, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - which rows come when
    rows = [
        (version, stage.border - chance.randrange(60 * 24 * 5) * MINUTE, feature, chance.choice([0.1, 0.4, 0.9]))
        for version in ("v1", "v2", "v3")
        for _ in range(12)
        for feature in chance.sample("abcd", 2)
    ]
    chance.shuffle(rows)
    job = job_on(stage)
    while rows:
        slice_, rows = rows[: chance.randrange(1, 12)], rows[12:]
        for version, at, feature, value in slice_:
            log(stage, {feature: value}, ago=stage.border - at, version=version)
        if chance.random() < 0.3:
            job = job_on(stage)
        job.run()
    expected: list[tuple[object, ...]] = []
    begun: dict[tuple[str, datetime], dict[str, float]] = {}
    for version in ("v1", "v2", "v3"):
        history = stage.select(
            'SELECT "timestamp" AS at, feature_name AS feature, importance_value AS value'
            ' FROM feature_importance_history WHERE version = %s ORDER BY "timestamp", created_at, id',
            version,
        )
        for one in loggings(((row["at"], row["feature"], row["value"]) for row in history), HOUR):
            begun[version, one.at] = one.importances
    for version, at in sorted(begun, key=lambda key: (key[1], key[0])):
        own = [key for key in begun if key[0] == version and key[1] < at]
        other = [key for key in begun if key[0] != version and key[1] < at]
        before = max(own or other, key=lambda key: (key[1], key[0]), default=None)
        found = compare(None if before is None else begun[before], begun[version, at])
        expected.append((version, at, *(before or (None, None)), found.drifted, found.reason))
    stored = stage.select(
        "SELECT version, timestamp, previous_version, previous_timestamp, drifted, reason"
        " FROM feature_importance_comparisons ORDER BY timestamp, version"
    )
    assert [tuple(row.values()) for row in stored] == expected


def test_a_long_history_is_read_slice_by_slice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for hours in range(40, 0, -1):
        log(stage, BEFORE, ago=hours * HOUR)
    log(stage, BEFORE | {f"f{place:02}": 0.01 for place in range(30)}, ago=timedelta(0))
    job_on(stage).run()
    whole = compared(stage)
    stage.execute("DELETE FROM feature_importance_comparisons")
    monkeypatch.setattr(importance, "MOST_ROWS", 10)
    job_on(stage).run()
    assert [row["timestamp"] for row in compared(stage)] == [row["timestamp"] for row in whole]
    assert len(whole) == 41


def test_very_many_features_and_versions_are_bounded(stage: Stage) -> None:
    log(stage, {f"f{place:03}": 1 / (place + 1) for place in range(MOST_FEATURES + 20)}, ago=2 * DAY)
    for version in range(6):
        log(stage, {"a": 1.0}, ago=timedelta(hours=20 - version), model="other", version=f"v{version}")
    samples = job_on(stage).run()
    told = series(samples, "ml_feature_importance")
    assert {labels[1] for labels in told if len(labels) == 5} == {"v3", "v4", "v5"}
    assert job_on(stage).run() == samples
    own = {labels[0] for labels in told if len(labels) == 2}
    assert own == {f"f{place:03}" for place in range(MOST_FEATURES)}


def test_retention_keeps_the_newest_comparison_of_each_version(stage: Stage) -> None:
    for days in (40, 30, 2):
        log(stage, BEFORE, ago=days * DAY, version="v1", inserted_ago=days * DAY)
    log(stage, BEFORE, ago=50 * DAY, version="v0", inserted_ago=50 * DAY)
    job_on(stage).run()
    options = RetentionOptions(predictions=30 * DAY, rollups=30 * DAY, results=10 * DAY, partitions_ahead=DAY)
    RetentionJob(stage.database, options).run()
    assert [(row["version"], row["timestamp"]) for row in compared(stage)] == [
        ("v0", stage.border - 50 * DAY),
        ("v1", stage.border - 30 * DAY),
        ("v1", stage.border - 2 * DAY),
    ], "what is told, and what that was compared with"
    left = stage.select("SELECT count(*)::int AS n FROM feature_importance_drift")
    assert left == [{"n": 12}]
    before = everything(stage)
    job_on(stage).run()
    log(stage, BEFORE, ago=HOUR, version="v1")
    job_on(stage).run()
    assert everything(stage)[0][:3] == before[0], "what is deleted stays so"
    assert len(compared(stage)) == 4


def test_without_importances_there_is_nothing(stage: Stage) -> None:
    assert job_on(stage).run() == ()


def test_importances_to_come_wait(stage: Stage) -> None:
    log(stage, BEFORE, ago=-2 * DAY)
    log(stage, BEFORE, ago=DAY)
    job_on(stage).run()
    assert [row["timestamp"] for row in compared(stage)] == [stage.border - DAY]
