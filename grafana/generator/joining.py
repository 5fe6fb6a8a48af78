"""How the answers to a table's queries become one table, by Grafana's transformations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

TIME: Final = "Time"


def one_table(shown: Sequence[str], *, joined: bool) -> list[DataTransformerConfig]:
    """Keep the columns that are shown, in their order; answers to several queries are `joined` by their labels.

    Columns that are not wanted go first: the names of metrics differ, and rows that differ would not be joined. The
    time of the answers, the same for all, goes last. Grafana joins nothing at all unless every answer has a column in
    common with the others, and an answer without rows has no labels, but a time.
    """
    kept = [TIME, *shown] if joined else list(shown)
    return [
        DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": kept}}),
        *([DataTransformerConfig(id_val="merge", options={})] if joined else []),
        DataTransformerConfig(
            id_val="organize",
            options={
                "indexByName": {name: place for place, name in enumerate(shown)},
                "excludeByName": {TIME: True} if joined else {},
                "includeByName": {},
                "renameByName": {},
            },
        ),
    ]
