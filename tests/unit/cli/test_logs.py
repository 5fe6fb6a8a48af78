from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from driftgauge.cli.logs import LogFormat, LogLevel, configure_logging

CANARY = "canary-3f9"
DSN = f"postgresql://ann:{CANARY}@db/app"


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def written(log_format: LogFormat, log: Callable[[structlog.stdlib.BoundLogger], object]) -> str:
    stream = io.StringIO()
    configure_logging(log_format, LogLevel.INFO, stream)
    log(structlog.stdlib.get_logger("driftgauge.jobs"))
    return stream.getvalue()


def event(log: Callable[[structlog.stdlib.BoundLogger], object]) -> dict[str, Any]:
    return json.loads(written(LogFormat.JSON, log))


def test_a_json_line_has_level_logger_and_utc_time() -> None:
    line = event(lambda log: log.info("job done", job="drift", rows=3, share=0.5, ok=True, none=None))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("timestamp"))
    assert line == {
        "event": "job done",
        "level": "info",
        "logger": "driftgauge.jobs",
        "job": "drift",
        "rows": 3,
        "share": 0.5,
        "ok": True,
        "none": None,
    }


def test_a_console_line_is_plain() -> None:
    text = written(LogFormat.CONSOLE, lambda log: log.warning("job failed", job="drift"))
    assert re.fullmatch(r"\d{4}-\S+Z \[warning  \] job failed +\[driftgauge\.jobs\] job=drift\n", text)


def test_lines_below_the_level_are_left_out() -> None:
    assert written(LogFormat.JSON, lambda log: log.debug("noise")) == ""


def test_what_psycopg_ignores_beside_an_error_is_left_out() -> None:
    def log(_: object) -> None:
        logging.getLogger("psycopg").warning("error ignored terminating %r: %s", "a pipeline", "pipeline aborted")
        logging.getLogger("psycopg").error("something that nobody raises")

    lines = written(LogFormat.JSON, log).splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["something that nobody raises"]


def test_libraries_write_the_same_lines() -> None:
    line = event(lambda _: logging.getLogger("apscheduler").warning("missed %s", DSN))
    assert (line["event"], line["logger"], line["level"]) == (
        "missed postgresql://ann:***@db/app",
        "apscheduler",
        "warning",
    )


@pytest.mark.parametrize("log_format", list(LogFormat))
@pytest.mark.parametrize(
    ("message", "values"),
    [
        (f"connecting to {DSN}", {}),
        ("connecting", {"dsn": CANARY, "conninfo": CANARY}),
        ("connecting", {"options": {"password": CANARY, "more": [DSN, (f"password = {CANARY}",)]}}),
        ("connecting", {"error": ValueError(DSN)}),
        ("connecting", {"options": str({"password": CANARY})}),
        ("connecting", {"options": json.dumps({"dsn": CANARY})}),
        ("connecting", {"exc_info": ValueError(f"cannot use {DSN}")}),
    ],
)
def test_passwords_are_never_written(log_format: LogFormat, message: str, values: dict[str, Any]) -> None:
    text = written(log_format, lambda log: log.info(message, **values))
    assert "***" in text
    assert CANARY not in text


def test_arguments_are_put_into_the_message_without_passwords() -> None:
    assert event(lambda log: log.info("connecting to %s", DSN))["event"] == "connecting to postgresql://ann:***@db/app"


def test_an_exception_is_written_with_its_traceback() -> None:
    line = event(lambda log: log.error("job failed", exc_info=ValueError("why")))
    assert line["exception"].endswith("ValueError: why")
