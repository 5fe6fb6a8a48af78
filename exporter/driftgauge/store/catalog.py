"""The named queries of sql/queries/: each file's header is parsed and held against its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from driftgauge.errors import SqlFileError
from driftgauge.resources import bundled

HEADER_LINE = re.compile(r"^-- (?P<key>[a-z]+):\s*(?P<value>.*)$")
PLACEHOLDER = re.compile(r"(?<!%)%\((?P<name>[a-z_]+)\)s")
KEYS = frozenset({"purpose", "params", "returns"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query: `sql` takes `params` by name and returns rows with `columns`, none for a command."""

    name: str
    purpose: str
    params: tuple[str, ...]
    columns: tuple[str, ...]
    sql: bytes


def parse_query(name: str, text: str) -> Query:
    """Parse one file; `name` is its path under sql/queries/ without the ending.

    Raises
    ------
    SqlFileError
        If a header key is unknown, repeated or missing, or the placeholders differ from the declared params.
    """
    header: dict[str, str] = {}
    for line in text.splitlines():
        match = HEADER_LINE.match(line)
        if match is None:
            break
        key = match["key"]
        if key not in KEYS or key in header:
            fault = "is given twice" if key in header else f"is unknown; the keys are {', '.join(sorted(KEYS))}"
            raise SqlFileError(f"sql/queries/{name}.sql: header key {key!r} {fault}")
        header[key] = match["value"].strip()
    if "purpose" not in header:
        raise SqlFileError(f"sql/queries/{name}.sql: the header needs a line '-- purpose: …'")
    params = _names(header.get("params", ""))
    placeholders = {match["name"] for match in PLACEHOLDER.finditer(text)}
    if placeholders != set(params):
        declared, used = ", ".join(sorted(params)) or "none", ", ".join(sorted(placeholders)) or "none"
        raise SqlFileError(f"sql/queries/{name}.sql: the header declares params {declared}, the text uses {used}")
    return Query(
        name=name,
        purpose=header["purpose"],
        params=params,
        columns=_names(header.get("returns", "")),
        sql=text.encode(),
    )


def queries() -> dict[str, Query]:
    """Return every query by name, such as `rollup/read_slice`."""
    root = _root()
    names = [path.relative_to(root).with_suffix("").as_posix() for path in sorted(root.rglob("*.sql"))]
    return {name: query(name) for name in names}


@cache
def query(name: str) -> Query:
    """Return one query by name; only its own file is read."""
    path = _root() / f"{name}.sql"
    if not path.is_file():
        raise KeyError(name)
    return parse_query(name, path.read_text())


def _root() -> Path:
    return bundled("sql") / "queries"


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())
