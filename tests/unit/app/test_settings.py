"""Every setting reaches the part that it is for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from driftgauge.app.judging_settings import (
    anomaly_options,
    concept_detectors,
    concept_options,
    drift_options,
    health_options,
    judges_anomalies_alike,
    policy,
)
from driftgauge.app.settings import database, retention_options, rollup_options, source_conninfo, source_options
from driftgauge.config import Settings, load_config
from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.comparison import Comparison
from driftgauge.drift.registry import TESTS
from driftgauge.drift.two_sample import TwoSample
from driftgauge.health.components import Yardstick
from driftgauge.health.score import Rule
from driftgauge.jobs.anomalies import AnomalyOptions
from driftgauge.jobs.health import ModelHealthOptions
from driftgauge.jobs.options import FeatureOptions
from driftgauge.jobs.retention import RetentionOptions
from driftgauge.model.bins import CategoricalBins, FeatureKind, NumericBins
from driftgauge.model.same_season import SameSeason
from driftgauge.store.source_table import Label, SourceTable

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
database: {schema: gauges, statement_timeout: 7s, lock_timeout: 3s}
rollup: {bucket: 30s, profile_bucket: 30m, slice_rows: 500}
reference: {automatic_rows: 700}
drift: {policy: two_sample, window: 12h, minimum_rows: 150, tests: [ks, psi, chi_squared],
  thresholds: {ks: 0.15, psi: 0.3}, alarms_per_30_days: 2}
retention: {predictions: 10d, rollups: 20d, results: 30d, partitions_ahead: 40d}
models:
  flights:
    drift: {window: 3d, minimum_rows: 50, tests: [psi], thresholds: {psi: 0.4}}
    features:
      distance: {kind: numeric, tests: [ks, wasserstein], thresholds: {wasserstein: 0.5}}
      hour: {kind: categorical}
      delay: {thresholds: {psi: 0.6}}
    ignore_features: [row_number]
"""
DAY = timedelta(days=1)
NUMBERS: Final = NumericBins(edges=np.array([0.0, 1.0]), center=0.5, scale=0.3)


def load(tmp_path: Path, text: str = CONFIG) -> Settings:
    path = tmp_path / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={"DRIFTGAUGE_DSN": "dbname=here"}, known_tests=TESTS)


def test_roll_ups_take_their_widths_and_what_is_said_of_features(tmp_path: Path) -> None:
    options = rollup_options(load(tmp_path))
    assert (options.bucket, options.profile_bucket) == (timedelta(seconds=30), timedelta(minutes=30))
    assert (options.slice_rows, options.automatic_rows) == (500, 700)
    flights = options.of_model("flights")
    assert flights == FeatureOptions(
        kinds={"distance": FeatureKind.NUMERIC, "hour": FeatureKind.CATEGORICAL},
        ignored=frozenset({"row_number"}),
        segment_rows=50,
    )
    assert options.of_model("churn") == FeatureOptions(segment_rows=150)


def test_a_model_has_its_own_number_of_segments(tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text("reference: {segments: 7}\nmodels: {churn: {reference: {segments: 0}}, flights: {}}\n")
    options = rollup_options(load_config(path, environ={}, known_tests=TESTS))
    assert {model: options.of_model(model).segments for model in ("churn", "flights", "any")} == {
        "churn": 0,
        "flights": 7,
        "any": 7,
    }


def test_a_model_has_its_own_switch_for_reconstruction_errors(tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(
        "reference: {reconstruction_error: true}\n"
        "models: {churn: {reference: {reconstruction_error: false}}, flights: {ignore_features: [row]}}\n"
    )
    options = rollup_options(load_config(path, environ={}, known_tests=TESTS))
    switched = {model: options.of_model(model).reconstructed for model in ("churn", "flights", "any")}
    assert switched == {"churn": False, "flights": True, "any": True}


def test_the_operators_kinds_win_and_ignored_features_go(tmp_path: Path) -> None:
    inferred = {
        "hour": FeatureKind.NUMERIC,
        "row_number": FeatureKind.NUMERIC,
        "carrier": FeatureKind.CATEGORICAL,
    }
    assert rollup_options(load(tmp_path)).of_model("flights").decide(inferred) == {
        "hour": FeatureKind.CATEGORICAL,
        "carrier": FeatureKind.CATEGORICAL,
        "distance": FeatureKind.NUMERIC,
    }


def test_a_model_is_judged_by_the_general_settings(tmp_path: Path) -> None:
    options = drift_options(load(tmp_path), "churn")
    assert options.window == timedelta(hours=12)
    chosen = options.policy
    assert (chosen.tests, chosen.minimum_rows) == (("ks", "psi", "chi_squared"), 150)
    assert chosen.alarms_per_30_days == 2
    assert chosen.judgements_per_30_days == 2 * 24 * 30, "each closed bucket is one judgement"
    assert chosen.threshold("any", "ks", 0.1) == 0.15
    assert chosen.threshold("any", "chi_squared", 0.1) == 0.1
    assert [test.name for test in chosen.tests_of("any", CategoricalBins(categories=("a",)))] == ["psi", "chi_squared"]


def test_a_models_own_settings_win_and_its_features_over_them(tmp_path: Path) -> None:
    options = drift_options(load(tmp_path), "flights")
    chosen = options.policy
    assert (options.window, chosen.minimum_rows, chosen.tests) == (3 * DAY, 50, ("psi",))
    tests = {
        name: [test.name for test in chosen.tests_of(name, NUMBERS)] for name in ("distance", "hour", "delay", "other")
    }
    assert tests == {"distance": ["ks", "wasserstein"], "hour": ["psi"], "delay": ["psi"], "other": ["psi"]}
    assert [chosen.threshold(name, "psi", 0.1) for name in ("delay", "other", "distance")] == [0.6, 0.4, 0.4]
    assert chosen.threshold("distance", "wasserstein", 0.1) == 0.5
    assert chosen.threshold("distance", "ks", 0.1) == 0.15


def test_models_are_judged_by_the_policy_that_is_named(tmp_path: Path) -> None:
    assert isinstance(policy(load(tmp_path)), TwoSample)
    assert isinstance(policy(Settings()), Calibrated)


def test_retention_takes_its_ages(tmp_path: Path) -> None:
    assert retention_options(load(tmp_path)) == RetentionOptions(
        predictions=10 * DAY, rollups=20 * DAY, results=30 * DAY, partitions_ahead=40 * DAY
    )


def test_a_model_is_compared_as_its_own_or_the_general_settings_say(tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(
        "reference: {rolling: 28d, season: hour}\n"
        "drift: {window: 2h}\n"
        "models: {churn: {reference: {rolling: 35d, season: month}, drift: {window: 12h}}}\n"
    )
    settings = load_config(path, environ={}, known_tests=TESTS)
    assert drift_options(settings, "any").comparison == Comparison(rolling=28 * DAY, season=SameSeason.HOUR)
    assert drift_options(settings, "churn").comparison == Comparison(rolling=35 * DAY, season=SameSeason.MONTH)
    longest = 35 * DAY + timedelta(hours=12)
    assert retention_options(settings).profile_buckets_kept == longest + DAY
    assert rollup_options(settings).profile_buckets_kept == longest + DAY


@pytest.mark.parametrize("written", ["rolling: null, season: null", "rolling: off, season: off", "rolling: , season: "])
def test_a_model_may_leave_a_rolling_reference_and_seasons_to_others(written: str, tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(
        "reference: {rolling: 28d, season: month}\n"
        f"models: {{churn: {{reference: {{{written}}}}}, flights: {{reference: {{season: off}}}}}}\n"
    )
    settings = load_config(path, environ={}, known_tests=TESTS)
    assert drift_options(settings, "churn").comparison == Comparison()
    assert drift_options(settings, "flights").comparison == Comparison(rolling=28 * DAY)
    assert drift_options(settings, "any").comparison == Comparison(rolling=28 * DAY, season=SameSeason.MONTH)


def test_what_is_off_for_all_is_what_a_model_inherits(tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(
        "reference: {rolling: off, season: off}\nmodels: {churn: {reference: {reconstruction_error: null}}}\n"
    )
    settings = load_config(path, environ={}, known_tests=TESTS)
    assert drift_options(settings, "churn").comparison == Comparison()
    assert not settings.reference_of("churn").reconstruction_error


def test_the_defaults_are_those_of_the_configuration() -> None:
    settings = Settings()
    rollup, chosen = rollup_options(settings), drift_options(settings, "any").policy
    assert (rollup.bucket, rollup.profile_bucket) == (timedelta(minutes=1), timedelta(hours=1))
    assert chosen.tests == settings.drift.tests
    assert chosen.features == {}
    assert chosen.judgements_per_30_days == 720
    assert drift_options(settings, "any").comparison == Comparison()
    assert rollup.profile_buckets_kept == retention_options(settings).profile_buckets_kept == DAY


def test_the_database_is_not_connected_to_before_its_use(tmp_path: Path) -> None:
    store = database(load(tmp_path))
    assert store.schema == "gauges"
    store.close()


def test_sources_take_their_mapping_and_their_connection(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """
sources:
  - {name: orders, dsn: dbname=shop, relation: 'Shop."Scores"', time: at, model_column: m, version_column: v,
     environment: staging, features: [a, b], latency_ms: ms, status: s, confidence: p, lookback: 1h, history: 2d}
  - {name: plain, query: "SELECT 1 AS at; ", time: at, model: fraud}
""",
    )
    orders, plain = settings.sources
    options = source_options(settings, orders)
    assert options.table == SourceTable(
        name="orders",
        relation=("shop", "Scores"),
        time="at",
        model=Label(column="m"),
        version=Label(column="v", otherwise="unversioned"),
        environment=Label(otherwise="staging"),
        status=Label(column="s", otherwise="success"),
        features=("a", "b"),
        latency_ms="ms",
        confidence="p",
    )
    assert (options.lookback, options.history) == (timedelta(hours=1), 2 * DAY)
    assert options.configured == {"orders", "plain"}
    assert source_options(settings, plain).table == SourceTable(
        name="plain", query="SELECT 1 AS at", time="at", model=Label(otherwise="fraud")
    )
    assert (source_conninfo(settings, orders)(), source_conninfo(settings, plain)()) == ("dbname=shop", "dbname=here")


def test_anomalies_of_all_metrics_share_a_quarter_of_the_budget(tmp_path: Path) -> None:
    text = "drift: {alarms_per_30_days: 2}\nmodels: {a: {anomalies: {deviations: 5, ignore_metrics: [queue]}}}"
    settings = load(tmp_path, text)
    assert anomaly_options(settings, "other") == AnomalyOptions(alpha=0.5)
    assert anomaly_options(settings, "a") == AnomalyOptions(alpha=0.5, deviations=5, ignored=frozenset({"queue"}))


def test_the_budget_of_false_alarms_is_spread_over_the_tests_of_a_metric(tmp_path: Path) -> None:
    options = concept_options(load(tmp_path, "drift: {alarms_per_30_days: 2}\noutcomes: {cohort: 12h, maturity: 3d}"))
    assert options.chance == pytest.approx(0.25 * 2 / 60)
    assert (options.alpha, options.recent, options.cohort) == (None, DAY, DAY / 2)
    assert options.level(2) == options.chance / 2
    assert (options.widths.current, options.widths.reference) == (7 * DAY, 28 * DAY)
    assert options.of_model("any").maturity == 3 * DAY
    careless = concept_options(load(tmp_path, "drift: {alarms_per_30_days: 1000}\nconcept: {alpha: 0.05}"))
    assert (careless.chance, careless.level(3)) == (0.25, 0.05)


def test_health_is_scored_by_model_over_whole_buckets(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """\
rollup: {bucket: 4m, profile_bucket: 12m}
health: {every: 30s, window: 1h, weights: {latency: 0.5}, latency_objective: 50ms}
models:
  flights:
    health: {weights: {data_drift: 0}, latency_target: 0.9, minimum_predictions: 9, threshold: 0.7}
  plain:
    health: {rule: classic}
""",
    )
    options = health_options(settings)
    assert (options.every, options.window) == (timedelta(seconds=30), timedelta(hours=1))
    assert (options.traffic_bucket, options.bucket) == (timedelta(minutes=4), timedelta(minutes=12))
    assert options.concept.recent == DAY
    assert options.of_model("flights") == ModelHealthOptions(
        rule=Rule.COMPONENTS,
        weights={"latency": 0.5, "data_drift": 0},
        yardstick=Yardstick(latency_objective=0.05, latency_target=0.9, minimum_predictions=9),
        threshold=0.7,
    )
    assert options.of_model("other").yardstick == Yardstick(latency_objective=0.05)
    assert options.of_model("plain").rule is Rule.CLASSIC
    assert health_options(Settings()).of_model("any").yardstick == Yardstick()
    longer = health_options(load(tmp_path, "rollup: {bucket: 40m, profile_bucket: 2h}"))
    assert longer.window == timedelta(minutes=80)


def test_a_model_has_its_own_detectors_and_metrics(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """\
concept: {detectors: [adwin, hddm_a], parameters: {adwin: {delta: 0.01}}}
models:
  flights:
    outcomes: {maturity: 1d}
    concept: {detectors: [cusum], parameters: {cusum: {threshold: 9}}, metrics: [f1]}
""",
    )
    assert concept_detectors(settings, "flights") == {"cusum": {"threshold": 9}}
    assert concept_detectors(settings, "churn") == {"adwin": {"delta": 0.01}, "hddm_a": {}}
    options = concept_options(settings)
    assert options.metrics == {"accuracy", "roc_auc", "mae", "f1"}
    flights = options.of_model("flights")
    assert (flights.detectors, flights.metrics, flights.maturity) == ({"cusum"}, {"f1"}, DAY)
    assert options.of_model("churn").metrics == {"accuracy", "roc_auc", "mae"}


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("rollup: {every: 2s}", True),
        ("models: {churn: {ignore_features: [id]}}", True),
        ("anomalies: {deviations: 4}", False),
        ("drift: {alarms_per_30_days: 2}", False),
        ("drift: {timezone: Asia/Tokyo}", False),
        ("models: {churn: {anomalies: {ignore_metrics: [accuracy]}}}", False),
    ],
)
def test_what_is_remembered_of_metrics_is_kept_where_they_are_judged_alike(
    tmp_path: Path, text: str, *, alike: bool
) -> None:
    given, default = load(tmp_path, text), Settings()
    assert judges_anomalies_alike(default, given) is judges_anomalies_alike(given, default) is alike
