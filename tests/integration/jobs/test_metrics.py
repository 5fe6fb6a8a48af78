"""The metrics job: the latest value of each metric that services log."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.metrics import MOST_COUNTED, MOST_METRICS, MetricsJob
from integration.jobs.stage import DAY, KEY, Stage, series

if TYPE_CHECKING:
    from driftgauge.exposition.samples import AnySample


def log(
    stage: Stage, name: str, value: float, *, ago: timedelta = timedelta(0), unit: str = "", model: str = "churn"
) -> None:
    stage.execute(
        "INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value, metric_unit,"
        ' "timestamp") VALUES (%s, %s, %s, %s, %s, %s, now() - %s)',
        model,
        KEY.version,
        KEY.environment,
        name,
        value,
        unit,
        ago,
    )


def values(stage: Stage) -> dict[tuple[str, ...], float]:
    return series(MetricsJob(stage.database).run(), "ml_metric_value")


def test_the_latest_value_is_told_with_its_unit(stage: Stage) -> None:
    log(stage, "revenue", 1.5, ago=timedelta(minutes=1), unit="USD")
    log(stage, "revenue", 2.5, unit="EUR")
    log(stage, "accuracy", 0.9, ago=2 * DAY)
    log(stage, "accuracy", 0.8, ago=3 * DAY)
    log(stage, "accuracy", 0.7, model="other")
    assert values(stage) == {
        ("revenue", "EUR"): 2.5,
        ("accuracy", ""): 0.9,
        ("other", KEY.version, KEY.environment, "accuracy", ""): 0.7,
    }


def test_stale_metrics_go_and_those_to_come_wait(stage: Stage) -> None:
    log(stage, "old", 1, ago=29 * DAY)
    log(stage, "to come", 1, ago=-DAY)
    log(stage, "recent", 1, ago=27 * DAY)
    assert values(stage) == {("recent", ""): 1.0}


def test_without_metrics_there_is_nothing(stage: Stage) -> None:
    assert MetricsJob(stage.database).run() == ()


def test_what_is_no_number_is_no_series(stage: Stage) -> None:
    log(stage, "broken", math.nan)
    log(stage, "endless", math.inf)
    samples: tuple[AnySample, ...] = MetricsJob(stage.database).run()
    text = Renderer().render(samples, max_series=100, created_at=datetime.now(UTC).timestamp()).text.decode()
    assert "ml_metric_value{" not in text
    assert 'driftgauge_series_dropped_total{family="ml_metric_value"} 2' in text


def test_names_without_end_are_cut_and_counted(stage: Stage) -> None:
    for model, names in (("churn", MOST_METRICS + 7), ("flood", MOST_COUNTED + 100), ("later", 1)):
        stage.execute(
            "INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value)"
            " SELECT %s, %s, %s, 'metric ' || lpad(i::text, 5, '0'), i FROM generate_series(1, %s) AS i",
            model,
            KEY.version,
            KEY.environment,
            names,
        )
    samples = MetricsJob(stage.database).run()
    found = series(samples, "ml_metric_value")
    assert len(found) == 2 * MOST_METRICS + 1
    assert found["metric 00050", ""] == 50.0
    assert series(samples, "ml_metrics_left_out") == {
        (): 7.0,
        ("flood", KEY.version, KEY.environment): MOST_COUNTED - MOST_METRICS,
        ("later", KEY.version, KEY.environment): 0.0,
    }
