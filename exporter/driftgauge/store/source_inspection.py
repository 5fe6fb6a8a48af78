"""Look at a source as its job will read it: reachable, its columns as named, an index on its time."""

from __future__ import annotations

from typing import Final

from driftgauge.errors import BadSource
from driftgauge.store.database import Database
from driftgauge.store.inspection import Finding, FindingState
from driftgauge.store.source_rows import open_source
from driftgauge.store.source_table import SourceTable

SHOWN_FEATURES: Final = 8


def inspect_source(database: Database, table: SourceTable) -> list[Finding]:
    """Return what is found of a source; it is described, and not read."""
    check = f"source {table.name}"
    try:
        with open_source(database, table) as rows:
            rows.require_rights()
            names, indexed = list(rows.kinds), rows.is_indexed()
    except BadSource as error:
        detail, _, mend = str(error).removeprefix(f"{check}: ").partition("; ")
        return [Finding(check=check, state=FindingState.FAILED, detail=detail, mend=mend)]
    shown = ", ".join(names[:SHOWN_FEATURES]) + (", …" if len(names) > SHOWN_FEATURES else "")
    detail = f"{table.place}, features: {shown}" if names else f"{table.place}, no features"
    found = [Finding(check=check, state=FindingState.OK, detail=detail)]
    if indexed is False:
        found.append(
            Finding(
                check=check,
                state=FindingState.WARNING,
                detail=f"no index begins with column {table.time!r}: each reading reads the whole of {table.place}",
                mend=f"run as its owner: CREATE INDEX ON {table.place} ({table.quoted_time})",
            )
        )
    return found
