"""What dashboards say of what no demonstration has: replaced versions, jobs that never ran, two exporters."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from contract.boards import BOARDS, panels
from fixtures.grafana import in_promql

if TYPE_CHECKING:
    from fixtures.stack import Prometheus

NOW: Final = 600
A: Final = 'job="driftgauge", instance="a:9799"'
B: Final = 'job="driftgauge", instance="b:9799"'
CHOSEN: Final = {"model": "churn", "metric": "accuracy"}


def of(version: str, exporter: str = A) -> str:
    """Return the labels of a version of a model, as an exporter tells them."""
    return f'{exporter}, environment="production", model="churn", version="{version}"'


def twice(series: Mapping[str, float | str]) -> dict[str, float | str]:
    """Return series as two exporters of one database tell them."""
    return {**series, **{name.replace(A, B): value for name, value in series.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a panel must say of series that have held their values for ten minutes, or had those of promtool before."""

    panel: tuple[str, str]
    says: Mapping[str, float]
    of: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    growing: Mapping[str, float | str] = field(default_factory=dict[str, float | str])
    query: str = "A"


#: Version 1 was low before version 2 replaced it an hour ago; version 3, a canary, is low and serves.
VERSIONS: Final = {
    f"ml_health_score{{{of('1')}}}": 0.3,
    f"ml_health_score{{{of('2')}}}": 0.9,
    f"ml_health_score{{{of('3')}}}": 0.5,
    **{f"ml_health_score_threshold{{{of(version)}}}": 0.8 for version in "123"},
    **{f"ml_silence_limit_seconds{{{of(version)}}}": 60 for version in "12"},
    f"model:ml_last_prediction_timestamp_seconds:behind_other_versions{{{of('1')}}}": 3600,
    f"model:ml_last_prediction_timestamp_seconds:behind_other_versions{{{of('2')}}}": 0,
    f"model:ml_last_prediction_timestamp_seconds:behind_other_versions{{{of('3')}}}": 0,
}
STATES: Final = {
    '{environment="production", model="churn", version="1"}': 3.0,  # low, and replaced
    '{environment="production", model="churn", version="2"}': 0.0,
    '{environment="production", model="churn", version="3"}': 1.0,
}
FIRING: Final = 'alertstate="firing"'
RECORDED: Final = {f"model:ml_last_prediction_timestamp_seconds:behind_other_versions{{{of('1')}}}": 0.0}
DRIFTED: Final = {
    f'ALERTS{{alertname="DataQuality", {FIRING}, severity="critical", feature="age", {of("1")}}}': 1.0,
    f'ALERTS{{alertname="DataQuality", {FIRING}, severity="warning", feature="sex", {of("1")}}}': 1.0,
    f'ALERTS{{alertname="HealthLow", {FIRING}, severity="warning", {of("1")}}}': 1.0,
    f'ALERTS{{alertname="ConceptDrift", alertstate="pending", severity="warning", {of("1")}}}': 1.0,
    f'ALERTS{{alertname="DatabaseDown", {FIRING}, severity="critical", {A}}}': 1.0,
}
HELD: Final = {
    f'driftgauge_rollup_blocker_info{{table="prediction_logs", pid="4711", application_name="shop", {A}}}': 1.0,
    f'driftgauge_rollup_blocker_seconds{{table="prediction_logs", {A}}}': 93.0,
    f'driftgauge_rollup_blocker_seconds{{table="shap_values", {A}}}': 0.0,
    f'driftgauge_rollup_blocker_query_start_timestamp_seconds{{table="prediction_logs", {A}}}': 480.0,
}
SEGMENTS: Final = {
    f'ml_performance_score{{metric="accuracy", basis="realised", {of("1")}}}': 0.75,
    f'ml_performance_score{{metric="recall", basis="realised", {of("1")}}}': 0.5,
    f'ml_segment_performance_score{{metric="accuracy", segment="mobile", {of("1")}}}': 0.5,
    f'ml_segment_performance_score{{metric="accuracy", segment="web", {of("1")}}}': 1.0,
}
SOURCES: Final = {
    f'driftgauge_source_read_timestamp_seconds{{source="warehouse", {A}}}': 540.0,
    f'driftgauge_source_models_refused{{source="warehouse", {A}}}': 2.0,
}
CASES: Final = {
    "a version that was replaced is history": Case(
        panel=("fleet", "Health below its limit"), of=twice(VERSIONS), says=STATES
    ),
    "only low versions that serve count as unhealthy": Case(
        panel=("fleet", "Unhealthy models"), of=twice(VERSIONS), says={"{}": 1}
    ),
    "health is judged without the rules, too": Case(
        panel=("fleet", "Health below its limit"),
        of={name: value for name, value in VERSIONS.items() if name.startswith("ml_")},
        says={**STATES, '{environment="production", model="churn", version="1"}': 1},
    ),
    "critical alerts are those of models and of the exporter": Case(
        panel=("fleet", "Critical alerts"), of=twice({**DRIFTED, **RECORDED}), says={"{}": 2}
    ),
    "no alert is none, where there are rules": Case(panel=("fleet", "Critical alerts"), of=RECORDED, says={"{}": 0}),
    "without rules nobody knows of alerts": Case(panel=("fleet", "Critical alerts"), says={}),
    "an alert is one line, as grave as its gravest": Case(
        panel=("model", "Alerts of this model"),
        of=twice(DRIFTED),
        says={
            '{alertname="DataQuality", environment="production", version="1"}': 1,
            '{alertname="HealthLow", environment="production", version="1"}': 2,
        },
    ),
    "two exporters count a prediction once": Case(
        panel=("model", "Predictions now"),
        growing=twice({f'ml_predictions_total{{status="success", {of("1")}}}': 120}),
        says={'{environment="production", version="1"}': 2},
    ),
    "where none failed the share is 0": Case(
        panel=("model", "Failed now"),
        growing=twice({f'ml_predictions_total{{status="success", {of("1")}}}': 120}),
        says={'{environment="production", version="1"}': 0},
    ),
    "a segment is told by how far it lies from all rows": Case(
        panel=("performance", "Segments by $metric"),
        query="B",
        of=twice(SEGMENTS),
        says={
            '{environment="production", segment="mobile", version="1"}': -0.25,
            '{environment="production", segment="web", version="1"}': 0.25,
        },
    ),
    "a job that never succeeded is stale": Case(
        panel=("self", "Jobs that were stale"),
        of={
            f'driftgauge_job_interval_seconds{{exported_job="drift", {A}}}': 60,
            f'driftgauge_job_interval_seconds{{exported_job="health", {A}}}': 60,
            f'driftgauge_job_last_success_timestamp_seconds{{exported_job="health", {A}}}': 550,
            f"driftgauge_config_last_reload_success_timestamp_seconds{{{A}}}": 30,
        },
        says={f'{{exported_job="drift", {A}}}': 1, f'{{exported_job="health", {A}}}': 0},
    ),
    "a target that is none of ours does not count as the exporter": Case(
        panel=("self", "Exporter"),
        of={
            f'driftgauge_build_info{{version="1", {A}}}': 1,
            f"up{{{A}}}": 1,
            'up{job="alertmanager", instance="c:9093"}': 0,
        },
        says={"{}": 1},
    ),
    "who holds the roll-up is told with how long": Case(
        panel=("self", "Who holds the roll-up"),
        query="B",
        of=HELD,
        says={f'{{table="prediction_logs", {A}}}': 93},
    ),
    "and since when it has done what": Case(
        panel=("self", "Who holds the roll-up"), query="C", of=HELD, says={f'{{table="prediction_logs", {A}}}': 120}
    ),
    "a source is as old as it was read": Case(
        panel=("self", "Age of sources"), of=twice(SOURCES), says={'{source="warehouse"}': 60}
    ),
    "models that a source refuses are told once": Case(
        panel=("self", "Models refused"), of=twice(SOURCES), says={'{source="warehouse"}': 2}
    ),
    "rows that came too late are told once": Case(
        panel=("self", "Rows that came too late"),
        growing=twice({f'driftgauge_source_late_rows_total{{source="warehouse", {A}}}': 60}),
        says={'{source="warehouse"}': 1},
    ),
    "ways of Alertmanager that nobody uses are left out": Case(
        panel=("self", "Notifications that failed"),
        query="B",
        of={
            'alertmanager_notifications_total{integration="email", job="alertmanager", instance="c:9093"}': 0,
            'alertmanager_notifications_failed_total{integration="email", job="alertmanager", instance="c:9093"}': 0,
        },
        growing={
            'alertmanager_notifications_total{integration="webhook", job="alertmanager", instance="c:9093"}': 120,
            'alertmanager_notifications_failed_total{integration="webhook", job="alertmanager", instance="c:9093"}': 60,
        },
        says={'{integration="webhook"}': 1},
    ),
    "failed rules are told by group": Case(
        panel=("self", "Rules of Prometheus that failed"),
        growing={
            'prometheus_rule_evaluation_failures_total{rule_group="/etc/rules/slo.yml;slo", job="prometheus", '
            'instance="p:9090"}': 120
        },
        says={'{group="slo"}': 2},
    ),
}


def asked(case: Case) -> str:
    """Return the expression of a panel."""
    name, title = case.panel
    [panel] = [panel for panel in panels(BOARDS[name]) if panel["title"] == title]
    [target] = [target for target in panel["targets"] if target["refId"] == case.query]
    return in_promql(target["expr"], CHOSEN, every="1m", over="4m", span="10m")


def hold(prometheus: Prometheus, path: Path, cases: Mapping[str, Case]) -> None:
    """Hold panels to what they must say, by promtool's tests of rules."""
    tests = [
        {
            "name": name,
            "interval": "1m",
            "input_series": [
                *({"series": series, "values": f"{value}x30"} for series, value in case.of.items()),
                *({"series": series, "values": f"0+{value}x30"} for series, value in case.growing.items()),
            ],
            "promql_expr_test": [
                {
                    "expr": f"round({asked(case)}, 0.001)",  # releases differ in the last bit
                    "eval_time": f"{NOW}s",
                    "exp_samples": [{"labels": labels, "value": value} for labels, value in case.says.items()],
                }
            ],
        }
        for name, case in cases.items()
    ]
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": tests}), encoding="utf-8")
    tested = subprocess.run([prometheus.promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_panels_say_what_is_so(prometheus: Prometheus, tmp_path: Path) -> None:
    hold(prometheus, tmp_path / "answers.yml", CASES)
