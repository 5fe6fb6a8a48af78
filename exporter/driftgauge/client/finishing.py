"""Make rows what Postgres takes: the part of encoding that can wait until nobody waits for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import orjson

from driftgauge.client.encoding import encode, json_of_answer
from driftgauge.client.rows import PREDICTIONS, Row

NUL: Final = "\x00"
BACKSLASH, ESCAPED_NUL = b"\\", b"\\u0000"
NOT_A_TIME: Final = b'"1677-09-21T00:12:43.145224"'
"""What orjson makes of numpy's NaT in nanoseconds; no other time of numpy's is written so."""
REPLACEMENT: Final = "\ufffd"
HASH_DIGITS: Final = 32
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def finished(row: Row) -> tuple[object, ...]:
    r"""Return a row's values as they are written: JSON as text, without what Postgres cannot hold.

    Doing so again changes nothing more.

    Examples
    --------
    >>> finished(("model_metrics", ("a\x00b", b'{"x":1}', 2.5), 1))
    ('a�b', '{"x":1}', 2.5)
    """
    table, values, _ = row
    if table == PREDICTIONS.name and isinstance(values[FEATURES], bytes):
        return _prediction(*cast("tuple[Any, ...]", values))
    return tuple([_FINISH[type(value)](value) if type(value) in _FINISH else value for value in values])


FEATURES: Final = PREDICTIONS.columns.index("features")


def _prediction(  # noqa: PLR0913, PLR0917 - the columns of prediction_logs, in their order
    key: int,
    model: str,  # these three are storable since the logger was made
    version: str,
    environment: str,
    timestamp: object,
    features: bytes,
    answer: bytes | None,
    label: str | None,
    value: float | None,
    score: object,
    confidence: object,
    latency_ms: object,
    status: str,
    user_id: str | None,
    segment: str | None,
    _: object,
) -> tuple[object, ...]:
    answer = json_of_answer(label, value) if answer is None else answer
    return (
        f"{key:032x}",
        model,
        version,
        environment,
        instant(timestamp) if type(timestamp) is int else timestamp,
        _json(features),
        None if answer is None else _json(answer),
        None if label is None else storable(label),
        value,
        score,
        confidence,
        latency_ms,
        storable(status),
        None if user_id is None else storable(user_id),
        None if segment is None else storable(segment),
        hashlib.sha256(features).hexdigest()[:HASH_DIGITS],
    )


def instant(nanoseconds: int) -> datetime:
    """Return the time that lies so many nanoseconds after the start of 1970, to the microsecond.

    Examples
    --------
    >>> instant(1_772_366_400_123_456_789).isoformat()
    '2026-03-01T12:00:00.123456+00:00'
    """
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def storable(value: str) -> str:
    """Return text without what Postgres cannot hold."""
    if not value.isascii():  # a lone surrogate has no UTF-8
        value = value.encode("utf-8", "replace").decode()
    return value.replace(NUL, REPLACEMENT) if NUL in value else value


def _json(value: bytes) -> str:
    if NOT_A_TIME in value:
        value = value.replace(NOT_A_TIME, b"null")
    if BACKSLASH in value and ESCAPED_NUL in value:  # looking for one byte costs a tenth
        value = encode(_without_nul(orjson.loads(value.decode())))  # orjson reads no subclass of bytes
    return value.decode()


def _without_nul(value: Any) -> Any:  # noqa: ANN401 - parsed JSON
    if isinstance(value, str):
        return value.replace(NUL, REPLACEMENT)
    if isinstance(value, list):
        return [_without_nul(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(item) for name, item in cast("dict[str, Any]", value).items()}
    return value


_FINISH: Final[dict[type, Callable[[Any], str]]] = {str: storable, bytes: _json}
