"""A scrape of 100,000 series that are rows of a table, of driftgauge and of query-exporter."""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from typing import Any, Final

import psycopg
from psycopg import sql

from cost import Cost
from driftgauge import __version__
from exporting import Exporter
from report import Report
from scrape import FAMILY, LABELS, SERIES
from sql_peer.peer import Peer, config_of, running_peer
from sql_peer.sides import ROUNDS, Ours, middle, running_ours, spent, spread

SCRAPES: Final = 100
"""Of ours in a row, as each takes less than a millisecond."""
OURS, HOURLY, EACH = "driftgauge", "query-exporter, a query an hour", "query-exporter, a query at each scrape"
MS: Final = 0.001
MB: Final = 1_000_000
FILL: Final = sql.SQL("""
CREATE TABLE driftgauge.scores AS
SELECT
    'model-' || n / 100 AS model, '1' AS version, 'production' AS environment,
    'feature-' || n / 4 % 25 AS feature, 'test-' || n % 4 AS test, n::float8 / {series} AS score
FROM generate_series(0, {series} - 1) AS n
""")
QUERY: Final = f"SELECT {', '.join(LABELS)}, score AS {FAMILY} FROM driftgauge.scores"  # noqa: S608 - our own names


def run(dsn: str, directory: str, report: Report, peer: Peer | None) -> None:
    """Fill the table, let each be scraped in turns, print."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(FILL.format(series=sql.Literal(SERIES)))
        connection.execute("VACUUM (ANALYZE) driftgauge.scores")
    report.say(f"query_exporter: {SERIES:,} series, {ROUNDS} rounds …")
    with ExitStack() as stack:
        ours = stack.enter_context(running_ours(dsn, FAMILY, QUERY))
        peers: dict[str, Exporter] = {}
        if peer is not None:
            for name, interval in ((HOURLY, {"interval": "1h"}), (EACH, {})):
                config = config_of(dsn, {FAMILY: list(LABELS)}, {"sql": QUERY, **interval})
                peers[name] = stack.enter_context(running_peer(peer, config))
        exporters: dict[str, Exporter] = {OURS: ours, **peers}
        sent = {name: _checked(exporter) for name, exporter in exporters.items()}
        scrapes, anew = _rounds(ours, peers, directory)
        peaks = {name: exporter.peak() for name, exporter in exporters.items()}
    beside = f", query-exporter {peer.version}" if peer else ""
    base = middle(scrapes[OURS])
    report.table(
        "query_exporter_scrape",
        f"A scrape of {SERIES:,} series, medians of {ROUNDS} in turns: driftgauge {__version__}{beside}",
        [
            _line(name, scrapes[name], base) | {"MB sent": sent[name], "peak MB": peaks[name]}
            for name in (OURS, HOURLY)
            if name in scrapes
        ],
    )
    readings = {OURS: anew, **({EACH: scrapes[EACH]} if peers else {})}
    report.table(
        "query_exporter_anew",
        f"The {SERIES:,} rows read anew, and a scrape of them",
        [_line(name, costs, middle(anew)) | {"peak MB": peaks[name]} for name, costs in readings.items()],
    )


def _checked(exporter: Exporter) -> float:
    """Return the megabytes of an answer that has every series."""
    body = exporter.fetch()
    plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    found = sum(line.startswith(f"{FAMILY}{{".encode()) for line in plain.splitlines())
    if found != SERIES:
        raise RuntimeError(f"{found:,} series of {SERIES:,} were served")
    return len(body) / MB


def _rounds(ours: Ours, peers: dict[str, Exporter], directory: str) -> tuple[dict[str, list[Cost]], list[Cost]]:
    """Return what a scrape of each costs, and what it costs us to read the rows anew and be scraped."""
    scrapes: dict[str, list[Cost]] = {name: [] for name in (OURS, *peers)}
    anew: list[Cost] = []

    def read_anew() -> None:
        ours.publish()
        ours.fetch()

    for _ in range(ROUNDS):
        scrapes[OURS].append(spent(ours, directory, ours.fetch, times=SCRAPES))
        anew.append(spent(ours, directory, read_anew))
        for name, exporter in peers.items():
            scrapes[name].append(spent(exporter, directory, exporter.fetch))
    return scrapes, anew


def _line(name: str, costs: list[Cost], ours: Cost) -> dict[str, Any]:
    cost = middle(costs)
    return {
        "tool": name,
        "CPU ms": cost.cpu / MS,
        "spread": spread(costs, MS),
        "× ours": None if name == OURS else cost.cpu / ours.cpu,
        "wall ms": cost.wall / MS,
    }
