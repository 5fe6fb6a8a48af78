"""The real exporter before the real Prometheus: every series arrives, hostile names too, and goes when it should."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import psycopg
import pytest

from driftgauge.demo.prometheus import running_prometheus
from driftgauge.exposition.family import MetricKind
from driftgauge.exposition.inventory import INVENTORY
from fixtures.exporter import log_predictions, wait_until

if TYPE_CHECKING:
    from fixtures.exporter import RunningExporter, StartExporter
    from fixtures.stack import Prometheus

HOSTILE: Final = ('quo"ted\\ {x="y"}', "two\nlines ünïcode π", "%s", "")
FILLED: Final = (
    "ml_predictions_total",
    "ml_prediction_latency_seconds_bucket",
    "ml_feature_drift_score",
    "ml_feature_drift_threshold",
    "ml_feature_missing_ratio",
    "ml_feature_unseen_category_ratio",
    "ml_feature_out_of_range_ratio",
    "ml_drift_verdict",
    "ml_segment_drift_verdict",
    "ml_performance_score",
    "ml_performance_threshold",
    "ml_performance_confidence",
    "ml_performance_degraded",
    "ml_performance_rows",
    "ml_performance_cohort_timestamp_seconds",
    "ml_outcome_coverage_ratio",
    "ml_outcome_lag_seconds",
    "ml_segment_performance_score",
    "ml_feature_importance",
    "ml_feature_importance_drift_detected",
    "ml_feature_importance_drifted",
    "ml_health_score",
    "ml_health_score_threshold",
    "ml_health_component_ratio",
    "ml_health_component_weight_ratio",
    "ml_reference_info",
    "driftgauge_rows_processed_total",
    "driftgauge_build_info",
)


class Queries:
    """The query API of one Prometheus."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=10)

    def values(self, query: str) -> list[tuple[dict[str, str], float]]:
        """Return labels and value of each series of an instant query."""
        result = self._get("query", query=query)["result"]
        return [(series["metric"], float(series["value"][1])) for series in result]

    def value(self, query: str) -> float | None:
        """Return the only value of a query; None where there is none."""
        found = self.values(query)
        assert len(found) < 2
        return found[0][1] if found else None

    def target(self) -> dict[str, Any]:
        """Return what is known of the only target."""
        (target,) = self._get("targets", state="active")["activeTargets"]
        return target

    def _get(self, path: str, **params: str) -> Any:  # noqa: ANN401 - JSON
        answer = self._client.get(f"/api/v1/{path}", params=params).json()
        assert answer["status"] == "success"
        assert not answer.get("warnings"), answer["warnings"]
        return answer["data"]

    def close(self) -> None:
        """End its connections."""
        self._client.close()


PERFORMANCE: Final[dict[str, dict[str, object]]] = {
    "outcomes": {"every": "1s", "cohort": "10m", "maturity": "10m"},
    "performance": {"every": "1s", "minimum_rows": 15, "reference_cohorts": 3},
    "health": {"every": "1s"},
}
OUTCOMES: Final = """
UPDATE driftgauge.prediction_logs SET predicted_score = (10 + hashtext(id::text) & 63) / 100.0;
INSERT INTO driftgauge.prediction_outcomes (prediction_id, label)
SELECT id, CASE WHEN random() < predicted_score THEN '1' ELSE '0' END FROM driftgauge.prediction_logs;
INSERT INTO driftgauge.feature_importance_history (
    model_name, version, feature_name, importance_value, "timestamp", created_at
)
SELECT 'ranked', version, feature, 1.0 / (version + feature), now() + make_interval(days => version - 3),
    now() - interval '1 minute'
FROM generate_series(1, 2) AS version, generate_series(1, 3) AS feature
"""


def filled(database: str, dsn: str, start_exporter: StartExporter) -> RunningExporter:
    """Start an exporter over several models, all judged."""
    for name in ("churn", *HOSTILE):
        log_predictions(database, model=name, segment=name)
    with psycopg.connect(database) as connection:
        connection.execute(OUTCOMES)
    exporter = start_exporter(dsn, PERFORMANCE)
    models = 1 + len(HOSTILE)
    exporter.until(lambda one: one.value("ml_drift_verdict", verdict="stable") == models)
    exporter.until(lambda one: len(one.scrape().get("ml_performance_degraded", {})) >= models)
    exporter.until(lambda one: "ml_segment_performance_score" in one.scrape())
    exporter.until(lambda one: "ml_feature_importance_drift_detected" in one.scrape())
    exporter.until(lambda one: len(one.scrape().get("ml_health_score", {})) == models)
    exporter.until_ready()
    return exporter


def assert_health_is_the_product(queries: Queries) -> None:
    """What docs/health.md asks Prometheus comes to the scores, of every model."""
    page = (Path(__file__).parents[2] / "docs" / "health.md").read_text(encoding="utf-8")
    [product, *others] = re.findall(r"^```promql\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    scores = {labels.get("model", ""): value for labels, value in queries.values("ml_health_score")}
    found = {labels.get("model", ""): value for labels, value in queries.values(product)}
    assert found == pytest.approx(scores)
    for other in others:
        queries.values(other)


def test_prometheus_stores_every_series_and_marks_those_that_vanish_stale(
    prometheus: Prometheus, database: str, exporter_dsn: str, start_exporter: StartExporter, tmp_path: Path
) -> None:
    exporter = filled(database, exporter_dsn, start_exporter)
    address = exporter.url.removeprefix("http://")
    with (
        running_prometheus(prometheus.prometheus, directory=tmp_path / "tsdb", exporter=address) as url,
        closing(Queries(url)) as queries,
    ):
        wait_until(lambda: queries.value("ml_drift_verdict{model='churn',verdict='stable'}"), "the first scrape")
        assert queries.value("up") == 1
        target = queries.target()
        assert (target["health"], target["lastError"]) == ("up", "")
        scraped = queries.value("scrape_samples_scraped")
        assert scraped == queries.value("scrape_samples_post_metric_relabeling")
        exposed = sum(map(len, exporter.scrape().values()))
        assert scraped is not None
        assert abs(scraped - exposed) <= 5
        for name in FILLED:
            assert queries.values(name), name
        assert_health_is_the_product(queries)
        counts = {
            labels.get("model", ""): value for labels, value in queries.values("sum by (model) (ml_predictions_total)")
        }
        assert counts == dict.fromkeys(("churn", *HOSTILE), 400.0)
        segments = queries.values("count by (model, segment) (ml_segment_feature_drifted)")
        assert {labels["segment"] for labels, _ in segments} == {"churn", *HOSTILE} - {""}
        assert queries.value("histogram_quantile(0.5, sum by (le) (ml_prediction_latency_seconds_bucket))")

        with psycopg.connect(database) as connection:
            for table in (b"traffic_totals", b"traffic_rollups", b"profile_rollups"):
                connection.execute(b"DELETE FROM driftgauge." + table + b" WHERE model_name = 'churn'")
        exporter.until(lambda one: one.value("ml_feature_drift_score", model="churn") is None)
        gone = wait_until(lambda: not queries.values("ml_feature_drift_score{model='churn'}"), "staleness")
        assert gone < 30  # without the marker it would stay for five minutes
        assert queries.values('count_over_time(ml_feature_drift_score{model="churn"}[1m])')
        assert len(queries.values("count by (model) (ml_feature_drift_score)")) == len(HOSTILE)
        assert queries.value("up") == 1
        log = (tmp_path / "tsdb" / "prometheus.log").read_text(encoding="utf-8")
        assert not [
            line for line in log.splitlines() if "scrape" in line.lower() and ("warn" in line or "err=" in line)
        ]


def test_promtool_finds_nothing_to_mend_in_a_filled_exposition(
    prometheus: Prometheus, database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    exporter = filled(database, exporter_dsn, start_exporter)
    with httpx.Client(trust_env=False, timeout=5) as client:
        text = client.get(f"{exporter.url}/metrics").content
    done = subprocess.run(
        [prometheus.promtool, "check", "metrics"], input=text, capture_output=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_everything_served_is_in_the_inventory_and_parses_back(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    started = time.time()
    exporter = filled(database, exporter_dsn, start_exporter)
    seen = exporter.scrape()
    histograms = {
        f"{family.name}_{part}"
        for family in INVENTORY.values()
        if family.kind is MetricKind.HISTOGRAM
        for part in ("bucket", "sum", "count")
    }
    assert seen.keys() <= INVENTORY.keys() | histograms
    assert {name for name, family in INVENTORY.items() if family.kind is not MetricKind.HISTOGRAM} - seen.keys() == {
        "driftgauge_job_errors_total",  # nothing failed
        "driftgauge_rollup_blocker_info",  # no writer holds anything up
        "driftgauge_rollup_blocker_query_start_timestamp_seconds",
        "driftgauge_source_late_rows_total",  # no source is configured
        "driftgauge_source_models_refused",
        "driftgauge_source_read_timestamp_seconds",
        "ml_anomaly_detected",  # hours of history, not days
        "ml_anomaly_score",
        "ml_attribution_mean_magnitude",  # no explanations were logged
        "ml_explained_predictions",
        "ml_explanation_drift_score",
        "ml_explanation_drift_threshold",
        "ml_explanation_drifted",
        "ml_explanation_ndcg_ratio",
        "ml_explanation_ndcg_threshold_ratio",
        "ml_explanation_sign_flip_ratio",
        "ml_explanation_sign_flip_threshold_ratio",
        "ml_explanation_state",
        "ml_explanation_verdict",
        "ml_alert_rule_firing",  # no rule was written
        "ml_alert_rule_value",
        "ml_alert_rule_value_threshold",
        "ml_alert_unacknowledged_seconds",  # no alert was told
        "ml_alerts_active",
        "ml_concept_drift_detected",  # no outcomes were logged
        "ml_concept_drift_score",
        "ml_concept_drift_timestamp_seconds",
        "ml_data_quality_faulty",  # hours of history, not days
        "ml_drifted_importance_ratio",  # no importance was logged
        "ml_feature_distinct_faulty",  # no free text
        "ml_feature_distinct_ratio",
        "ml_feature_distinct_threshold_ratio",
        "ml_health_check_score",  # no health check was logged
        "ml_health_check_timestamp_seconds",
        "ml_metric_value",  # no metric was logged
        "ml_metrics_left_out",
        "ml_outcomes_without_task",  # they have
        "ml_repeated_rows_threshold_ratio",
        "ml_silence_limit_seconds",
    }
    for name, series in seen.items():
        if name in INVENTORY:
            for labels in series:
                assert dict(labels).keys() <= set(INVENTORY[name].labels), name
    (success,) = {
        value
        for labels, value in seen["driftgauge_job_last_success_timestamp_seconds"].items()
        if ("job", "rollup") in labels
    }
    assert started <= success <= time.time()
    waited = {dict(labels)["job"]: value for labels, value in seen["driftgauge_job_database_seconds_total"].items()}
    assert waited["rollup"] > 0, "every run asks the database"
    assert waited["drift"] > 0
