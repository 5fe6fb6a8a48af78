"""The quality job on free text: values that are suddenly all alike, or all distinct, told by text and hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from driftgauge.jobs.quality import MOST_TEXTS, NEWEST_ROWS, QualityJob, QualityOptions
from driftgauge.model.window import TimeWindow
from driftgauge.quality.distinct import SIZES
from driftgauge.store.quality import count_distinct
from integration.jobs.stage import HOUR, KEY, Record, Stage, normal, series, spread

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fixtures.columns import Column

ROWS: Final = 70
HOURS: Final = 12
LOOKED_AT: Final = 64
MANY: Final = 2_000


def job_on(stage: Stage) -> QualityJob:
    return QualityJob(stage.database, QualityOptions(bucket=HOUR, alpha=0.25 / 720))


def notes(rows: int, *, seed: int = 0) -> list[str | None]:
    """Return different texts."""
    return [f"note {seed} of customer {place}" for place in range(rows)]


def checks(stage: Stage) -> list[Record]:
    return stage.select(
        "SELECT * FROM data_quality_results WHERE check_name = 'distinct_share' ORDER BY window_end, feature_name"
    )


def log_hour(stage: Stage, start: datetime, columns: dict[str, Column]) -> None:
    rows = max(map(len, columns.values()))
    stage.log(columns, spread(start, start + HOUR, rows))


def check_each_hour(stage: Stage, hours: Sequence[dict[str, Column]]) -> tuple[QualityJob, dict[str, float]]:
    """Log the hours up to the border, check each, and return the job and what is told of the last."""
    stage.set_reference({name: notes(MANY, seed=-1) for name in hours[0]})
    first = stage.border - len(hours) * HOUR
    for place, columns in enumerate(hours):
        log_hour(stage, first + place * HOUR, columns)
    stage.roll()
    job = job_on(stage)
    samples = ()
    for place in range(len(hours)):
        stage.execute("UPDATE watermarks SET horizon_at = %s", first + (place + 1) * HOUR)
        samples = job.run()
    return job, {labels[0]: value for labels, value in series(samples, "ml_feature_distinct_faulty").items()}


def usual(*names: str) -> list[dict[str, Column]]:
    return [{name: notes(ROWS, seed=place) for name in names} for place in range(HOURS)]


@pytest.mark.parametrize("alike", ["Dear customer, ...", ""], ids=["template", "empty default"])
def test_texts_that_are_suddenly_all_alike_are_a_fault_of_theirs(stage: Stage, alike: str) -> None:
    last: dict[str, Column] = {"note": [alike] * ROWS, "reply": notes(ROWS, seed=99)}
    job, told = check_each_hour(stage, [*usual("note", "reply"), last])
    assert told == {"note": 1.0, "reply": 0.0}
    samples = job.run()
    assert series(samples, "ml_feature_distinct_ratio") == {("note",): 1 / LOOKED_AT, ("reply",): 1.0}
    assert series(samples, "ml_feature_distinct_threshold_ratio") == {
        ("note", "lower"): pytest.approx(0.9, abs=0.01),
        ("reply", "lower"): pytest.approx(0.9, abs=0.01),
    }
    assert series(samples, "ml_data_quality_faulty")["distinct_share",] == 1.0
    rows = checks(stage)
    assert len(rows) == 2 * (HOURS + 1)
    assert [row["verdict"] for row in rows[:-2]] == ["insufficient_data"] * 16 + ["sound"] * 8
    [note, reply] = rows[-2:]
    assert (note["feature_name"], note["verdict"], note["rows"]) == ("note", "faulty", LOOKED_AT)
    assert note["reason"].startswith("1 of the newest 64 values are distinct (1.6%); usual are 99.9% over 12 buckets, ")
    assert note["reason"].endswith(", asked for is less than 0.00017"), "two texts share the chance of a false fault"
    assert (reply["feature_name"], reply["verdict"]) == ("reply", "sound")
    assert (note["window_start"], note["window_end"]) == (stage.border - HOUR, stage.border)


def test_texts_that_are_suddenly_all_distinct_are_a_fault(stage: Stage) -> None:
    half: list[dict[str, Column]] = [{"note": notes(ROWS // 2, seed=place) * 2} for place in range(HOURS)]
    _, told = check_each_hour(stage, [*half, {"note": notes(ROWS, seed=99)}])
    assert told == {"note": 1.0}
    assert checks(stage)[-1]["threshold"] > checks(stage)[-1]["expected"]


def test_a_flood_of_like_texts_is_a_fault_though_no_hour_had_as_many(stage: Stage) -> None:
    flood: dict[str, Column] = {"note": ["same", *notes(39, seed=99)] * 50}
    _, told = check_each_hour(stage, [*usual("note"), flood])
    assert told == {"note": 1.0}
    row = checks(stage)[-1]
    assert (row["verdict"], row["rows"], row["value"]) == ("faulty", LOOKED_AT, 40 / LOOKED_AT)


def test_a_fuller_hour_is_learned_as_it_is(stage: Stage) -> None:
    fuller: dict[str, Column] = {"note": notes(3 * ROWS, seed=99)}
    _, told = check_each_hour(stage, [*usual("note"), fuller])
    assert told == {}
    row = checks(stage)[-1]
    assert (row["verdict"], row["rows"]) == ("insufficient_data", 128)


def test_a_fault_teaches_nothing_for_a_day(stage: Stage) -> None:
    faulty: dict[str, Column] = {"note": ["same"] * ROWS}
    _, told = check_each_hour(stage, [*usual("note"), faulty, faulty, faulty])
    assert told == {"note": 1.0}
    assert {row["expected"] for row in checks(stage)[-3:]} == {checks(stage)[-3]["expected"]}


def test_values_that_are_missing_or_no_text_are_none_of_the_distinct(stage: Stage) -> None:
    start = stage.border - HOUR
    stage.set_reference({"note": notes(MANY)})
    for document in ('{"note": null}', "{}", '{"note": ["a"]}', '{"note": {"a": 1}}', '{"note": 7}', '{"note": "7"}'):
        stage.execute(
            "INSERT INTO prediction_logs (model_name, version, environment, features, latency_ms, timestamp)"
            " VALUES (%s, %s, %s, %s, 1, %s)",
            KEY.model,
            KEY.version,
            KEY.environment,
            document,
            start,
        )
    stage.roll()
    job_on(stage).run()
    [row] = checks(stage)
    assert (row["value"], row["rows"], row["reason"]) == (0.5, 2, "2 rows, at least 32 are needed")


def test_of_a_busy_bucket_the_newest_values_are_looked_at(stage: Stage) -> None:
    stage.set_reference({"note": notes(MANY)})
    late = [None] * 900 + notes(4_096)
    log_hour(stage, stage.border - HOUR, {"note": ["old"] * NEWEST_ROWS + late})
    stage.roll()
    job_on(stage).run()
    [row] = checks(stage)
    assert (row["value"], row["rows"]) == (1.0, 4_096)


@pytest.mark.parametrize("rows", [1, 31, 32, 33, 700])
def test_the_counts_are_those_of_the_newest_values(stage: Stage, rows: int) -> None:
    rng = np.random.default_rng(rows)
    columns: dict[str, Column] = {
        name: [None if rng.random() < missing else f"text {place}" for place in rng.geometric(chance, rows)]
        for name, missing, chance in (("never", 1.1, 0.5), ("often", 0.0, 0.3), ("rare", 0.6, 0.01))
    }
    columns["all"] = notes(rows)
    log_hour(stage, stage.border - HOUR, columns)
    window = TimeWindow(start=stage.border - HOUR, end=stage.border)
    with stage.database.transaction() as connection:
        found = count_distinct(connection, KEY, window, [*columns, "absent"], most=500)
    expected: dict[str, list[tuple[int, int]]] = {}
    for name, column in columns.items():
        newest = [value for value in column[::-1][:500] if value is not None]
        sizes = [size for size in SIZES if size <= len(newest)] or [len(newest)]
        if newest:
            expected[name] = [(len(set(newest[:size])), size) for size in sizes]
    assert {name: [(count.distinct, count.rows) for count in counts] for name, counts in found.items()} == expected


def test_no_more_texts_than_the_first_by_name_are_checked(stage: Stage) -> None:
    names = [f"text {place:02}" for place in range(MOST_TEXTS + 2)]
    stage.set_reference({name: notes(MANY) for name in names})
    log_hour(stage, stage.border - HOUR, {name: notes(ROWS) for name in names})
    stage.roll()
    job_on(stage).run()
    assert [row["feature_name"] for row in checks(stage)] == names[:MOST_TEXTS]


def test_a_text_without_a_value_and_a_model_without_a_text_are_not_told_of(stage: Stage) -> None:
    stage.set_reference({"note": notes(MANY), "age": normal(MANY)})
    log_hour(stage, stage.border - HOUR, {"age": normal(ROWS)})
    stage.roll()
    samples = job_on(stage).run()
    assert series(samples, "ml_feature_distinct_ratio") == {}
    assert series(samples, "ml_repeated_rows_ratio") == {(): 0.0}
    assert checks(stage) == []


def test_a_new_reference_decides_what_is_text(stage: Stage) -> None:
    job, _ = check_each_hour(stage, usual("note"))
    stage.set_reference({"note": ["a", "b"] * 50})
    stage.execute("UPDATE watermarks SET horizon_at = %s", stage.border + HOUR)
    log_hour(stage, stage.border, {"note": notes(ROWS, seed=99)})
    assert series(job.run(), "ml_feature_distinct_ratio") == {}
    assert {row["window_end"] for row in checks(stage)} == {stage.border - place * HOUR for place in range(HOURS)}


def test_texts_are_in_the_view_by_name(stage: Stage) -> None:
    check_each_hour(stage, usual("note"))
    [shown] = stage.select(
        "SELECT feature_name, verdict FROM data_quality WHERE check_name = 'distinct_share' AND window_end = %s",
        stage.border,
    )
    assert shown == {"feature_name": "note", "verdict": "sound"}
    rows = stage.select("SELECT DISTINCT feature_name FROM data_quality WHERE check_name = 'repeated_rows'")
    assert rows == [{"feature_name": None}]
