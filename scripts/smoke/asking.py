"""What Grafana must have: the data sources, the dashboards, and an answer to what each panel asks."""

from __future__ import annotations

import json
import time
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from panels import LABEL_VALUES, QUERY_RESULT, Value, fill, panels_of, queries_of
from servers import Json, Server, Unreachable
from table import EMPTY, ERROR, OK, Amiss, Table, expect

FOLDER: Final = "driftgauge"
SOURCES: Final = {
    "driftgauge-prometheus": "prometheus",
    "driftgauge-postgres": "grafana-postgresql-datasource",
    "driftgauge-alertmanager": "alertmanager",
}
WITHOUT_HEALTH: Final = "alertmanager"  # a data source of the browser: Grafana's server cannot ask it
HOUR_MS: Final = 3_600_000


class Grafana:
    """Grafana's answers about what is provisioned, and to what panels ask."""

    def __init__(self, server: Server, table: Table) -> None:
        """Ask about the last hour."""
        self._server = server
        self._table = table
        self._end = int(time.time() * 1000)
        self._start = self._end - HOUR_MS

    def check(self, files: list[Path]) -> None:
        """Tell of each data source, each dashboard, and each panel's queries."""
        for uid, kind in SOURCES.items():
            self._table.check(f"data source {uid}", lambda uid=uid, kind=kind: self._source(uid, kind))
        for file in files:
            dashboard: Json = json.loads(file.read_text(encoding="utf-8"))
            self._table.check(f"dashboard {dashboard['uid']}", lambda dashboard=dashboard: self._dashboard(dashboard))
            try:
                chosen = self._variables(dashboard)
            except (Unreachable, Amiss) as error:
                self._table.tell(ERROR, f"variables of {dashboard['uid']}", str(error))
                continue
            for panel in panels_of(dashboard):
                self._panel(f"{dashboard['uid']}: {panel.get('title')}", panel, chosen)

    def _source(self, uid: str, kind: str) -> str:
        found = self._server.json(f"/api/datasources/uid/{uid}")
        expect(found["type"] == kind, f"is of type {found['type']}, not {kind}")
        if kind == WITHOUT_HEALTH:
            return "is there"
        health = self._server.json(f"/api/datasources/uid/{uid}/health")
        expect(health["status"] == "OK", health.get("message", "is not healthy"))
        return health.get("message", "")

    def _dashboard(self, dashboard: Json) -> str:
        found = self._server.json(f"/api/dashboards/uid/{dashboard['uid']}")
        expect(found["meta"].get("provisioned"), "is not provisioned")
        expect(found["meta"].get("folderUid") == FOLDER, f"lies in the folder {found['meta'].get('folderUid')!r}")
        ours, theirs = (sum(1 for _ in panels_of(one)) for one in (dashboard, found["dashboard"]))
        expect(ours == theirs, f"has {theirs} panels, the file {ours}")
        return f"{ours} panels"

    def _variables(self, dashboard: Json) -> dict[str, Value]:
        """Choose of each variable: all where that is offered, else the first."""
        chosen: dict[str, Value] = {}
        for variable in dashboard.get("templating", {}).get("list", []):
            name, kind = variable["name"], variable["type"]
            if kind == "datasource":
                uids = [uid for uid, of in SOURCES.items() if of == variable["query"]]
                chosen[name] = Value(values=tuple(uids[:1]))
            elif kind == "query":
                found = self._options(variable, chosen)
                literal = variable.get("allValue") if variable.get("includeAll") else None
                chosen[name] = Value(values=tuple(found if variable.get("includeAll") else found[:1]), literal=literal)
            elif kind in ("custom", "interval", "textbox", "constant"):
                current: Any = variable.get("current", {}).get("value") or str(variable.get("query", "")).split(",")[0]
                values = cast("list[Any]", current) if isinstance(current, list) else [current]
                chosen[name] = Value(values=tuple(str(value) for value in values))
            else:
                raise Amiss(f"a variable of type {kind!r} is not known to this check")
        return chosen

    def _options(self, variable: Json, chosen: Mapping[str, Value]) -> list[str]:
        source = fill(variable["datasource"], chosen, start=self._start, end=self._end)
        asked = variable["query"]
        text = asked.get("query") or asked.get("rawSql") or "" if isinstance(asked, dict) else asked  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
        is_prometheus = source.get("type") == "prometheus"
        text = str(fill(text, chosen, start=self._start, end=self._end, regex=is_prometheus))
        found = self._labels(source, text) if is_prometheus else self._column(source, text)
        return found or [""]  # what Grafana has chosen where nothing is offered

    def _labels(self, source: Json, text: str) -> list[str]:
        if label := LABEL_VALUES.match(text):
            span = {"start": str(self._start // 1000), "end": str(self._end // 1000)}
            match = {"match[]": label["series"]} if label["series"] else {}
            path = f"/api/datasources/uid/{source['uid']}/resources/api/v1/label/{label['label']}/values"
            return self._server.json(f"{path}?{urllib.parse.urlencode(span | match)}")["data"]
        if result := QUERY_RESULT.match(text):
            query = {"refId": "A", "datasource": source, "expr": result["expr"], "instant": True}
            return [str(column) for column in self._ask([query])["A"][:1]]
        raise Amiss(f"a variable asks {text!r}, which is not known to this check")

    def _column(self, source: Json, text: str) -> list[str]:
        answered = self._ask([{"refId": "A", "datasource": source, "rawSql": text, "format": "table"}])["A"]
        return [str(value) for value in answered[0]] if answered else []

    def _panel(self, what: str, panel: Json, chosen: Mapping[str, Value]) -> None:
        try:
            answered = self._ask(queries_of(panel, chosen, start=self._start, end=self._end))
        except (Unreachable, Amiss) as error:
            self._table.tell(ERROR, what, str(error))
            return
        rows = {name: max(map(len, columns), default=0) for name, columns in answered.items()}
        self._table.tell(OK if any(rows.values()) else EMPTY, what, ", ".join(f"{n}: {rows[n]}" for n in sorted(rows)))

    def _ask(self, queries: list[Json]) -> dict[str, list[list[Any]]]:
        """Return the columns of all frames by query.

        Raises
        ------
        Unreachable
            If a query fails.
        """
        body: Json = {"from": str(self._start), "to": str(self._end), "queries": queries}
        results: dict[str, Json] = self._server.json("/api/ds/query", body)["results"]
        if failed := [f"{name}: {result['error']}" for name, result in results.items() if result.get("error")]:
            raise Unreachable("; ".join(failed))
        frames: dict[str, list[Json]] = {name: result.get("frames") or [] for name, result in results.items()}
        return {name: [column for frame in each for column in frame["data"]["values"]] for name, each in frames.items()}
