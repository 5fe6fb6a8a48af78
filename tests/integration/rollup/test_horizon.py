"""Only writers of the table hold the roll-up back, and the one that does is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.embedded import EmbeddedPostgres
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.database import Database
from driftgauge.store.migrations import migrate
from driftgauge.store.watermarks import read_progress
from integration.rollup.oracle import recount, select
from integration.rollup.rows import NEVER, log, roller
from integration.rollup.schedule import ROLLERS, SCHEMA, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(memory_directory: Path, tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    settings = {"fsync": "off", "max_prepared_transactions": "5"}
    with EmbeddedPostgres(memory_directory / tmp_path.name, settings=settings) as server:
        migrate(server.dsn, SCHEMA)
        yield server


def test_a_write_transaction_elsewhere_delays_nothing(stage: Stage) -> None:
    with stage.bystander.transaction():
        stage.bystander.execute("INSERT INTO model_health_checks (model_name) VALUES ('held open')")
        log(stage.admin, ["{}"] * 3)
        report = roller(stage, automatic_rows=NEVER).run()
    assert report.held_by is None
    assert report.rows == 3


def test_a_reader_of_the_table_delays_nothing(stage: Stage) -> None:
    with stage.bystander.transaction():
        stage.bystander.execute("SELECT count(*) FROM prediction_logs")
        log(stage.admin, ["{}"])
        assert roller(stage).run().rows == 1


def test_a_writer_holds_the_horizon_is_named_and_then_counted(stage: Stage) -> None:
    writer = stage.writers[0].connection
    rollup = roller(stage)
    with writer.transaction():
        log(writer, ["{}"] * 2)
        log(stage.admin, ["{}"] * 3)
        report = rollup.run()
        assert report.rows == 0
        assert report.held_by is not None
        assert report.held_by.pid == writer.info.backend_pid
        assert report.held_by.application_name == "writer"
        assert report.held_by.query_start is not None
        assert report.held_by.waited_seconds >= 0
    assert rollup.run().rows == 5
    assert not recount(stage.admin, rollup.options)


def test_a_writer_that_begins_after_the_reading_is_not_waited_for(stage: Stage) -> None:
    first, second = (writer.connection for writer in stage.writers[:2])
    rollup = roller(stage)
    with first.transaction():
        log(first, ["{}"])
        assert rollup.run().held_by is not None
        second.execute("BEGIN")
        log(second, ["{}"])
    assert rollup.run().rows == 1
    second.execute("COMMIT")
    assert rollup.run().rows == 1
    assert not recount(stage.admin, rollup.options)


def test_a_prepared_transaction_holds_the_horizon_without_a_pid(stage: Stage) -> None:
    if not stage.writers[0].most_prepared:
        pytest.skip("max_prepared_transactions is 0 on this server")
    writer = stage.writers[0].connection
    rollup = roller(stage)
    writer.execute("BEGIN")
    log(writer, ["{}"])
    writer.execute("PREPARE TRANSACTION 'orphan'")
    report = rollup.run()
    assert report.held_by is not None
    assert report.held_by.pid is None
    writer.execute("COMMIT PREPARED 'orphan'")
    assert rollup.run().rows == 1


def test_a_horizon_ends_with_its_server_which_renames_prepared_transactions(server: EmbeddedPostgres) -> None:
    database = Database(lambda: server.dsn, schema=SCHEMA)
    rollup = Rollup(database, RollupOptions(), lambda _: None)
    with psycopg.connect(server.dsn, autocommit=True, options=f"-c search_path={SCHEMA}") as writer:
        writer.execute("BEGIN")
        log(writer, ["{}"])
        writer.execute("PREPARE TRANSACTION 'orphan'")
        log(writer, ["{}"])
        assert rollup.run().held_by is not None
    server.restart()
    with psycopg.connect(server.dsn, autocommit=True, options=f"-c search_path={SCHEMA}") as writer:
        assert rollup.run().held_by is not None, "the orphan may still commit"
        writer.execute("COMMIT PREPARED 'orphan'")
        assert rollup.run().rows == 2
        assert not recount(writer, rollup.options)
    database.close()


def test_an_exporter_with_an_older_horizon_than_the_watermark_goes_on(stage: Stage) -> None:
    writer = stage.writers[0].connection
    late, early = (roller(stage, name) for name in ROLLERS)
    with writer.transaction():
        log(writer, ["{}"])
        assert late.run().held_by is not None
    log(stage.admin, ["{}"])
    assert early.run().rows == 2
    assert late.run().rows == 0
    log(stage.admin, ["{}"])
    assert late.run().rows == 1
    assert not recount(stage.admin, late.options)


def test_the_second_of_two_exporters_skips_while_the_first_works(stage: Stage) -> None:
    first, second = (roller(stage, name) for name in ROLLERS)
    log(stage.admin, ["{}"] * 2)
    skipped: list[bool] = []

    def at(statement: str) -> None:
        if statement == "rollup/read_slice":
            stage.boundaries.at = None
            skipped.append(second.run().skipped)

    with stage.boundaries.call(at):
        assert first.run().rows == 2
    assert skipped == [True]
    assert second.run().rows == 0
    assert not recount(stage.admin, first.options)


def test_lag_is_the_age_of_the_first_row_that_waits(stage: Stage) -> None:
    rollup = roller(stage)
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        assert read_progress(connection).lag_seconds == 0
    log(stage.admin, ["{}"])
    rollup.run()
    writer = stage.writers[0].connection
    with writer.transaction():
        log(writer, ["{}"])
        log(stage.admin, ["{}"])
        rollup.run()
        with stage.rollers[ROLLERS[0]].transaction() as connection:
            waiting = read_progress(connection)
        assert waiting.rows_processed == 1
        assert waiting.lag_seconds > 0
    rollup.run()
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        assert read_progress(connection).lag_seconds == 0
    [mark] = select(stage.admin, "SELECT ingest_seq FROM watermarks")
    assert mark["ingest_seq"] == 3
