"""What tables, bars and links make of answers that are empty, or that hold texts which look like numbers."""

from __future__ import annotations

import json
import re
from typing import Final

import pytest

from contract.boards import BOARDS, Json, panels
from fixtures.grafana_tables import TIME, answered, transformed

SHOWN: Final = [(f"{name}: {panel['title']}", panel) for name, board in BOARDS.items() for panel in panels(board)]
TABLES: Final = {where: panel for where, panel in SHOWN if panel["type"] == "table"}
JOINED: Final = {where: panel for where, panel in TABLES.items() if len(panel["targets"]) > 1}
DATED: Final = "2026.10"  # a version that Grafana would show as 2026, were it taken for a number


def columns(panel: Json) -> list[str]:
    """Return the columns that a table shows, in their order."""
    [organized] = [each["options"] for each in panel["transformations"] if each["id"] == "organize"]
    return sorted(organized["indexByName"], key=organized["indexByName"].get)


def labels(panel: Json) -> list[str]:
    """Return those of the columns that are labels."""
    return [name for name in columns(panel) if not name.startswith("Value")]


@pytest.mark.parametrize("where", JOINED)
def test_a_query_without_an_answer_leaves_the_others_joined(where: str) -> None:
    panel = JOINED[where]
    row = dict.fromkeys(labels(panel), DATED)
    refs = [target["refId"] for target in panel["targets"]]
    for silent in ("", *refs):
        frames = [
            answered([] if ref == silent else [row | {"__name__": f"metric {ref}"}], value=f"Value #{ref}")
            for ref in refs
        ]
        [table] = transformed(frames, panel["transformations"])
        assert list(table) == columns(panel), silent
        assert all(len(column) == 1 for column in table.values()), silent
        empty = {name for name, column in table.items() if column == [None]}
        assert empty == {f"Value #{silent}"} & table.keys(), silent


@pytest.mark.parametrize("where", JOINED)
def test_rows_of_different_labels_stay_apart(where: str) -> None:
    panel = JOINED[where]
    rows = [dict.fromkeys(labels(panel), each) for each in ("1", "2")]
    frames = [answered(rows, value=f"Value #{target['refId']}") for target in panel["targets"]]
    [table] = transformed(frames, panel["transformations"])
    assert all(table[label] == ["1", "2"] for label in labels(panel))
    assert TIME not in table


@pytest.mark.parametrize("where", [where for where, panel in SHOWN if panel["type"] in {"table", "barchart"}])
def test_texts_that_look_like_numbers_are_shown_as_they_are(where: str) -> None:
    [panel] = [panel for each, panel in SHOWN if each == where]
    first = panel["fieldConfig"]["overrides"][0]
    assert first["matcher"] == {"id": "byType", "options": "string"}
    assert {"id": "unit", "value": "string"} in first["properties"]


@pytest.mark.parametrize("where", TABLES)
def test_links_of_a_row_choose_by_columns_that_it_has(where: str) -> None:
    used = set(re.findall(r"__data\.fields\.(\w+)", json.dumps(TABLES[where])))
    assert used <= set(columns(TABLES[where]))


@pytest.mark.parametrize("where", [where for where, panel in SHOWN if "__field.labels." in json.dumps(panel)])
def test_links_of_a_line_choose_by_labels_that_it_has(where: str) -> None:
    [panel] = [panel for each, panel in SHOWN if each == where]
    used = set(re.findall(r"__field\.labels\.(\w+)", json.dumps(panel)))
    without = {
        override["matcher"]["options"]
        for override in panel["fieldConfig"]["overrides"]
        if {"id": "links", "value": []} in override["properties"]
    }
    for target in panel["targets"]:
        if target["refId"] in without:
            continue
        told = re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", target["expr"])))
        assert used <= set(told), target["refId"]


def test_a_figure_that_is_a_name_shows_the_name() -> None:
    [version] = [panel for where, panel in SHOWN if where == "self: Version"]
    assert version["options"]["textMode"] == "name"


@pytest.mark.parametrize("where", [where for where, _ in SHOWN])
def test_links_have_no_legend_s_words_in_their_names(where: str) -> None:
    [panel] = [panel for each, panel in SHOWN if each == where]
    assert re.findall(r'"title": "[^"]*\{\{', json.dumps(panel)) == [], "Grafana puts labels into legends only"
