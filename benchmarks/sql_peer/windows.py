"""A cycle as the window grows: recomputing a window by SQL, beside rolling up what is new and reading the totals."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any, Final, LiteralString

import psycopg

from cost import Cost
from driftgauge import __version__
from exporting import LINE, Exporter
from report import Report
from sql_peer.peer import Peer, config_of, running_peer
from sql_peer.sides import ROUNDS, Ours, middle, running_ours, spent, spread

WINDOWS: Final = {"1 h": "1 hour", "24 h": "24 hours", "30 d": "30 days"}
MODELS: Final = 10
FEW: Final = 6
"""Of a million rows in 30 days, those that come in 15 s, which is `rollup.every` by default."""
MANY: Final = 1_000
COLUMNS: Final[LiteralString] = """
INSERT INTO driftgauge.prediction_logs (model_name, version, latency_ms, confidence, status, features, "timestamp")
SELECT
    'model-' || place %% %(models)s, '1', 5 + random() * 50, random(),
    CASE WHEN random() < 0.01 THEN 'error' ELSE 'success' END,
    jsonb_build_object('age', random() * 60, 'amount', random() * 1000, 'channel', 'level ' || place %% 5),
"""
MONTH: Final[LiteralString] = (
    COLUMNS
    + """
    date_trunc('minute', now()) + random() * interval '1 minute' - interval '10 minutes'
    - make_interval(hours => 719 - (place::bigint * 720 / %(rows)s)::int)
FROM generate_series(0, %(rows)s::int - 1) AS place
"""
)
"""A minute of each hour: to roll up every minute of 30 days would take longer than all the rest, and is done once."""
NEW: Final[LiteralString] = COLUMNS + "now() FROM generate_series(1, %(rows)s::int) AS place"
METRICS: Final = ("ml_predictions", "ml_latency_mean_ms", "ml_errors")
QUERY: Final = """
SELECT
    model_name,
    count(*) AS ml_predictions,
    avg(latency_ms) AS ml_latency_mean_ms,
    count(*) FILTER (WHERE status <> 'success') AS ml_errors
FROM driftgauge.prediction_logs
WHERE "timestamp" > now() - interval '{window}'
GROUP BY model_name
"""


def run(dsn: str, directory: str, report: Report, peer: Peer | None, *, rows: int) -> None:
    """Fill a month, have ours roll it up once, then let each cycle in turns, print."""
    report.say(f"query_exporter: writing {rows:,} predictions of 30 days …")
    with psycopg.connect(dsn, autocommit=True) as connection, ExitStack() as stack:
        connection.execute("SELECT driftgauge.create_partitions(now() - interval '31 days', now())")
        ours = stack.enter_context(running_ours(dsn))
        connection.execute(MONTH, {"rows": rows, "models": MODELS})
        connection.execute("VACUUM (ANALYZE) driftgauge.prediction_logs")
        report.say("query_exporter: rolling them up, once …")
        first = spent(ours, directory, ours.publish)
        connection.execute("VACUUM (ANALYZE) driftgauge.prediction_logs")
        connection.execute("CHECKPOINT")
        peers = {name: stack.enter_context(running_peer(peer, _config(dsn, name))) for name in WINDOWS} if peer else {}
        report.say(f"query_exporter: {ROUNDS} rounds …")
        cycles, added = _rounds(connection, ours, peers, directory)
        _check(ours, rows + added)
    base = middle(cycles[MANY])
    beside = f", query-exporter {peer.version}" if peer else ""
    report.table(
        "query_exporter_windows",
        f"A cycle, {rows:,} rows of {MODELS} models; medians of {ROUNDS} in turns: driftgauge {__version__}{beside}",
        [
            _line(f"driftgauge, {MANY:,} new rows", cycles[MANY], base),
            _line(f"driftgauge, {FEW} new rows", cycles[FEW], base),
            *(_line(f"query-exporter, {name}", cycles[name], base) for name in peers),
            _line("driftgauge, all rows, once", [first], None),
        ],
    )


def _config(dsn: str, name: str) -> dict[str, Any]:
    """Return the configuration of a query that runs at each scrape, as by default."""
    return config_of(
        dsn, {metric: ["model_name"] for metric in METRICS}, {"sql": QUERY.replace("{window}", WINDOWS[name])}
    )


def _rounds(
    connection: psycopg.Connection, ours: Ours, peers: dict[str, Exporter], directory: str
) -> tuple[dict[str | int, list[Cost]], int]:
    """Return what a cycle and its scrape cost, and how many rows were added meanwhile."""
    cycles: dict[str | int, list[Cost]] = {name: [] for name in (MANY, FEW, *peers)}
    added = 0

    def cycle() -> None:
        ours.publish()
        ours.fetch()

    def insert(rows: int) -> None:
        connection.execute(NEW, {"rows": rows, "models": MODELS})

    for rows in (MANY, FEW):  # so that neither side's first is measured
        insert(rows)
        added += rows
        cycle()
    for exporter in peers.values():
        exporter.fetch()
    for _ in range(ROUNDS):
        for rows in (MANY, FEW):
            insert(rows)
            added += rows
            cycles[rows].append(spent(ours, directory, cycle))
        for name, exporter in peers.items():
            cycles[name].append(spent(exporter, directory, partial(_answered, exporter)))
    return cycles, added


def _answered(exporter: Exporter) -> None:
    body = exporter.fetch()
    if body.count(b"ml_predictions{") != MODELS:
        raise RuntimeError(f"query-exporter does not tell each of the {MODELS} models:\n{body.decode()}")


def _check(ours: Exporter, rows: int) -> None:
    counted = sum(
        float(value) for name, _, value in LINE.findall(ours.page().decode()) if name == "ml_predictions_total"
    )
    if counted != rows:
        raise RuntimeError(f"driftgauge counts {counted:,.0f} predictions of {rows:,}")


def _line(called: str, costs: list[Cost], base: Cost | None) -> dict[str, Any]:
    cost = middle(costs)
    return {
        "what": called,
        "exporter CPU s": cost.client,
        "Postgres CPU s": cost.backend,
        "CPU s": cost.cpu,
        "spread": spread(costs, 1),
        "× ours": cost.cpu / base.cpu if base else None,
        "wall s": cost.wall,
    }
