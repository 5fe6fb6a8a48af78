"""What the writer says where there is no server: why, what to do, and never a password."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from driftgauge.client.rows import Row
from driftgauge.client.writing import Unavailable, Writer
from driftgauge.errors import BadInput
from driftgauge.store.session import CONNECT_TIMEOUT

PASSWORD = "hunter2"  # noqa: S105 - nobody's
ROWS: list[Row] = [("model_metrics", (), 1)]


def writer(conninfo: Callable[[], str]) -> Writer:
    return Writer(conninfo, schema="driftgauge", timeout=timedelta(seconds=5))


def reason(conninfo: Callable[[], str]) -> str:
    """Return why nothing can be written."""
    with closing(writer(conninfo)) as away, pytest.raises(Unavailable) as caught:
        away.write(ROWS)
    assert not caught.value.slow
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_an_absent_server_is_named_with_what_to_do(port: int) -> None:
    found = reason(lambda: f"postgresql://me:{PASSWORD}@127.0.0.1:{port}/ml")
    assert f"cannot reach the database at 127.0.0.1:{port}, database ml: " in found
    assert "start Postgres" in found


@pytest.mark.parametrize("dsn", [f"postgresql://me:{PASSWORD}@x:notaport/ml", f"nonsense {PASSWORD}"])
def test_a_dsn_that_cannot_be_read_is_not_quoted(dsn: str) -> None:
    assert "not a libpq URI or key=value string" in reason(lambda: dsn)


def test_a_function_that_breaks_is_named_by_its_error_only() -> None:
    def broken() -> str:
        raise LookupError(f"no secret {PASSWORD}")

    assert reason(broken) == "the function that returns the DSN failed: LookupError"


def test_our_own_words_are_passed_on() -> None:
    def unreadable() -> str:
        raise BadInput("DRIFTGAUGE_DSN_FILE: cannot read /run/dsn")

    assert reason(unreadable) == "DRIFTGAUGE_DSN_FILE: cannot read /run/dsn"


def test_the_dsn_is_asked_for_at_each_connect(port: int) -> None:
    asked: list[int] = []

    def dsn() -> str:
        asked.append(1)
        return f"postgresql://127.0.0.1:{port}/ml"

    away = writer(dsn)
    for tries in range(1, 4):
        with pytest.raises(Unavailable):
            away.write(ROWS)
        assert len(asked) == tries
    away.close()


def test_a_silent_server_is_waited_for_no_longer_than_there_is_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        closing(writer(lambda: f"host=127.0.0.1 port={port}")) as away,
    ):
        port = silent.getsockname()[1]
        began = time.monotonic()
        away.deadline = began + 0.5
        with pytest.raises(Unavailable, match="timeout"):
            away.write(ROWS)
        assert time.monotonic() - began < CONNECT_TIMEOUT - 1, "at least the two seconds that psycopg takes"


def test_closing_what_was_never_open_is_nothing() -> None:
    asked: list[str] = []
    away = writer(lambda: asked.append("for a DSN") or "")
    away.close()
    away.close()
    assert asked == [], "it connects to nothing"
