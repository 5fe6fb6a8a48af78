"""Logs on standard error: one line an event, plain or JSON, in UTC, without passwords; the libraries' too."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from enum import StrEnum
from typing import Any, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from driftgauge.cli.redaction import HIDDEN, without_passwords

_SECRET_KEYS = frozenset({"dsn", "conninfo", "password", "token"})


class LogFormat(StrEnum):
    """How a log line is written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on events are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure_logging(log_format: LogFormat, level: LogLevel, stream: TextIO) -> None:
    """Send structlog's and the standard library's events to `stream`, replacing earlier set-ups."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.StackInfoRenderer(),
                structlog.processors.format_exc_info,
                _hide_passwords,
                _renderer(log_format),
            ],
        ),
    )
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # what it ignores on the way of an error that is told
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # who asked for the connection tells the fault, once
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # a client that hangs up in mid-scrape is no news
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _renderer(log_format: LogFormat) -> Processor:
    if log_format is LogFormat.JSON:
        return structlog.processors.JSONRenderer()
    plain = structlog.dev.plain_traceback  # the rich one shows the values of variables
    return structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)


def _hide_passwords(_logger: WrappedLogger, _method: str, event: EventDict) -> MutableMapping[str, Any]:
    """Rewrite every value of an event, however deep, without passwords."""
    return {key: HIDDEN if key in _SECRET_KEYS else _harmless(value) for key, value in event.items()}


def _harmless(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[object, object]", value)
        return dict(_hide_passwords(None, "", {str(key): inner for key, inner in mapping.items()}))
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless(inner) for inner in cast("Iterable[object]", value)]
    return without_passwords(str(value))
