"""A shop for each test, in a database of its own."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from driftgauge.model.window import floor_to
from driftgauge.store.database import Database
from integration.sources.shop import HOUR, SCHEMA, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

LONGEST_TEST = timedelta(seconds=20)


@pytest.fixture
def reader_dsn(cluster: Cluster, empty_database: str) -> Iterator[str]:
    """The shop's database, entered by a login that may do nothing but SELECT from its one table."""
    name = f"{conninfo_to_dict(empty_database)['dbname']}_reader"
    cluster.execute("CREATE ROLE {} LOGIN PASSWORD 'reader-secret'", name)
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute(SCHEMA.encode())
        for grant in ("GRANT USAGE ON SCHEMA shop TO {}", "GRANT SELECT ON shop.fraud_scores TO {}"):
            owner.execute(sql.SQL(grant).format(sql.Identifier(name)))
        yield make_conninfo(empty_database, user=name, password="reader-secret")  # noqa: S106 - a role of this test
        owner.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(sql.Identifier(name), sql.Identifier(name)))


@pytest.fixture
def shop(database: str, exporter_dsn: str, empty_database: str, reader_dsn: str) -> Iterator[Shop]:
    """The exporter reads as the reader, and writes as a member of driftgauge_exporter; no hour ends meanwhile."""
    ours = Database(lambda: exporter_dsn, schema="driftgauge", lock_timeout=timedelta(seconds=2))
    foreign = Database(lambda: reader_dsn, schema="pg_catalog", foreign=True)
    session = "-c TimeZone=UTC -c search_path=driftgauge"
    with (
        psycopg.connect(database, autocommit=True, options=session) as admin,
        psycopg.connect(empty_database, autocommit=True, options="-c TimeZone=UTC") as owner,
    ):
        shop = Shop(owner=owner, foreign=foreign, admin=admin, database=ours)
        left = floor_to(shop.now(), HOUR) + HOUR - shop.now()
        if left < LONGEST_TEST:
            time.sleep(left.total_seconds() + 0.1)
        yield shop
    ours.close()
    foreign.close()
