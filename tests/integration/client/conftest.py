"""Loggers that the tests' services hold: each is closed in the end, and none may have failed inside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from driftgauge.client import PredictionLogger
from fixtures.proxy import Proxy

collect_ignore = ["preloaded.py"]  # a program of gunicorn's, which makes a logger when it is imported


class MakeLogger(Protocol):
    """Makes a logger of model `churn`; options are the logger's own."""

    def __call__(self, dsn: str | Callable[[], str] | None, **options: Any) -> PredictionLogger:  # noqa: ANN401 - the logger's
        """Return it; it is closed when the test ends."""
        ...


@pytest.fixture
def make_logger() -> Iterator[MakeLogger]:
    """A function that makes loggers, which are closed when the test ends."""
    made: list[PredictionLogger] = []

    def make(dsn: str | Callable[[], str] | None, **options: Any) -> PredictionLogger:  # noqa: ANN401 - the logger's
        given: dict[str, Any] = {"model": "churn", "version": "3", "environment": "test", "on_sigterm": False}
        logger = PredictionLogger(dsn, **(given | options))
        made.append(logger)
        return logger

    yield make
    for logger in made:
        logger.close(0)


@pytest.fixture
def proxy(writer_dsn: str) -> Iterator[Proxy]:
    """A proxy before the test's database; its DSN is the writer's."""
    with Proxy(writer_dsn) as proxy:
        yield proxy


@pytest.fixture(autouse=True)
def _nothing_failed_inside(caplog: pytest.LogCaptureFixture) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - by itself
    """Fail the test if the background met an error that nobody foresaw: it would only have logged it."""
    with caplog.at_level(logging.INFO, "driftgauge.client"):
        yield
    failures = [record for record in caplog.get_records("call") if record.exc_info]
    assert not failures, [record.exc_text or record.getMessage() for record in failures]
