"""The dashboards keep the rules of a dashboard linter, all of them, and a few that it lacks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as grafana

from contract.boards import (
    BOARDS,
    DASHBOARDS,
    POSTGRES,
    PROMETHEUS,
    ROOT,
    Json,
    expressions,
    kind,
    links,
    panels,
    selectors,
    variables,
)
from contract.bundle import RECORDS
from driftgauge.exposition.family import MetricKind
from driftgauge.exposition.inventory import INVENTORY
from fixtures.grafana import in_promql
from generator.boards import BOARDS as WRITTEN
from generator.unshown import UNSHOWN

if TYPE_CHECKING:
    from fixtures.stack import Prometheus as Release

#: The addresses of the dashboards, which people and other dashboards keep: one is never changed or given to another.
LEDGER: Final = {
    "fleet": "driftgauge-fleet",
    "model": "driftgauge-model",
    "performance": "driftgauge-performance",
    "drift": "driftgauge-drift",
    "concept": "driftgauge-concept",
    "explain": "driftgauge-explain",
    "slo": "driftgauge-slo",
    "evidence": "driftgauge-evidence",
    "self": "driftgauge-self",
}
OF_PROMETHEUS: Final = {name: board for name, board in BOARDS.items() if kind(board) == PROMETHEUS}
OF_POSTGRES: Final = {name: board for name, board in BOARDS.items() if kind(board) == POSTGRES}
NOT_OURS: Final = re.compile(r"ALERTS|up|prometheus_|alertmanager_")
UNITS: Final = {
    "_timestamp_seconds": {"dateTimeFromNow", "dateTimeAsIso", "dateTimeAsSystem", "s"},
    "_seconds": {"s", "dtdurations"},
    "_ratio": {"percentunit"},
    "_bytes": {"bytes"},
}

each_board = pytest.mark.parametrize("name", BOARDS)
each_of_prometheus = pytest.mark.parametrize("name", OF_PROMETHEUS)
each_of_postgres = pytest.mark.parametrize("name", OF_POSTGRES)


def titled(name: str) -> list[tuple[str, Json]]:
    """Return a dashboard's panels with what to call them."""
    return [(f"{name}: {panel['title']}", panel) for panel in panels(BOARDS[name])]


# Files


def test_what_is_committed_is_what_the_generator_writes() -> None:
    checked = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "generator", "--check"],
        cwd=ROOT / "grafana",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_a_file_that_was_edited_by_hand_is_told(tmp_path: Path) -> None:
    for path in (ROOT / "grafana").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            (tmp_path / path.relative_to(ROOT / "grafana")).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(ROOT / "grafana")).write_bytes(path.read_bytes())
    edited = tmp_path / "dashboards" / "self.json"
    edited.write_text(edited.read_text(encoding="utf-8").replace("Memory", "memory"), encoding="utf-8")
    (tmp_path / "dashboards" / "stranger.json").write_text("{}", encoding="utf-8")
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "generator"]
    checked = subprocess.run([*command, "--check"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert re.findall(r"(\w+)\.json is not", checked.stderr) == ["self", "stranger"]
    mended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert mended.stdout == f"dashboards: {len(LEDGER)} dashboards, 2 of them rewritten\n"
    assert sorted(path.stem for path in (tmp_path / "dashboards").iterdir()) == sorted(LEDGER)


def test_the_dashboards_are_those_of_the_ledger_under_their_addresses() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == LEDGER
    assert WRITTEN.keys() == LEDGER.keys()
    assert all(len(board["uid"]) <= 40 for board in BOARDS.values())
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS)


@each_board
def test_a_dashboard_survives_the_way_through_grafana_s_own_types(name: str) -> None:
    register_default_plugins()
    board = BOARDS[name]
    rebuilt = json.loads(
        json.dumps(grafana.Dashboard.from_json(board), cls=JSONEncoder), object_hook=_without_placement
    )
    assert rebuilt == json.loads(json.dumps(board), object_hook=_without_placement)


def _without_placement(read: Json) -> Json:
    # The SDK's own, of every link and mark; what is left of it, of legends, is lost in the same way.
    return {key: value for key, value in read.items() if key != "placement"}


@each_board
def test_a_dashboard_is_of_a_form_that_grafana_10_to_13_read_and_nobody_edits(name: str) -> None:
    board = BOARDS[name]
    assert board["schemaVersion"] == 42
    assert board["editable"] is False
    assert board["tags"] == ["driftgauge"]
    assert "id" not in board
    [shared] = board["links"]
    assert (shared["type"], shared["tags"], shared["asDropdown"]) == ("dashboards", ["driftgauge"], True)
    model = variables(board).get("model")
    assert shared["includeVars"] == (not (model and model["multi"])), "one model is never called All"
    assert shared["keepTime"]


@each_board
def test_a_dashboard_says_for_whom_it_is_and_what_it_answers(name: str) -> None:
    description = BOARDS[name]["description"]
    assert description.startswith("For ")
    assert description.count("?") >= 2


# Variables


@each_board
def test_the_data_source_is_chosen_and_named_so(name: str) -> None:
    first = BOARDS[name]["templating"]["list"][0]
    assert (first["type"], first["name"], first["label"]) == ("datasource", "datasource", "Data source")
    assert first["query"] in {PROMETHEUS, POSTGRES}


@each_of_prometheus
@pytest.mark.parametrize("variable", ["job", "instance"])
def test_job_and_instance_can_be_chosen_several_at_once(name: str, variable: str) -> None:
    chosen = variables(BOARDS[name])[variable]
    assert chosen["label"].lower() == variable
    assert (chosen["type"], chosen["multi"], chosen["includeAll"], chosen["allValue"]) == ("query", True, True, ".+")
    assert chosen["datasource"]["uid"] == "${datasource}"


@each_board
def test_choices_are_read_anew_when_the_time_changes(name: str) -> None:
    for chosen in BOARDS[name]["templating"]["list"]:
        if chosen["type"] == "query":
            assert chosen["refresh"] == 2, chosen["name"]
            assert chosen["label"], chosen["name"]


@each_of_prometheus
def test_choices_ask_for_labels_that_the_metric_has(name: str) -> None:
    for chosen in BOARDS[name]["templating"]["list"]:
        if chosen["type"] != "query":
            continue
        asked = re.fullmatch(r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", chosen["query"])
        assert asked, chosen["query"]
        assert asked[2] in {*INVENTORY[asked[1]].labels, "job", "instance"}


@each_board
def test_every_variable_is_used_and_every_used_one_is_there(name: str) -> None:
    board = BOARDS[name]
    text = json.dumps({**board, "templating": {}}) + json.dumps(
        [each.get("query") for each in board["templating"]["list"]]
    )
    used = set(re.findall(r"\$\{?([a-z]\w*)", text))
    assert used - {"datasource"} == variables(board).keys() - {"datasource"}


# Panels


@each_board
def test_every_panel_says_what_it_shows_and_what_to_do(name: str) -> None:
    for where, panel in titled(name):
        assert panel["title"], where
        assert len(re.findall(r"[.?!](?=\s|$)", panel["description"])) >= 2, where
        assert panel["description"][-1] in ".?!", where


@each_board
def test_every_panel_has_a_unit_and_says_why_it_may_be_empty(name: str) -> None:
    for where, panel in titled(name):
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults.get("unit"), where
        assert defaults.get("noValue"), where


@each_board
def test_every_panel_asks_something_of_the_chosen_data_source(name: str) -> None:
    for where, panel in titled(name):
        assert panel["targets"], where
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"] == {"type": kind(BOARDS[name]), "uid": "${datasource}"}, where


@each_board
def test_no_two_panels_have_one_title_or_number(name: str) -> None:
    there = BOARDS[name]["panels"]
    assert [title for title, count in Counter(panel["title"] for panel in there).items() if count > 1] == []
    assert len({panel["id"] for panel in there}) == len(there)


@each_board
def test_panels_fill_the_grid_and_do_not_overlap(name: str) -> None:
    cells = [(panel["title"], panel["gridPos"]) for panel in BOARDS[name]["panels"]]
    for (one, a), (other, b) in combinations(cells, 2):
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        assert apart, (one, other)
    area = sum(cell["w"] * cell["h"] for _, cell in cells)
    assert area == 24 * max(cell["y"] + cell["h"] for _, cell in cells), "there are holes"


@each_board
def test_limits_come_from_what_is_exported_and_none_is_typed_in(name: str) -> None:
    for where, panel in titled(name):
        config = panel["fieldConfig"]
        assert not config["defaults"].get("thresholds"), where
        assert all(each["id"] != "thresholds" for override in config["overrides"] for each in override["properties"]), (
            where
        )


def allowed_units(metrics: list[str]) -> set[str] | None:
    """Return the units in which metrics are shown as they are, or None where that is not told by their names."""
    found = [
        next((units for end, units in UNITS.items() if metric.removesuffix("_total").endswith(end)), None)
        for metric in metrics
    ]
    return found[0] if found and all(units == found[0] for units in found) else None


@each_of_prometheus
def test_values_are_shown_in_the_unit_of_their_metric(name: str) -> None:
    for where, panel in titled(name):
        asked = [target["expr"] for target in panel["targets"]]
        if panel["type"] == "table" or any(re.search(r"/|bool|==|count|rate\(", each) for each in asked):
            continue
        units = allowed_units([each.metric for expression in asked for each in selectors(expression)])
        if units:
            assert panel["fieldConfig"]["defaults"]["unit"] in units, where


# Queries


@each_of_prometheus
def test_every_selector_chooses_job_and_instance(name: str) -> None:
    for expression in expressions(BOARDS[name]):
        if expression.startswith("driftgauge_build_info"):  # what job and instance are chosen from
            continue
        for selector in selectors(expression):
            assert 'job=~"$job"' in selector.matchers, expression
            assert 'instance=~"$instance"' in selector.matchers, expression


@each_of_prometheus
def test_counters_are_read_as_what_they_grew(name: str) -> None:
    for expression in expressions(BOARDS[name]):
        for found in re.finditer(r"(\w+)\s*\(\s*(\w+(?:_total|_bucket|_sum|_count))\b", expression):
            assert found[1] in {"rate", "increase", "irate", "max_over_time", "label_values"}, expression
        bare = re.sub(r"(?:rate|increase)\(\w+(?:_total|_bucket|_sum|_count)", "", expression)
        assert not re.findall(r"\b(?:ml|driftgauge|process)_\w+_total\b", bare), expression


@each_of_prometheus
def test_rates_follow_the_resolution_that_is_shown(name: str) -> None:
    for where, panel in titled(name):
        for target in panel["targets"]:
            for over in re.findall(r"rate\([^\[]*\[([^\]]+)\]", target["expr"]):
                assert over == "$__rate_interval" or target["instant"], where


@each_of_prometheus
def test_queries_and_labels_are_of_metrics_that_are_exported_or_recorded(name: str) -> None:
    parts = ("bucket", "sum", "count")
    there = {*INVENTORY, *(record["record"] for record in RECORDS)}
    there |= {
        f"{metric}_{part}"
        for metric, family in INVENTORY.items()
        if family.kind is MetricKind.HISTOGRAM
        for part in parts
    }
    read = {selector.metric for expression in expressions(BOARDS[name]) for selector in selectors(expression)}
    assert {metric for metric in read if not NOT_OURS.match(metric)} <= there


def test_every_metric_is_shown_on_a_dashboard_or_explained() -> None:
    read = {
        re.sub(r"_(?:bucket|sum|count)$", "", selector.metric)
        for board in BOARDS.values()
        for expression in expressions(board)
        for selector in selectors(expression)
    }
    recorded = {record["record"]: record["expr"] for record in RECORDS}
    while through := {metric for metric in read if metric in recorded}:
        read -= through
        read |= {
            re.sub(r"_(?:bucket|sum|count)$", "", each.metric)
            for metric in through
            for each in selectors(recorded[metric])
        }
    assert set(INVENTORY) - read == set(UNSHOWN)
    assert all(len(reason) > 20 for reason in UNSHOWN.values())


def test_prometheus_can_read_every_expression(prometheus: Release, tmp_path: Path) -> None:
    asked = sorted({in_promql(expression, {}) for board in OF_PROMETHEUS.values() for expression in expressions(board)})
    rules: list[dict[str, Any]] = [{"record": f"asked:ml:{place}", "expr": each} for place, each in enumerate(asked)]
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}), encoding="utf-8")
    checked = subprocess.run([prometheus.promtool, "check", "rules", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@each_of_postgres
def test_chosen_texts_reach_sql_only_as_quoted_strings(name: str) -> None:
    board = BOARDS[name]
    asked = [target["rawSql"] for panel in panels(board) for target in panel["targets"]]
    asked += [each["query"] for each in board["templating"]["list"] if each["type"] == "query"]
    for sql in asked:
        left = re.sub(r"\$\{\w+:sqlstring\}|\$__\w+", "", sql)
        assert "$" not in left, sql


# Links


@each_board
def test_links_lead_to_dashboards_that_are_there_and_choose_what_they_have(name: str) -> None:
    by_uid = {board["uid"]: board for board in BOARDS.values()}
    for url in links(BOARDS[name]):
        found = re.fullmatch(r"/d/([\w-]+)\?(.+)", url)
        assert found, url
        there = variables(by_uid[found[1]])
        for chosen in re.findall(r"var-(\w+)=|\$\{(?!__)(\w+):queryparam\}", found[2]):
            assert "".join(chosen) in there, url


@each_board
def test_links_take_the_time_along(name: str) -> None:
    assert all("${__url_time_range}" in url for url in links(BOARDS[name]))


def test_every_dashboard_is_two_clicks_from_the_fleet_at_most() -> None:
    leads = {board["uid"]: {url.split("?")[0].removeprefix("/d/") for url in links(board)} for board in BOARDS.values()}
    reached = {"driftgauge-fleet"}
    for _ in range(2):
        reached |= {uid for one in reached for uid in leads[one]}
    assert reached == set(LEDGER.values())


def test_the_linter_s_files_are_all_looked_at() -> None:
    assert sorted(path.name for path in DASHBOARDS.iterdir()) == sorted(f"{name}.json" for name in LEDGER)
