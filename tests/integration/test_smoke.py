"""`make smoke` before the real exporter, Prometheus, Alertmanager and Postgres; a stand-in answers for Grafana."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from contract.hardening import ROOT
from fixtures.alerting import route_quickly, running_alertmanager, running_rules, watch_quickly
from fixtures.exporter import log_predictions
from fixtures.grafana_api import PASSWORD, GrafanaApi, serving_grafana

if TYPE_CHECKING:
    from fixtures.alerting import Sink
    from fixtures.exporter import StartExporter
    from fixtures.stack import Stack

PATIENCE: Final = 30.0
RATE: Final = {"query": "rate(ml_predictions_total[1m])"}
SMOKE: Final = ROOT / "scripts" / "smoke"
PROMETHEUS: Final = {"type": "prometheus", "uid": "${datasource}"}
POSTGRES: Final = {"type": "grafana-postgresql-datasource", "uid": "driftgauge-postgres"}
VARIABLES: Final[list[dict[str, Any]]] = [
    {"name": "datasource", "type": "datasource", "query": "prometheus"},
    {
        "name": "job", "type": "query", "datasource": PROMETHEUS, "includeAll": True, "multi": True, "allValue": ".+",
        "query": {"query": "label_values(driftgauge_build_info, job)"},
    },
    {
        "name": "model", "type": "query", "datasource": PROMETHEUS, "includeAll": True, "multi": True,
        "query": 'label_values(ml_predictions_total{job=~"$job"}, model)',
    },
    {
        "name": "kept", "type": "query", "datasource": POSTGRES,
        "query": "SELECT 'o''clock'",
    },
    {"name": "hours", "type": "custom", "query": "1,2", "current": {"value": "1"}},
]  # fmt: skip


class Ran:
    """One run of the script."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-W", "error", SMOKE, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""})
        self.code, self.said = done.returncode, done.stdout
        self.complained = done.stderr

    def found(self, what: str) -> str:
        """Return what was found of the one line about something."""
        [line] = [line for line in self.said.splitlines() if line[7:].startswith(what)]
        return line.split()[0]


def panel(title: str, *targets: dict[str, Any], source: dict[str, str] = PROMETHEUS) -> dict[str, Any]:
    return {"title": title, "type": "timeseries", "datasource": source, "targets": list(targets)}


def write_dashboard(folder: Path, *panels: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    document = {"uid": "driftgauge-test", "panels": list(panels), "templating": {"list": VARIABLES}}
    (folder / "test.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def options(
    stack: Stack, sink: Sink, database: str, start_exporter: StartExporter, tmp_path: Path
) -> Iterator[list[object]]:
    """The running services' options, and no Grafana."""
    log_predictions(database)
    exporter = start_exporter(database)
    exporter.until(lambda it: it.value("ml_predictions_total"))
    with ExitStack() as running:
        (routed := tmp_path / "routed").mkdir()
        (watched := tmp_path / "watched").mkdir()
        alertmanager = running.enter_context(running_alertmanager(stack.alertmanager, route_quickly(routed, sink)))
        at = str(alertmanager.base_url).removeprefix("http://").rstrip("/")
        config = watch_quickly(watched, exporters=[exporter.url.removeprefix("http://")], alertmanager=at)
        prometheus = running.enter_context(running_rules(stack.current.prometheus, config))
        deadline = time.monotonic() + PATIENCE  # a rate is one of two scrapes
        while not prometheus.get("/api/v1/query", params=RATE).json()["data"]["result"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield [
            "--exporter", exporter.url, "--prometheus", prometheus.base_url, "--alertmanager", alertmanager.base_url,
            "--timeout", 60,
        ]  # fmt: skip


@pytest.fixture
def grafana(options: list[object], grafana_dsn: str, tmp_path: Path) -> Iterator[GrafanaApi]:
    """What stands in for Grafana, before them."""
    prometheus = str(options[options.index("--prometheus") + 1]).rstrip("/")
    (tmp_path / "password").write_text(f"{PASSWORD}\n", encoding="ascii")
    api = GrafanaApi(dashboards=tmp_path / "dashboards", prometheus=prometheus, dsn=grafana_dsn)
    with serving_grafana(api):
        options += ["--grafana", api.url, "--password-file", tmp_path / "password", "--dashboards", api.dashboards]
        yield api


def test_every_panel_is_asked_with_its_variables_put_in(options: list[object], grafana: GrafanaApi) -> None:
    write_dashboard(
        grafana.dashboards,
        panel("Predictions", {"refId": "A", "expr": 'sum(ml_predictions_total{job=~"$job",model=~"$model"})'}),
        {
            "type": "row",
            "panels": [panel("Rate", {"refId": "B", "expr": "rate(ml_predictions_total[$__rate_interval])"})],
        },
        panel("Nothing", {"refId": "A", "expr": 'ml_predictions_total{model="nobody"}'}),
        panel(
            "Kept", {"refId": "A", "rawSql": "SELECT ${kept:sqlstring}, ${hours}", "format": "table"}, source=POSTGRES
        ),
        panel("Hidden", {"refId": "A", "expr": "broken(", "hide": True}),
    )
    ran = Ran(*options)
    assert (ran.code, ran.complained) == (0, "")
    assert ran.found("dashboard driftgauge-test") == "ok"
    assert ran.found("data source driftgauge-postgres") == "ok"
    assert {name: ran.found(f"driftgauge-test: {name}") for name in ("Predictions", "Rate", "Nothing", "Kept")} == {
        "Predictions": "ok",
        "Rate": "ok",
        "Nothing": "empty",
        "Kept": "ok",
    }
    assert "Hidden" not in ran.said
    asked = [query.get("expr") or query["rawSql"] for query in grafana.asked]
    assert 'sum(ml_predictions_total{job=~".+",model=~"churn"})' in asked
    assert "SELECT 'o''clock', 1" in asked
    assert {query["datasource"]["uid"] for query in grafana.asked} == {"driftgauge-prometheus", "driftgauge-postgres"}

    without = Ran(*options, "--without-grafana")
    assert (without.code, without.complained) == (0, "")
    for what in ("exporter /metrics", "prometheus targets", "prometheus rules", "alertmanager has the Watchdog"):
        assert without.found(what) == "ok"
    assert without.said.endswith("5 ok, 0 empty, 0 error\n")


BROKEN: Final = {
    "promql": (panel("promql", {"refId": "A", "expr": "sum("}), "sum("),
    "sql": (panel("sql", {"refId": "A", "rawSql": "SELECT nothing"}, source=POSTGRES), "nothing"),
    "rights": (
        panel("rights", {"refId": "A", "rawSql": "SELECT * FROM driftgauge.prediction_logs"}, source=POSTGRES),
        "permission denied",
    ),
    "variable": (
        panel("variable", {"refId": "A", "expr": "up{job=~'${jobs}'}"}),
        "'jobs' is not one of the dashboard's",
    ),
    "format": (panel("format", {"refId": "A", "expr": "up{job=~'${job:glob}'}"}), "'glob' of a variable"),
    "source": (panel("source", {"refId": "A", "expr": "up"}, source={}), "names no data source"),
}


def test_whatever_cannot_be_answered_is_an_error(options: list[object], grafana: GrafanaApi, tmp_path: Path) -> None:
    write_dashboard(grafana.dashboards, *(broken for broken, _ in BROKEN.values()))
    grafana.provisioned = False
    grafana.broken.add("/api/datasources/uid/driftgauge-postgres/health")
    ran = Ran(*options)
    assert ran.code == 1
    for title, (_, says) in BROKEN.items():
        assert ran.found(f"driftgauge-test: {title}") == "error"
        assert says in ran.said
    assert ran.found("dashboard driftgauge-test") == "error"
    assert ran.found("data source driftgauge-postgres") == "error"
    assert ran.found("data source driftgauge-alertmanager") == "ok"
    (tmp_path / "password").write_text("another", encoding="ascii")
    refused = Ran(*options)
    assert refused.code == 1
    assert "answers 401" in refused.said


def test_the_shipped_dashboards_are_answered(options: list[object], grafana: GrafanaApi) -> None:
    shipped = ROOT / "grafana" / "dashboards"
    grafana.dashboards = shipped
    ran = Ran(*options, "--dashboards", shipped)
    assert [line for line in ran.said.splitlines() if line.startswith("error")] == []
    assert ran.code == 0


def test_a_service_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = Ran("--timeout", 0.1, "--without-grafana", "--exporter", "http://127.0.0.1:9")
    assert ran.code == 2
    assert ran.complained.startswith("smoke: exporter: http://127.0.0.1:9 does not answer")
    ran = Ran("--timeout", 0.1, "--password-file", tmp_path / "none")
    assert ran.code == 2
    assert "run: make secrets" in ran.complained
