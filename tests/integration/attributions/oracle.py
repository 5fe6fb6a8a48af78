"""A full recount of attributions in plain Python, to hold the roll-ups against.

Rows come from `SELECT *`, bins from the JSON of `attribution_references.layout`.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from integration.attributions.explaining import LOGS
from integration.rollup.oracle import compare_profiles, floor, is_sane, key_of, select
from integration.rollup.profile_oracle import Feature, Profile, Record, count_feature, unpack_profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from integration.rollup.oracle import Place

DAY = timedelta(days=1)
LONGEST_NAME = 200


def recount(connection: psycopg.Connection[Any], *, bucket: timedelta, predictions: int) -> list[str]:
    """Return every difference between the roll-ups and a recount of the rows as they are now."""
    faults: list[str] = []
    for kind, (table, column) in LOGS.items():
        rows = [row | {"value": row[column]} for row in select(connection, f"SELECT * FROM {table}")]  # noqa: S608
        sane = [row for row in rows if is_sane(row, row["created_at"])]
        marks = select(
            connection,
            "SELECT rows_processed, rows_quarantined, compacted_before FROM watermarks WHERE job = %s",
            table,
        )
        if not marks:
            faults.append(f"{table}: no watermark")
            continue
        [mark] = marks
        for what, found, wanted in (
            ("processed", mark["rows_processed"], len(rows)),
            ("quarantined", mark["rows_quarantined"], len(rows) - len(sane)),
        ):
            if found != wanted:
                faults.append(f"{table}: {found} rows {what}, not {wanted}")
        references = select(
            connection, "SELECT * FROM attribution_references WHERE active AND explanation_type = %s", kind
        )
        faults += _missing_references(table, sane, references, predictions)
        for reference in references:
            of_model = [row for row in sane if row["model_name"] == reference["model_name"]]
            faults += _compare_rollups(connection, reference, of_model, bucket, mark["compacted_before"])
            faults += _compare_strangers(connection, reference, of_model)
            if reference["source"] == "automatic":
                looked_at = [row for row in of_model if row["ingest_seq"] <= reference["last_seq"]]
                faults += _compare_reference(connection, reference, first_rows(looked_at, predictions), bucket)
    return faults


def first_rows(rows: Iterable[Record], predictions: int) -> list[Record]:
    """Return the rows of the predictions that came first, none if there are not more of them than wanted.

    Those without any attribution that can be counted are passed over.
    """
    ordered = sorted(rows, key=lambda one: one["ingest_seq"])
    counted = list(dict.fromkeys(row["prediction_id"] for row in ordered if abs(row["value"]) <= 1e150))
    if len(counted) <= predictions:
        return []
    first = set(counted[:predictions])
    return [row for row in ordered if row["prediction_id"] in first]


def _missing_references(table: str, sane: list[Record], references: list[Record], predictions: int) -> list[str]:
    known = {reference["model_name"] for reference in references}
    models = {row["model_name"] for row in sane} - known
    return [
        f"{table}: {model} has no reference, although {predictions} predictions came"
        for model in models
        if any(
            named(row) and abs(row["value"]) <= 1e150
            for row in first_rows((row for row in sane if row["model_name"] == model), predictions)
        )
    ]


def named(row: Record) -> bool:
    return 0 < len(row["feature_name"]) <= LONGEST_NAME


def count_rows(layout: Record, rows: Iterable[Record]) -> Profile:
    """Count rows on the bins; what a profile counts of a feature says nothing of other features' rows."""
    features: dict[str, Feature] = {}
    counted = 0
    by_feature: dict[str, list[object]] = defaultdict(list)
    for row in rows:
        by_feature[row["feature_name"]].append(row["value"])
    for name, bins in layout.items():
        features[name] = count_feature(bins, by_feature[name])
        counted += len(by_feature[name])
    return Profile(rows=counted, features=features)


def _compare_rollups(
    connection: psycopg.Connection[Any], reference: Record, rows: list[Record], bucket: timedelta, compacted: datetime
) -> list[str]:
    parts: dict[Place, list[Record]] = defaultdict(list)
    for row in rows:
        if row["feature_name"] in reference["layout"]:
            width = DAY if row["timestamp"] < compacted else bucket
            parts[*key_of(row), floor(row["timestamp"], width), width].append(row)
    expected = {place: count_rows(reference["layout"], part) for place, part in parts.items()}
    stored: dict[Place, Profile] = {
        (*key_of(row), row["bucket_start"], row["bucket_width"]): unpack_profile(reference["layout"], row["profile"])
        for row in select(
            connection, "SELECT * FROM attribution_rollups WHERE reference_id = %s", reference["reference_id"]
        )
    }
    return compare_profiles(expected, stored)


def _compare_reference(
    connection: psycopg.Connection[Any], reference: Record, rows: list[Record], bucket: timedelta
) -> list[str]:
    parts: dict[Place, list[Record]] = defaultdict(list)
    for row in rows:
        if named(row):
            parts[(floor(row["timestamp"], bucket),)].append(row)
    expected = {place: count_rows(reference["layout"], part) for place, part in parts.items()}
    stored: dict[Place, Profile] = {
        (row["bucket_start"],): unpack_profile(reference["layout"], row["profile"])
        for row in select(
            connection, "SELECT * FROM attribution_buckets WHERE reference_id = %s", reference["reference_id"]
        )
    }
    return [f"reference: {fault}" for fault in compare_profiles(expected, stored)]


def _compare_strangers(connection: psycopg.Connection[Any], reference: Record, rows: list[Record]) -> list[str]:
    expected: dict[Place, int] = defaultdict(int)
    for row in rows:
        if named(row) and row["feature_name"] not in reference["layout"]:
            expected[*key_of(row), floor(row["timestamp"], DAY), row["feature_name"]] += 1
    stored = {
        (*key_of(row), row["day"], row["feature_name"]): row["rows"]
        for row in select(
            connection, "SELECT * FROM attribution_strangers WHERE reference_id = %s", reference["reference_id"]
        )
    }
    return [] if stored == expected else [f"strangers: {stored}, not {dict(expected)}"]
