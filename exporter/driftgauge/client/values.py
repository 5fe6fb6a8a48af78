"""Make plain numbers, text, times and ids of whatever a service has.

Only what a value offers is asked (`item`, `to_pydatetime`, …), so neither numpy nor pandas is imported.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

NOTHING: Final = frozenset({"NAType", "NaTType"})
"""Types of pandas' missing values."""


def number(value: object) -> float | None:
    """Return a value as a float; None, and what stands for nothing, as None.

    Raises
    ------
    TypeError, ValueError
        If it is no number.

    Examples
    --------
    >>> number(True), number("2.5"), number(None)
    (1.0, 2.5, None)
    """
    if value is None or type(value) is float:
        return value
    if type(value).__name__ in NOTHING:
        return None
    try:
        return float(scalar(value))  # pyright: ignore[reportArgumentType] - whatever offers __float__
    except OverflowError:  # an integer beyond float64
        return math.inf if value > 0 else -math.inf  # pyright: ignore[reportOperatorIssue]


def required(name: str, value: object, *, finite: bool = False) -> float:
    """Return a value as a float.

    Raises
    ------
    TypeError, ValueError
        If it is no number, stands for nothing, or is not finite where it must be.

    Examples
    --------
    >>> required("latency_ms", 12)
    12.0
    """
    measured = number(value)
    if measured is None:
        raise TypeError(f"{name}: a number is needed")
    if finite and not math.isfinite(measured):
        raise ValueError(f"{name}: a finite number is needed; got {measured}")
    return measured


def text(value: object) -> str | None:
    """Return a value as text; an enum as its value, None as None.

    Examples
    --------
    >>> text("a"), text(3), text(None)
    ('a', '3', None)
    """
    if value is None or type(value) is str:
        return value
    if isinstance(value, Enum):
        return text(value.value)
    return None if type(value).__name__ in NOTHING else str.__str__(str(value))  # str() may return a subclass


def worded(name: str, value: object) -> str:
    """Return a value as text.

    Raises
    ------
    TypeError
        If it stands for nothing.

    Examples
    --------
    >>> worded("status", "healthy")
    'healthy'
    """
    if (said := text(value)) is None:
        raise TypeError(f"{name}: text is needed")
    return said


def moment(value: Any) -> datetime:  # noqa: ANN401 - whatever a service takes for a time
    """Return a time with its zone: now for None; naive times are UTC, numbers seconds since 1970, text ISO 8601.

    Raises
    ------
    TypeError, ValueError, OverflowError
        If it is no time.

    Examples
    --------
    >>> moment(0).isoformat(), moment("2026-03-01T12:00").isoformat()
    ('1970-01-01T00:00:00+00:00', '2026-03-01T12:00:00+00:00')
    """
    if value is None or type(value).__name__ in NOTHING:
        return datetime.now(UTC)
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime(warn=False)  # a pandas Timestamp, whose nanoseconds Postgres has not either
    elif hasattr(value, "dtype"):
        value = to_microseconds(value).item()
        if value is None:
            return datetime.now(UTC)  # numpy's NaT
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    elif type(value) is date:
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise TypeError(f"timestamp: a datetime is needed; got {type(value).__name__}")
    return value.astimezone(UTC) if value.tzinfo is not None else value.replace(tzinfo=UTC)


def to_microseconds(value: Any) -> Any:  # noqa: ANN401 - whatever a service has
    """Return numpy's times as finely as Python has them: it hands out finer ones as integers. All else stays."""
    return value.astype("datetime64[us]") if type(value).__module__ == "numpy" and value.dtype.kind == "M" else value


def identifier(value: object) -> UUID:
    """Return the UUID that a value is or writes.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> identifier("0190163d-8694-739b-aea5-966c26f8ad91").version
    7
    """
    return value if type(value) is UUID else UUID(str(value))


def scalar(value: object) -> object:
    """Return the plain value of an enum, of a numpy scalar, or of an array of one element.

    Examples
    --------
    >>> scalar(2.5)
    2.5
    """
    if isinstance(value, str | int | float) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return scalar(value.value)
    if type(value).__name__ in NOTHING:
        return None
    item: Callable[[], object] | None = getattr(value, "item", None)
    return item() if callable(item) and math.prod(getattr(value, "shape", (0,))) == 1 else value
