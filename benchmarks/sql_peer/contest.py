"""Give both sides a database of their own and run both tables in it."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import make_conninfo

from alert_quality.peers import PeersMissing
from driftgauge.store.migrations import migrate
from report import Report
from sql_peer import scraping, windows
from sql_peer.peer import Peer, find_peer


def run(dsn: str, report: Report, *, rows: int) -> None:
    """Print both tables; without query-exporter's lines where it cannot be installed."""
    peer: Peer | None = None
    try:
        peer = find_peer(report.say)
        report.say(f"query_exporter: beside query-exporter {peer.version} on Python {peer.runs_on}")
    except PeersMissing as missing:
        report.say(f"query_exporter: the peer is skipped, it cannot be installed here: {missing}")
    with psycopg.connect(dsn, autocommit=True) as connection:
        [[directory]] = connection.execute("SHOW data_directory").fetchall()
        connection.execute("CREATE DATABASE query_exporter")
        try:
            own = make_conninfo(dsn, dbname="query_exporter")
            migrate(own)
            scraping.run(own, directory, report, peer)
            windows.run(own, directory, report, peer, rows=rows)
        finally:
            connection.execute("DROP DATABASE query_exporter (FORCE)")
