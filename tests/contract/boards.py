"""The shipped dashboards, read as tests look at them: panels, queries, selectors, links."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
DASHBOARDS: Final = ROOT / "grafana" / "dashboards"
FILES: Final = sorted(DASHBOARDS.glob("*.json"))
PROMETHEUS: Final = "prometheus"
POSTGRES: Final = "grafana-postgresql-datasource"
METRIC: Final = re.compile(r"(?:ml_|driftgauge_|process_|prometheus_|alertmanager_|ALERTS|model\w*:|up\b)[\w:]*")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A metric as an expression reads it, with the labels by which it is chosen."""

    metric: str
    matchers: str


def read(path: Path) -> Json:
    """Return a dashboard."""
    return json.loads(path.read_text(encoding="utf-8"))


BOARDS: Final[dict[str, Json]] = {path.stem: read(path) for path in FILES}


def panels(board: Json) -> list[Json]:
    """Return a dashboard's panels without its rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def kind(board: Json) -> str:
    """Return of which kind a dashboard's data source is."""
    [source] = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    return source["query"]


def variables(board: Json) -> dict[str, Json]:
    """Return a dashboard's variables by name."""
    return {each["name"]: each for each in board["templating"]["list"]}


def expressions(board: Json) -> list[str]:
    """Return every PromQL expression of a dashboard: of panels, marks and variables."""
    asked = [target["expr"] for panel in panels(board) for target in panel["targets"] if "expr" in target]
    marked = [mark["expr"] for mark in board["annotations"]["list"] if mark.get("expr")]
    return [*asked, *marked, *(chosen for chosen, _ in chosen_by(board))]


def chosen_by(board: Json) -> list[tuple[str, str]]:
    """Return of each variable that is a label's values the metric's selector and the label."""
    queries = [str(each.get("query")) for each in board["templating"]["list"] if each["type"] == "query"]
    found = [re.fullmatch(r"label_values\((.*), (\w+)\)", query, re.DOTALL) for query in queries]
    return [(each[1], each[2]) for each in found if each]


def without_texts(expression: str) -> str:
    """Return an expression without what stands in quotes."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)


def selectors(expression: str) -> list[Selector]:
    """Return the metrics that an expression reads, those without a choice of labels included.

    >>> selectors('sum by (ml_x) (rate(ml_a_total{job=~"$job"}[5m])) / on (model) group_left ml_b')
    [Selector(metric='ml_a_total', matchers='job=~"$job"'), Selector(metric='ml_b', matchers='')]
    """
    bare = re.sub(r"\b(?:on|by|without|ignoring|group_left|group_right)\s*\([^)]*\)", "", expression)
    chosen = re.finditer(rf"({METRIC.pattern})\s*(?:\{{((?:[^}}\"]|\"(?:[^\"\\]|\\.)*\")*)\}})?", bare)
    inside = [each.span() for each in re.finditer(r"\{(?:[^}\"]|\"(?:[^\"\\]|\\.)*\")*\}", bare)]
    return [
        Selector(metric=each[1], matchers=each[2] or "")
        for each in chosen
        if not any(start < each.start() < end for start, end in inside)
        and (each.start() == 0 or not re.match(r"[\w:$]", bare[each.start() - 1]))
    ]


def links(board: Json) -> list[str]:
    """Return every address that a dashboard leads to: of panels, values and columns."""
    found = [link["url"] for panel in panels(board) for link in panel.get("links", [])]
    for panel in panels(board):
        config = panel["fieldConfig"]
        found += [link["url"] for link in config["defaults"].get("links", [])]
        for override in config["overrides"]:
            found += [link["url"] for each in override["properties"] if each["id"] == "links" for link in each["value"]]
    return found
