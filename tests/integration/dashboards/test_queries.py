"""Every query of every dashboard is asked of a running demonstration, and answered with something."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from contract.boards import BOARDS, POSTGRES, Json, kind, panels
from driftgauge.demo.model import MODEL_NAME, MODEL_VERSION
from fixtures.demonstration import own_stage
from fixtures.grafana import Choices, in_promql, in_sql
from fixtures.stack import STACK

PATIENCE: Final = 240.0  # every incident has shown after three minutes
#: Panels that show what is rare and does not happen in a demonstration; each query is still asked.
RARE: Final = {
    ("self", "Failures by cause"): "no job fails",
    ("self", "Who holds the roll-up"): "no writer forgets its transaction",
    ("self", "Rules of Prometheus that failed"): "its Prometheus does not scrape itself",
    ("self", "Notifications that failed"): "its Prometheus scrapes neither itself nor Alertmanager",
    ("self", "Age of sources"): "it has no source",
    ("self", "Rows that came too late"): "it has no source",
    ("self", "Models refused"): "it has no source",
    ("performance", "Segments by $metric"): "its predictions name no segment",
    ("performance", "Segments over time by $metric"): "its predictions name no segment",
    ("performance", "Outcomes without a task"): "the task of its model is known",
    ("drift", "Segments"): "its predictions name no segment",
    ("drift", "Share of features drifted by segment"): "its predictions name no segment",
    ("drift", "Features by segment"): "its predictions name no segment",
    ("drift", "Rows judged by segment"): "its predictions name no segment",
    ("drift", "Distinct texts"): "its predictions have no free text",
    ("evidence", "Hours that were not as usual"): "no hour of it closes",
}
#: What services and people may write beside predictions, and a demonstration does not.
WRITTEN: Final = (
    """INSERT INTO model_metrics (model_name, version, metric_name, metric_value, metric_unit)
    VALUES (%(model)s, %(version)s, 'queue_length', 12, 'requests')""",
    """INSERT INTO model_health_checks (model_name, version, status, health_score)
    VALUES (%(model)s, %(version)s, 'degraded', 0.9)""",
    """INSERT INTO alert_rules (model_name, alert_type, severity, condition)
    VALUES (%(model)s, 'queue', 'warning',
            '{"type": "metric_threshold", "metric": "queue_length", "operator": ">", "threshold": 5}')""",
)
MOST_LINES: Final = 60
PREFERRED: Final = {"model": MODEL_NAME}


Database = psycopg.Connection[dict[str, Any]]
each_board = pytest.mark.parametrize("name", BOARDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What Grafana would ask of a demonstration, and how long each answer took."""

    prometheus: str
    database: Database
    seconds: dict[str, float]

    def of_prometheus(self, target: Json, chosen: Choices) -> list[Json]:
        """Return what Prometheus answers for the last minutes, or for now where only that is asked."""
        expression = in_promql(target["expr"], chosen, every="1s", over="4s", span="5m")
        now = time.time()
        if target["instant"]:
            path, parameters = "query", {"query": expression, "time": str(now)}
        else:
            path, parameters = (
                "query_range",
                {"query": expression, "start": str(now - 300), "end": str(now), "step": "1"},
            )
        began = time.perf_counter()
        answer = httpx.post(f"{self.prometheus}/api/v1/{path}", data=parameters, timeout=30)
        self.seconds[target["expr"]] = time.perf_counter() - began
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        return answer.json()["data"]["result"]

    def of_postgres(self, sql: str, chosen: Choices) -> list[dict[str, Any]]:
        """Return what Postgres answers for the last day, to one who may only look at dashboards."""
        now = datetime.now(UTC)
        began = time.perf_counter()
        text = in_sql(sql, chosen, start=now - timedelta(days=1), end=now)
        answer = self.database.execute(text.encode()).fetchall()
        self.seconds[sql] = time.perf_counter() - began
        return answer

    def values(self, query: str, chosen: Choices) -> list[str]:
        """Return what a variable offers."""
        found = re.fullmatch(r"label_values\((.*), (\w+)\)", query, re.DOTALL)
        if found is None:
            return [str(next(iter(row.values()))) for row in self.of_postgres(query, chosen)]
        asked = {"match[]": in_promql(found[1], chosen)}
        return httpx.get(f"{self.prometheus}/api/v1/label/{found[2]}/values", params=asked).json()["data"]

    def choices(self, board: Json) -> dict[str, str | list[str]]:
        """Choose of each variable the demonstration's model, all where that is offered, or else the first value."""
        chosen: dict[str, str | list[str]] = {}
        for variable in board["templating"]["list"]:
            if variable["type"] != "query" or variable.get("allValue"):
                continue
            offered = self.values(variable["query"], chosen)
            if variable["includeAll"]:
                chosen[variable["name"]] = offered
                continue
            if not offered:
                chosen |= {variable["name"]: ""} if kind(board) == POSTGRES else {}
                continue
            preferred = PREFERRED.get(variable["name"])
            chosen[variable["name"]] = preferred if preferred in offered else offered[0]
        return chosen

    def answers(self, board: Json, target: Json, chosen: Choices) -> list[Any]:
        """Return what a target is answered with."""
        if kind(board) == POSTGRES:
            return list(self.of_postgres(target["rawSql"], chosen))
        return list(self.of_prometheus(target, chosen))


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    if not (STACK / "current" / "prometheus").is_file():
        assert os.environ.get("DRIFTGAUGE_REQUIRE_STACK") != "1", "prometheus is absent: run `make stack`"
        pytest.skip("prometheus is not in .stack: run `make stack`")
    with own_stage() as stage:
        run = stage.start()
        addresses = run.addresses()
        with Database.connect(addresses["dsn"], autocommit=True, row_factory=dict_row) as database:
            for statement in WRITTEN:
                database.execute(statement, {"model": MODEL_NAME, "version": MODEL_VERSION})
            database.execute("SET ROLE driftgauge_grafana")
            database.execute("SET default_transaction_read_only = on")
            sources = Sources(prometheus=addresses["prometheus"], database=database, seconds={})
            yield sources
        run.end(signal.SIGTERM)
    slowest = sorted(sources.seconds.items(), key=lambda each: -each[1])
    lines = [f"  {1000 * seconds:6.0f} ms  {' '.join(query.split())[:150]}" for query, seconds in slowest[:10]]
    sys.stdout.write("\n".join([f"\n{len(slowest)} queries, the slowest:", *lines, ""]))


@pytest.mark.timeout(400)
@each_board
def test_every_query_is_answered(sources: Sources, name: str) -> None:
    board = BOARDS[name]
    open_ = {
        (panel["title"], target["refId"]): target
        for panel in panels(board)
        for target in panel["targets"]
        if (name, panel["title"]) not in RARE
    }
    deadline = time.monotonic() + PATIENCE
    while open_ and time.monotonic() < deadline:
        chosen = sources.choices(board)
        open_ = {which: target for which, target in open_.items() if not sources.answers(board, target, chosen)}
        time.sleep(1 if open_ else 0)
    assert [*open_] == []


@pytest.mark.timeout(400)
@each_board
def test_what_is_rare_can_be_asked_and_what_is_marked(sources: Sources, name: str) -> None:
    board = BOARDS[name]
    chosen = sources.choices(board)
    for panel in panels(board):
        if (name, panel["title"]) in RARE:
            for target in panel["targets"]:
                sources.answers(board, target, chosen)
    for mark in board["annotations"]["list"]:
        sources.of_prometheus({"expr": mark["expr"], "instant": False}, chosen)


@each_board
def test_a_query_answers_with_no_more_lines_than_one_can_look_at(sources: Sources, name: str) -> None:
    board = BOARDS[name]
    chosen = sources.choices(board)
    for panel in panels(board):
        if panel["type"] in {"table", "heatmap"}:
            continue
        for target in panel["targets"]:
            assert len(sources.answers(board, target, chosen)) <= MOST_LINES, panel["title"]


def test_what_is_called_rare_is_there() -> None:
    there = {(name, panel["title"]) for name, board in BOARDS.items() for panel in panels(board)}
    assert set(RARE) <= there
