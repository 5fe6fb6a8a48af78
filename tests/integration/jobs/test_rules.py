"""Rules in a real database: refused or taken, since when they hold, and what the exporter tells of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import errors

from driftgauge.alerting.condition import condition_problem
from driftgauge.app.judging_settings import health_options
from driftgauge.app.settings import rule_options
from driftgauge.config import Settings
from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.health import HealthJob
from driftgauge.jobs.rules import RuleJob
from driftgauge.store.database import Database
from integration.jobs.performance_stage import Cohorts, classified
from integration.jobs.stage import KEY, Record, Stage, series

if TYPE_CHECKING:
    from driftgauge.exposition.samples import Sample

REVENUE: Final[dict[str, object]] = {
    "type": "metric_threshold",
    "metric": "revenue",
    "operator": "<",
    "threshold": 5,
}


def write(stage: Stage, condition: object = REVENUE, **columns: object) -> str:
    """Insert a rule as anybody does; return its id."""
    row = {"model_name": KEY.model, "alert_type": "own", "severity": "warning", **columns}
    places = ", ".join(["%s"] * (len(row) + 1))
    [added] = stage.select(
        f"INSERT INTO alert_rules ({', '.join(row)}, condition) VALUES ({places}) RETURNING id",  # noqa: S608 - of tests
        *row.values(),
        json.dumps(condition),
    )
    return str(added["id"])


def log(stage: Stage, value: float, name: str = "revenue", *, ago: str = "0s", version: str = KEY.version) -> None:
    stage.execute(
        "INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value, timestamp)"
        " VALUES (%s, %s, %s, %s, %s, now() - %s::interval)",
        *(KEY.model, version, KEY.environment, name, value, ago),
    )


def run(stage: Stage) -> tuple[Sample, ...]:
    """Evaluate as an exporter that has just started."""
    return RuleJob(stage.database, rule_options(Settings())).run()


def firing(samples: tuple[Sample, ...]) -> dict[str, float]:
    """Return whether rules of KEY's fire, by id."""
    return {labels[0]: value for labels, value in series(samples, "ml_alert_rule_firing").items()}


def counts(samples: tuple[Sample, ...]) -> dict[str, float]:
    """Return how many rules are in each state that any is in."""
    return {one.labels[0]: one.value for one in samples if one.family == "driftgauge_alert_rules" and one.value}


def states(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM alert_rule_states ORDER BY rule_id, version")


def pass_time(stage: Stage, span: str) -> None:
    """Let everything that is kept have happened so much earlier."""
    stage.execute(
        "UPDATE alert_rule_states SET holding_since = holding_since - %s::interval,"
        " evaluated_at = evaluated_at - %s::interval, in_force_since = in_force_since - %s::interval",
        *(span, span, span),
    )
    stage.execute("UPDATE alert_rules SET in_force_since = in_force_since - %s::interval", span)
    stage.execute(
        "UPDATE alert_rule_runs SET evaluated_at = evaluated_at - %s::interval,"
        " fresh_until = fresh_until - %s::interval",
        *(span, span),
    )


def listed(stage: Stage) -> dict[str, str]:
    rows = stage.select("SELECT * FROM alert_rule_list ORDER BY rule_id, version")
    return {str(row["rule_id"]): row["state"] for row in rows}


Drawn = st.SearchStrategy[Any]
NAMES: Final[Drawn] = st.one_of(st.text(max_size=3), st.sampled_from([" ", "age", "x" * 200, "🦀" * 200, "x" * 201]))
SCALARS: Final[Drawn] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), NAMES, st.just([])
)
WAITS: Final[Drawn] = st.one_of(
    SCALARS,
    st.from_regex(r"\A([0-9]{0,10}w)?([0-9]{0,4}d)?([0-9]{0,3}h)?([0-9]{1,3}m)?([0-9]{1,3}s)?\Z"),
    st.sampled_from(["365d", "366d", "365d1s", "10m", "0s", "52w1d"]),
)
KEYS: Final[dict[str, Drawn]] = {
    "type": st.sampled_from(["metric_threshold", "drift_detected", "performance_below", "x", 1, None]),
    "metric": st.one_of(NAMES, SCALARS),
    "operator": st.sampled_from([">", "<", ">=", "<=", "==", "!=", "=>", "", 3, None]),
    "threshold": SCALARS,
    "feature": st.one_of(NAMES, SCALARS),
    "basis": st.sampled_from(["realised", "estimated", "x", 0, None]),
    "for": WAITS,
}
DOCUMENTS: Final[Drawn] = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("metric_threshold"), **{key: KEYS[key] for key in ("metric", "operator", "threshold")}},
        optional={"for": WAITS},
    ),
    st.fixed_dictionaries({}, optional={**KEYS, "other": SCALARS}),
    SCALARS,
    st.lists(SCALARS, max_size=2),
)


@pytest.mark.usefixtures("stage")
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(document=REVENUE)
@example(document=REVENUE | {"threshold": 10**400})
@given(document=DOCUMENTS)
def test_postgres_and_python_say_the_same_of_any_document(stage: Stage, document: object) -> None:
    text = json.dumps(document)
    if "\\u0000" in text or "\\ud" in text.lower().replace("\\ud83e\\udd80", ""):
        return  # which jsonb cannot hold, or a half of a pair
    [row] = stage.select("SELECT alert_rule_problem(%s::jsonb) AS problem", text)
    assert row["problem"] == condition_problem(json.loads(text))


def test_a_plain_insert_of_nonsense_is_refused_with_words_and_a_hint(stage: Stage) -> None:
    with pytest.raises(errors.CheckViolation, match="operator: expected one of") as refused:
        write(stage, REVENUE | {"operator": "=>"})
    assert "metric_threshold" in (refused.value.diag.message_hint or "")
    with pytest.raises(errors.CheckViolation, match="need 1 to 500 bytes"):
        write(stage, model_name=" ")
    rule = write(stage)
    with pytest.raises(errors.CheckViolation, match="type: expected"):
        stage.execute("UPDATE alert_rules SET condition = '{}'")
    assert listed(stage) == {rule: "unevaluated"}


def test_a_writer_elsewhere_on_the_search_path_is_heard(database: str, stage: Stage) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO driftgauge.alert_rules (model_name, alert_type, severity, condition)"
            " VALUES ('churn', 'own', 'info', %s)",
            (json.dumps(REVENUE),),
        )
    assert counts(run(stage)) == {"no_data": 1}


def test_without_rules_nothing_is_told_but_that(stage: Stage) -> None:
    assert counts(run(stage)) == {}
    assert firing(run(stage)) == {}


def test_a_rule_fires_while_its_metric_is_beyond_and_then_no_more(stage: Stage) -> None:
    rule = write(stage, severity="critical")
    log(stage, 7)
    samples = run(stage)
    assert (firing(samples), counts(samples), listed(stage)) == ({rule: 0}, {"ok": 1}, {rule: "ok"})
    log(stage, 4)
    samples = run(stage)
    assert series(samples, "ml_alert_rule_firing") == {(rule, "own", "critical"): 1}
    assert series(samples, "ml_alert_rule_value") == {(rule,): 4}
    assert series(samples, "ml_alert_rule_value_threshold") == {(rule,): 5}
    assert (counts(samples), listed(stage)) == ({"firing": 1}, {rule: "firing"})
    assert b"\nml_alert_rule_firing{" in Renderer().render(samples, max_series=100, created_at=0.0).text
    log(stage, 8)
    assert firing(run(stage)) == {rule: 0}


def test_what_is_missing_old_or_no_number_is_no_data(stage: Stage) -> None:
    rule = write(stage)
    assert counts(run(stage)) == {"no_data": 1}, "a model that nobody knows"
    log(stage, 4, ago="25 hours")
    assert (firing(run(stage)), counts(run(stage))) == ({}, {"no_data": 1}), "nobody would ask of it for weeks"
    log(stage, 7, "other")
    assert (firing(run(stage)), counts(run(stage))) == ({rule: 0}, {"no_data": 1})
    log(stage, float("nan"))
    assert (firing(run(stage)), listed(stage)) == ({rule: 0}, {rule: "no_data"})


def test_a_rule_waits_across_restarts_and_with_two_exporters(stage: Stage, exporter_dsn: str) -> None:
    rule = write(stage, REVENUE | {"for": "10m"})
    log(stage, 4)
    assert (firing(run(stage)), listed(stage)) == ({rule: 0}, {rule: "pending"})
    pass_time(stage, "9 minutes")
    [before] = states(stage)
    other = Database(lambda: exporter_dsn, schema="driftgauge")
    try:
        assert firing(RuleJob(other, rule_options(Settings())).run()) == {rule: 0}
    finally:
        other.close()
    [after] = states(stage)
    assert after["holding_since"] == before["holding_since"]
    assert after["evaluated_at"] > before["evaluated_at"]
    pass_time(stage, "1 minute")
    assert (firing(run(stage)), listed(stage)) == ({rule: 1}, {rule: "firing"})


def test_a_break_starts_the_wait_over(stage: Stage) -> None:
    rule = write(stage, REVENUE | {"for": "10m"})
    log(stage, 4)
    run(stage)
    pass_time(stage, "11 minutes")
    log(stage, 6)
    assert firing(run(stage)) == {rule: 0}
    log(stage, 4)
    assert (firing(run(stage)), listed(stage)) == ({rule: 0}, {rule: "pending"})
    pass_time(stage, "2 hours")
    assert firing(run(stage)) == {rule: 0}, "nobody looked for two hours"
    pass_time(stage, "11 minutes")
    assert firing(run(stage)) == {rule: 1}


def test_a_changed_condition_starts_the_wait_over(stage: Stage) -> None:
    rule = write(stage, REVENUE | {"for": "10m"})
    log(stage, 4)
    run(stage)
    pass_time(stage, "11 minutes")
    stage.execute("UPDATE alert_rules SET condition = condition || '{\"threshold\": 6}'")
    assert listed(stage) == {rule: "unevaluated"}
    assert firing(run(stage)) == {rule: 0}
    stage.execute('UPDATE alert_rules SET condition = condition || \'{"for": "0s"}\'')
    assert firing(run(stage)) == {rule: 1}


def test_a_threshold_of_more_digits_than_python_has_is_the_same_rule(stage: Stage) -> None:
    rule = write(stage)
    stage.execute("UPDATE alert_rules SET condition = condition || '{\"threshold\": 5.00000000000000000000001}'")
    log(stage, 4)
    run(stage)
    assert listed(stage) == {rule: "firing"}


def test_a_disabled_rule_is_silent_and_starts_over(stage: Stage) -> None:
    rule = write(stage, REVENUE | {"for": "10m"})
    log(stage, 4)
    run(stage)
    stage.execute("UPDATE alert_rules SET enabled = FALSE")
    samples = run(stage)
    assert (firing(samples), counts(samples), states(stage), listed(stage)) == ({}, {}, [], {rule: "disabled"})
    stage.execute("UPDATE alert_rules SET enabled = TRUE")
    run(stage)
    assert listed(stage) == {rule: "pending"}


def test_disabled_and_enabled_between_two_runs_starts_the_wait_over(stage: Stage) -> None:
    rule = write(stage, REVENUE | {"for": "10m"})
    log(stage, 4)
    run(stage)
    pass_time(stage, "11 minutes")
    stage.execute("UPDATE alert_rules SET enabled = FALSE")
    stage.execute("UPDATE alert_rules SET enabled = TRUE")
    assert listed(stage) == {rule: "unevaluated"}
    assert (firing(run(stage)), listed(stage)) == ({rule: 0}, {rule: "pending"})
    pass_time(stage, "11 minutes")
    stage.execute("UPDATE alert_rules SET enabled = TRUE, severity = 'critical'")
    assert firing(run(stage)) == {rule: 1}, "nothing that it waits for has changed"


def test_a_rule_that_was_given_another_model_starts_the_wait_over(stage: Stage) -> None:
    rule = write(stage, REVENUE | {"for": "10m"}, model_name="other")
    log(stage, 4)
    stage.execute(
        "INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value)"
        " VALUES ('other', %s, 'production', 'revenue', 4)",
        KEY.version,
    )
    run(stage)
    pass_time(stage, "11 minutes")
    stage.execute("UPDATE alert_rules SET model_name = %s", KEY.model)
    assert (firing(run(stage)), listed(stage)) == ({rule: 0}, {rule: "pending"})


def test_the_list_says_when_nobody_evaluates_any_more(stage: Stage) -> None:
    rule = write(stage)
    assert listed(stage) == {rule: "unevaluated"}, "the exporter never ran"
    log(stage, 4)
    run(stage)
    assert listed(stage) == {rule: "firing"}
    pass_time(stage, "3 minutes")
    assert listed(stage) == {rule: "firing"}
    pass_time(stage, "2 minutes")
    assert listed(stage) == {rule: "unevaluated"}
    [row] = stage.select("SELECT last_run_at = evaluated_at AS shown, value FROM alert_rule_list")
    assert row == {"shown": True, "value": 4}
    run(stage)
    assert listed(stage) == {rule: "firing"}


def test_a_disabled_rule_shows_nothing_of_when_it_was_not(stage: Stage) -> None:
    write(stage)
    log(stage, 4)
    run(stage)
    stage.execute("UPDATE alert_rules SET enabled = FALSE")
    [row] = stage.select("SELECT state, version, value, holding_since FROM alert_rule_list")
    assert row == {"state": "disabled", "version": None, "value": None, "holding_since": None}


def test_a_wait_lasts_although_evaluations_are_hours_apart(stage: Stage) -> None:
    rule = write(stage, REVENUE | {"for": "3h"})
    log(stage, 4)
    rarely = rule_options(Settings.model_validate({"rules": {"every": "2h"}}))
    RuleJob(stage.database, rarely).run()
    for value in (0, 1):
        pass_time(stage, "2 hours")
        assert firing(RuleJob(stage.database, rarely).run()) == {rule: value}


def test_states_go_with_their_rule_and_with_retired_versions(stage: Stage) -> None:
    rule = write(stage)
    log(stage, 4)
    log(stage, 6, version="2")
    samples = run(stage)
    assert [row["version"] for row in states(stage)] == ["1", "2"]
    assert counts(samples) == {"firing": 1}, "the gravest of its versions"
    assert series(samples, "ml_alert_rule_firing") == {
        (rule, "own", "warning"): 1,
        ("churn", "2", "production", rule, "own", "warning"): 0,
    }
    stage.execute("DELETE FROM model_metrics WHERE version = '2'")
    run(stage)
    assert [row["version"] for row in states(stage)] == ["1", "2"], "another exporter may know of it"
    pass_time(stage, "5 minutes")
    run(stage)
    assert [row["version"] for row in states(stage)] == ["1"]
    stage.execute("DELETE FROM alert_rules")
    assert states(stage) == []


def test_a_rule_is_of_its_own_model_and_environment(stage: Stage) -> None:
    write(stage, environment="staging")
    write(stage, model_name="other")
    log(stage, 4)
    samples = run(stage)
    assert (firing(samples), counts(samples)) == ({}, {"no_data": 2})


def test_a_rule_from_before_that_says_nothing_is_told_and_stops_no_other(stage: Stage) -> None:
    stage.execute("ALTER TABLE alert_rules DISABLE TRIGGER alert_rules_say_something")
    broken = write(stage, {"metric": "revenue", "size": 10**20})
    stage.execute("ALTER TABLE alert_rules ENABLE TRIGGER alert_rules_say_something")
    rule = write(stage)
    log(stage, 4)
    samples = run(stage)
    assert (firing(samples), counts(samples)) == ({rule: 1}, {"firing": 1, "broken": 1})
    assert listed(stage) == {broken: "broken", rule: "firing"}
    stage.execute("UPDATE alert_rules SET enabled = FALSE WHERE id = %s", broken)


def test_more_rules_than_are_evaluated_are_counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftgauge.jobs.rules.MOST_RULES", 2)
    *kept, left_out = (write(stage) for _ in range(3))
    log(stage, 4)
    samples = run(stage)
    assert (firing(samples), counts(samples)) == (dict.fromkeys(kept, 1), {"firing": 2, "left_out": 1})
    assert listed(stage) == {**dict.fromkeys(kept, "firing"), left_out: "left_out"}
    monkeypatch.setattr("driftgauge.jobs.rules.MOST_RULES", 3)
    run(stage)
    assert listed(stage) == dict.fromkeys([*kept, left_out], "firing")


def test_the_exporters_own_figures_can_be_asked_and_hide_logged_ones(stage: Stage) -> None:
    def above(metric: str, threshold: float) -> str:
        return write(stage, {"type": "metric_threshold", "metric": metric, "operator": ">", "threshold": threshold})

    for status, many in (("success", 90), ("error", 10)):
        stage.execute(
            "INSERT INTO prediction_logs (model_name, version, environment, latency_ms, status, timestamp)"
            " SELECT %s, %s, %s, 80, %s, now() - interval '10 minutes' FROM generate_series(1, %s)",
            *(KEY.model, KEY.version, KEY.environment, status, many),
        )
    stage.roll()
    HealthJob(stage.database, health_options(Settings())).run()
    log(stage, 1e6, "ml_error_ratio")
    rules = {
        metric: above(metric, 0)
        for metric in (
            "ml_predictions",
            "ml_error_ratio",
            "ml_latency_mean_seconds",
            "ml_latency_p95_seconds",
            "ml_health_score",
        )
    }
    values = {labels[0]: value for labels, value in series(run(stage), "ml_alert_rule_value").items()}
    assert values[rules["ml_predictions"]] == 100
    assert values[rules["ml_error_ratio"]] == pytest.approx(0.1)
    assert values[rules["ml_latency_mean_seconds"]] == pytest.approx(0.08)
    assert 0.05 < values[rules["ml_latency_p95_seconds"]] <= 0.1
    assert 0 < values[rules["ml_health_score"]] <= 1


def test_drift_is_of_the_features_of_the_last_window(shifted: Stage) -> None:
    any_feature = write(shifted, {"type": "drift_detected"})
    age = write(shifted, {"type": "drift_detected", "feature": "age"})
    fare = write(shifted, {"type": "drift_detected", "feature": "fare"})
    unknown = write(shifted, {"type": "drift_detected", "feature": "nobody"})
    ratio = write(
        shifted, {"type": "metric_threshold", "metric": "ml_drifted_features_ratio", "operator": ">", "threshold": 0.5}
    )
    assert set(firing(run(shifted)).values()) == {0}, "nothing was judged yet"
    shifted.drift_job().run()
    samples = run(shifted)
    assert firing(samples) == {any_feature: 1, age: 1, fare: 0, unknown: 0, ratio: 1}
    assert series(samples, "ml_alert_rule_value")[(any_feature,)] == 2
    for table in ("data_drift_results", "dataset_drift_results"):
        shifted.execute(
            f"UPDATE {table} SET window_end = window_end - interval '2 days',"  # noqa: S608 - of tests
            " window_start = window_start - interval '2 days'"
        )
    assert set(firing(run(shifted)).values()) == {0}


def test_performance_is_of_the_latest_cohort(stage: Stage) -> None:
    stage.execute(
        "INSERT INTO traffic_totals (model_name, version, environment, status, predictions, latency_buckets,"
        " last_timestamp, first_timestamp) VALUES (%s, %s, %s, 'success', 1, '{}', now(), now())",
        *(KEY.model, KEY.version, KEY.environment),
    )
    accuracy = {"type": "performance_below", "metric": "accuracy", "threshold": 0.9}
    below = write(stage, accuracy)
    estimated = write(stage, accuracy | {"basis": "estimated"})
    undefined = write(stage, accuracy | {"metric": "rmse"})
    own = write(stage, REVENUE | {"metric": "ml_performance_score.accuracy", "threshold": 0.9})
    assert counts(run(stage)) == {"no_data": 4}
    cohorts = Cohorts(stage=stage)
    task = cohorts.register()
    cohorts.add_days(task, {days: classified(right=0.95 if days > 4 else 0.8) for days in range(4, 12)})
    cohorts.job().run()
    samples = run(stage)
    assert firing(samples) == {below: 1, estimated: 0, undefined: 0, own: 1}
    values = series(samples, "ml_alert_rule_value")
    assert values[(below,)] == values[(own,)] == pytest.approx(0.8)
    assert values[(estimated,)] == pytest.approx(0.9, abs=0.05)
    assert (undefined,) not in values
    stage.execute(
        "UPDATE performance_results SET matured_at = matured_at - interval '29 days',"
        " cohort_end = cohort_end - interval '29 days'"
    )
    assert counts(run(stage)) == {"no_data": 4}
