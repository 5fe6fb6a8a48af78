"""Weigh what is kept of a model: profiles, traffic and results, with their indexes."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg import sql

DAYS_KEPT: Final = {"profile of an hour": 2, "profile of a day": 400, "traffic of a minute": 400, "results": 90}
A_DAY: Final = {"profile of an hour": 24, "profile of a day": 1, "traffic of a minute": 1_440, "results": 24}
PROFILES: Final = """
SELECT avg(pg_column_size(kept.*)) FROM driftgauge.profile_rollups AS kept
WHERE model_name = %(model)s AND segment = '' AND bucket_width = %(width)s::interval
"""
TRAFFIC: Final = """
SELECT pg_total_relation_size('driftgauge.traffic_rollups')::float8 / count(*) FROM driftgauge.traffic_rollups
"""
WINDOWS: Final = 200
"""As many windows are weighed: of one, most would be pages that are not full."""

REPEATED: Final = """
INSERT INTO driftgauge.{table} OVERRIDING SYSTEM VALUE
SELECT (
    jsonb_populate_record(
        found,
        jsonb_build_object('id', -(found.id * 1000 + hour), 'window_end', found.window_end + hour * interval '1 h')
    )
).*
FROM driftgauge.{table} AS found, generate_series(1, %(windows)s - 1) AS hour
WHERE model_name = %(model)s
"""
RESULTS: Final = """
SELECT (
    pg_total_relation_size('driftgauge.data_drift_results') + pg_total_relation_size('driftgauge.dataset_drift_results')
)::float8 / %(windows)s
"""
RESULT_TABLES: Final = ("data_drift_results", "dataset_drift_results")


def weigh(connection: psycopg.Connection, model: str) -> list[dict[str, Any]]:
    """Return the size of each thing kept of a model, and of all that is kept of it at the defaults.

    The results of its one window are repeated, those of other models go, and tables are packed anew: what updates leave
    behind is not what stays.
    """
    for table in RESULT_TABLES:
        others = sql.SQL("DELETE FROM driftgauge.{} WHERE model_name <> %s").format(sql.Identifier(table))
        connection.execute(others, (model,))
        repeated = sql.SQL(REPEATED).format(table=sql.Identifier(table))
        connection.execute(repeated, {"model": model, "windows": WINDOWS})
    for table in ("traffic_rollups", *RESULT_TABLES):
        connection.execute(sql.SQL("VACUUM (FULL) driftgauge.{}").format(sql.Identifier(table)))
    sizes = {
        "profile of an hour": _one(connection, PROFILES, {"model": model, "width": "1 hour"}),
        "profile of a day": _one(connection, PROFILES, {"model": model, "width": "1 day"}),
        "traffic of a minute": _one(connection, TRAFFIC, {}),
        "results": _one(connection, RESULTS, {"windows": WINDOWS}),
    }
    return [
        {
            "what": name,
            "kB": size / 1e3,
            "a day": A_DAY[name],
            "days kept": DAYS_KEPT[name],
            "MB a model": size * A_DAY[name] * DAYS_KEPT[name] / 1e6,
        }
        for name, size in sizes.items()
    ]


def _one(connection: psycopg.Connection, statement: str, params: dict[str, Any]) -> float:
    [(value,)] = connection.execute(statement.encode(), params).fetchall()
    return float(value)
