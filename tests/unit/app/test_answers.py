"""What a failure tells of the database, and what may be read while another job fails."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from driftgauge.app.ledger import JobRecord, answered
from driftgauge.errors import ConfigError, DriftgaugeError, ForeignRestore, MissingPrivilege, SchemaMismatch


def test_a_record_may_be_read_while_a_new_kind_of_error_is_counted() -> None:
    record = JobRecord(name="drift", interval=timedelta(seconds=1))
    for sqlstate_class in ("55", "57"):
        record.failed("why", sqlstate_class=sqlstate_class, duration=0.1)
    samples = iter(record.own_samples())
    read = [next(samples) for _ in range(7)]
    assert read[-1].family == "driftgauge_job_errors_total"
    record.failed("why", sqlstate_class="40", duration=0.1)
    assert len(list(samples)) == 1
    assert record.errors == {"55": 1, "57": 1, "40": 1}


@pytest.mark.parametrize(
    "error", [SchemaMismatch("old"), MissingPrivilege("x"), ForeignRestore("x"), psycopg.errors.LockNotAvailable()]
)
def test_a_database_that_refuses_is_up(error: Exception) -> None:
    assert answered(error)


@pytest.mark.parametrize("error", [ValueError("a mistake"), ConfigError(["no file"]), DriftgaugeError("x")])
def test_a_fault_of_ours_says_nothing_of_the_database(error: Exception) -> None:
    assert not answered(error)
