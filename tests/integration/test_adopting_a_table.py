"""A table is adopted by docs/connect.md's own statements, without a trigger: each row counts once, however late."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import make_conninfo

from fixtures.page import read_page

_, BLOCKS = read_page("docs/connect.md")
WINDOW: Final = "'2 hours'"
SCORED: Final = """
INSERT INTO shop.scored_orders (order_id, scored_at, country, amount, probability, took_ms)
VALUES (%s, now() - %s::interval, 'fr', 10, 0.2, 3)
"""


def source_of(info: str, containing: str = "") -> str:
    (block,) = [block for block in BLOCKS if block.info == info and containing in block.source]
    return block.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The page's table, its administrator, and the login that adopts it."""

    administrator: psycopg.Connection
    adopter: str
    exporter: str

    def adopt(self, window: str = WINDOW) -> int:
        """Run adopt.sql; return how many rows it brought."""
        with psycopg.connect(self.adopter) as connection:
            return connection.execute(source_of("sql adopt.sql").replace(WINDOW, window).encode()).rowcount

    def score(self, order: int, ago: str = "0s") -> None:
        self.administrator.execute(SCORED, (order, ago))

    def counted(self) -> float:
        """Run the exporter once; return how many predictions it counts."""
        command = [sys.executable, "-m", "driftgauge", "--dsn", self.exporter, "--log-level", "error", "run", "--once"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return sum(
            sample.value
            for family in text_string_to_metric_families(done.stdout)
            for sample in family.samples
            if sample.name == "ml_predictions_total" and sample.labels["model"] == "fraud"
        )


@pytest.fixture
def shop(database: str, exporter_dsn: str, make_login: Callable[[str], dict[str, str]]) -> Iterator[Shop]:
    """The page's table with its two rows, and a writer who may read it."""
    login = make_login("driftgauge_writer")
    grants = [line for line in source_of("sql", "GRANT SELECT").splitlines() if line.startswith("GRANT ")]
    with psycopg.connect(database, autocommit=True) as administrator:
        administrator.execute(source_of("sql", "CREATE TABLE shop").encode())
        administrator.execute("\n".join(grants).replace("adopter", login["user"]).encode())
        yield Shop(administrator=administrator, adopter=make_conninfo(database, **login), exporter=exporter_dsn)


def test_a_row_that_is_read_again_is_counted_once(shop: Shop) -> None:
    assert [shop.adopt() for _ in range(3)] == [2, 0, 0]
    assert shop.counted() == 2
    assert shop.adopt() == 0
    assert shop.counted() == 2


def test_a_row_that_comes_late_is_caught_by_the_overlap_and_counted_once(shop: Shop) -> None:
    assert shop.adopt() == 2
    assert shop.counted() == 2
    shop.score(10, "119 minutes")  # a load that was late
    assert [shop.adopt(), shop.adopt()] == [1, 0]
    assert shop.counted() == 3


def test_a_row_of_a_long_transaction_is_caught_when_it_is_visible(shop: Shop, database: str) -> None:
    with psycopg.connect(database) as slow:
        slow.execute(SCORED, (10, "0s"))
        shop.score(11)  # later, and there first
        assert shop.adopt() == 3
        slow.commit()
    assert [shop.adopt(), shop.adopt()] == [1, 0]
    assert shop.counted() == 4


def test_a_row_that_comes_after_the_window_waits_for_a_wider_one(shop: Shop) -> None:
    shop.score(10, "3 hours")
    assert [shop.adopt(), shop.adopt()] == [2, 0]
    assert [shop.adopt("'2 days'"), shop.adopt("'2 days'"), shop.adopt()] == [1, 0, 0]
    assert shop.counted() == 3


def test_the_writing_function_and_the_copy_agree(shop: Shop) -> None:
    shop.administrator.execute(source_of("sql", "CREATE FUNCTION").encode())
    assert [shop.adopt(), shop.adopt()] == [2, 0]  # the function has stored the third
    assert shop.counted() == 3


def test_rows_of_two_tables_with_one_key_do_not_meet(shop: Shop) -> None:
    assert shop.adopt() == 2
    other = source_of("sql adopt.sql").replace("'shop.scored_orders:'", "'shop.scored_refunds:'")
    with psycopg.connect(shop.adopter) as connection:
        assert connection.execute(other.encode()).rowcount == 2


def test_a_row_that_retention_dropped_comes_back_as_another(shop: Shop) -> None:
    """The page warns of it: the window must stay below the retention."""
    shop.score(10, "60 days")
    assert shop.adopt("'90 days'") == 3
    assert shop.counted() == 3
    shop.administrator.execute("SET search_path TO driftgauge; SELECT drop_partitions(now() - INTERVAL '30 days')")
    assert shop.adopt("'90 days'") == 1
    assert shop.counted() == 4
