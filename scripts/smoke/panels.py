"""What a dashboard's panels ask Grafana, with the dashboard's variables put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from servers import Json
from table import Amiss

REFERENCE: Final = re.compile(
    r"\$\{(?P<braced>\w+)(?::(?P<format>[^}]*))?\}|\[\[(?P<square>\w+)(?::(?P<old>[^\]]*))?\]\]|\$(?P<plain>\w+)"
)
LABEL_VALUES: Final = re.compile(r"^\s*label_values\(\s*(?:(?P<series>.+),\s*)?(?P<label>\w+)\s*\)\s*$", re.DOTALL)
QUERY_RESULT: Final = re.compile(r"^\s*query_result\((?P<expr>.+)\)\s*$", re.DOTALL)
MIXED: Final = "-- Mixed --"


def regex_of(values: Sequence[str]) -> str:
    """Return what matches each of the values, in a string of PromQL."""
    escaped = [re.sub(r"([\\^$*+?.()|\[\]{}])", r"\\\\\1", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


FORMATS: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "sqlstring": lambda values: ",".join("'" + value.replace("'", "''") + "'" for value in values),
    "singlequote": lambda values: ",".join("'" + value.replace("'", "\\'") + "'" for value in values),
    "doublequote": lambda values: ",".join('"' + value.replace('"', '\\"') + '"' for value in values),
    "csv": ",".join,
    "raw": ",".join,
    "text": " + ".join,
    "pipe": "|".join,
    "regex": regex_of,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What is chosen of one variable; a `literal` is put in as it is, whatever the format."""

    values: tuple[str, ...]
    literal: str | None = None

    def text(self, wanted: str | None, *, multi: bool) -> str:
        """Return the value as a query has it; without a format as the Prometheus data source would.

        Raises
        ------
        Amiss
            If the format is not known here.
        """
        if self.literal is not None and wanted in (None, "regex", "raw", "text"):
            return self.literal
        if wanted is None:
            return regex_of(self.values) if multi else ",".join(self.values)
        if wanted not in FORMATS:
            raise Amiss(f"the format {wanted!r} of a variable is not known to this check")
        return FORMATS[wanted](self.values)


def panels_of(dashboard: Json) -> Iterator[Json]:
    """Yield every panel that asks something, those inside of rows too."""
    for panel in dashboard.get("panels", []):
        if panel.get("type") == "row":
            yield from panels_of(panel)
        elif any(not target.get("hide") for target in panel.get("targets", [])):
            yield panel


def queries_of(panel: Json, chosen: Mapping[str, Value], *, start: int, end: int) -> list[Json]:
    """Return the body's `queries` for a panel's targets: its own, with variables put in.

    Raises
    ------
    Amiss
        If a variable is not known, or has a format that is not.
    """
    queries: list[Json] = []
    for target in panel["targets"]:
        if target.get("hide"):
            continue
        source: Json = target.get("datasource") or panel.get("datasource") or {}
        query: Json = fill(target, chosen, start=start, end=end, regex=source.get("type") == "prometheus")
        query["datasource"] = fill(source, chosen, start=start, end=end)
        if query["datasource"].get("uid") in (None, MIXED):
            raise Amiss(f"target {target.get('refId')} names no data source")
        queries.append({"refId": "A", "intervalMs": 15_000, "maxDataPoints": 500, **query})
    return queries


def fill(value: Any, chosen: Mapping[str, Value], *, start: int, end: int, regex: bool = False) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with each variable in its texts replaced; what Grafana's data sources expand themselves is left.

    Raises
    ------
    Amiss
        If a variable is not known, or has a format that is not.
    """
    if isinstance(value, dict):
        items: Json = value  # pyright: ignore[reportUnknownVariableType] - JSON has texts as keys
        return {name: fill(each, chosen, start=start, end=end, regex=regex) for name, each in items.items()}
    if isinstance(value, list):
        each_of: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - the same
        return [fill(each, chosen, start=start, end=end, regex=regex) for each in each_of]
    if not isinstance(value, str):
        return value

    def replaced(found: re.Match[str]) -> str:
        name = found["braced"] or found["square"] or found["plain"]
        moments = {"__from": start, "__to": end}
        if name in moments:
            return str(moments[name])
        if name.startswith("__") or (name not in chosen and found["plain"]):
            return found[0]  # $__interval and its kin; $1 of a regular expression
        if name not in chosen:
            raise Amiss(f"the variable {name!r} is not one of the dashboard's")
        return chosen[name].text(found["format"] or found["old"], multi=regex)

    return REFERENCE.sub(replaced, value)
