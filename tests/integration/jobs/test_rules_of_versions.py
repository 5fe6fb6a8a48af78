"""Rules of what versions do: one that is silent predicts nothing, one that was replaced is not asked any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from driftgauge.app.judging_settings import health_options
from driftgauge.config import Settings
from driftgauge.jobs.health import HealthJob
from integration.jobs.performance_stage import Cohorts, classified
from integration.jobs.stage import KEY, Stage, series
from integration.jobs.test_rules import counts, firing, listed, log, run, write

if TYPE_CHECKING:
    from driftgauge.exposition.samples import Sample

TOO_LITTLE: Final[dict[str, Any]] = {
    "type": "metric_threshold",
    "metric": "ml_predictions",
    "operator": "<",
    "threshold": 50,
}
NEW: Final = (KEY.model, "2", KEY.environment)


def predict(stage: Stage, *, ago: str, version: str = KEY.version, many: int = 100) -> None:
    """Log predictions of a minute, and roll up."""
    stage.execute(
        "INSERT INTO prediction_logs (model_name, version, environment, latency_ms, status, timestamp)"
        " SELECT %s, %s, %s, 80, 'success', now() - %s::interval FROM generate_series(1, %s)",
        *(KEY.model, version, KEY.environment, ago, many),
    )
    stage.roll()


def allow_silence(stage: Stage, minutes: float, version: str = KEY.version) -> None:
    """Let it be known how long a version may be silent."""
    stage.execute(
        "INSERT INTO data_quality_results (model_name, version, environment, check_name, feature_name, window_start,"
        " window_end, verdict, reason, value, threshold, rows)"
        " VALUES (%s, %s, %s, 'staleness', '', now() - interval '1 hour', now(), 'sound', '', 0, %s, 0)",
        *(KEY.model, version, KEY.environment, 60 * minutes),
    )


def values(samples: tuple[Sample, ...]) -> dict[tuple[str, ...], float]:
    return series(samples, "ml_alert_rule_value")


def test_a_rule_on_too_little_traffic_fires_on_when_there_is_none(stage: Stage) -> None:
    rule = write(stage, TOO_LITTLE)
    predict(stage, ago="10 minutes")
    assert firing(run(stage)) == {rule: 0}
    stage.execute("UPDATE traffic_rollups SET bucket_start = bucket_start - interval '3 hours'")
    stage.execute("UPDATE traffic_totals SET last_timestamp = last_timestamp - interval '3 hours'")
    samples = run(stage)
    assert (firing(samples), values(samples)) == ({rule: 1}, {(rule,): 0})
    stage.execute("UPDATE traffic_totals SET last_timestamp = last_timestamp - interval '29 days'")
    assert counts(run(stage)) == {"no_data": 1}, "it has retired"


def test_no_predictions_have_no_errors_and_no_latency(stage: Stage) -> None:
    for metric in ("ml_error_ratio", "ml_latency_mean_seconds", "ml_latency_p95_seconds"):
        write(stage, TOO_LITTLE | {"metric": metric})
    predict(stage, ago="3 hours")
    assert counts(run(stage)) == {"no_data": 3}


def test_traffic_that_is_not_read_is_no_data(stage: Stage) -> None:
    rule = write(stage, TOO_LITTLE | {"operator": ">"})
    predict(stage, ago="10 minutes")
    assert firing(run(stage)) == {rule: 1}
    stage.execute("UPDATE watermarks SET horizon_at = horizon_at - interval '9 minutes'")
    assert firing(run(stage)) == {rule: 1}
    stage.execute("UPDATE watermarks SET horizon_at = horizon_at - interval '2 minutes'")
    assert (counts(run(stage)), listed(stage)) == ({"no_data": 1}, {rule: "no_data"})


def test_traffic_of_a_source_is_of_when_that_was_read(stage: Stage) -> None:
    rule = write(stage, TOO_LITTLE)
    predict(stage, ago="3 hours")
    stage.execute(
        "INSERT INTO sources (source, history_from, read_to, audited_at) VALUES ('shop', now(), now(), now())"
    )
    stage.execute("INSERT INTO source_models VALUES (%s, %s, %s, 'shop')", *(KEY.model, KEY.version, KEY.environment))
    stage.execute("UPDATE watermarks SET horizon_at = horizon_at - interval '1 day'")
    assert firing(run(stage)) == {rule: 1}
    stage.execute("UPDATE sources SET read_to = read_to - interval '1 hour'")
    stage.roll()
    assert counts(run(stage)) == {"no_data": 1}


def test_a_version_that_another_follows_is_not_expected_to_predict(stage: Stage) -> None:
    rule = write(stage, TOO_LITTLE)
    predict(stage, ago="90 minutes")
    predict(stage, ago="5 minutes", version="2")
    samples = run(stage)
    assert values(samples) == {(*NEW, rule): 100}
    assert series(samples, "ml_alert_rule_firing")[(rule, "own", "warning")] == 0


def test_of_a_version_that_was_replaced_no_rule_is_asked(stage: Stage) -> None:
    rule = write(stage, TOO_LITTLE | {"metric": "ml_health_score", "threshold": 2})
    predict(stage, ago="90 minutes")
    predict(stage, ago="5 minutes", version="2")
    HealthJob(stage.database, health_options(Settings())).run()
    allow_silence(stage, 120)
    assert set(firing(run(stage)).values()) == {1}
    assert len(values(run(stage))) == 2
    allow_silence(stage, 30, version="2")
    assert len(values(run(stage))) == 2, "the limit of the one that serves is another matter"
    stage.execute("UPDATE data_quality_results SET threshold = 1800 WHERE version = %s", KEY.version)
    samples = run(stage)
    assert set(values(samples)) == {(*NEW, rule)}
    assert set(series(samples, "ml_alert_rule_firing")) == {(*NEW, rule, "own", "warning")}
    predict(stage, ago="1 minute")
    assert (rule,) in values(run(stage)), "it serves again"


def test_a_version_that_only_logs_metrics_is_never_replaced(stage: Stage) -> None:
    rule = write(stage)
    log(stage, 4, ago="20 hours")
    predict(stage, ago="5 minutes", version="2")
    assert firing(run(stage))[rule] == 1


def test_performance_of_a_version_that_was_replaced_is_history(stage: Stage) -> None:
    rule = write(stage, {"type": "performance_below", "metric": "accuracy", "threshold": 0.9})
    predict(stage, ago="25 hours")
    cohorts = Cohorts(stage=stage)
    cohorts.add_days(cohorts.register(), {days: classified(right=0.8) for days in range(4, 12)})
    cohorts.job().run()
    samples = run(stage)
    assert (firing(samples), values(samples)) == ({rule: 1}, {(rule,): pytest.approx(0.8)})
    predict(stage, ago="5 minutes", version="2")
    assert values(run(stage)) == {}
    assert counts(run(stage)) == {"no_data": 1}
