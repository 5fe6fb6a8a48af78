"""Make sensible values of whatever a service logs: numpy, pandas, times, enums, NaN and None.

Only what a value offers is asked (`tolist`, `isoformat`, …), so neither numpy nor pandas is imported.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from itertools import islice
from numbers import Real
from typing import Any, Final, TypeVar
from uuid import UUID, SafeUUID

import orjson

OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY
DEEPEST: Final = 100
MOST_PARTS: Final = 1 << 19  # more have no room in a row, where each takes two bytes at least
LONGEST_DESCRIPTION: Final = 1_000
NOTHING: Final = frozenset({"NAType", "NaTType"})
"""Types of pandas' missing values."""

VERSION_7: Final = 0x7 << 76 | 0x2 << 62
RANDOM_BITS: Final = ~(0xFFFF_FFFF_FFFF << 80 | 0xF << 76 | 0x3 << 62) & ((1 << 128) - 1)

_T = TypeVar("_T")


def new_id() -> UUID:
    """Return a UUID of version 7 (RFC 9562): its first 48 bits are the milliseconds of now, 74 bits are random.

    They come from a generator of our own, seeded by the kernel and again after a fork: neither a fork nor a service
    that seeds `random` repeats them. Asking the kernel each time would cost a tenth of what logging may.

    Examples
    --------
    >>> new_id().version, new_id() != new_id()
    (7, True)
    """
    number = time.time_ns() // 1_000_000 << 80 | _random.getrandbits(80) & RANDOM_BITS | VERSION_7
    made = _new(UUID)  # as copy and pickle make one: the constructor checks what needs no check, for as long again
    _set(made, "int", number)
    _set(made, "is_safe", SafeUUID.unknown)
    return made


_random: Final = random.Random()  # noqa: S311 - unique, not secret
os.register_at_fork(after_in_child=_random.seed)
_copied: Final = b"".join
_new: Final = object.__new__
_set: Final = object.__setattr__


def encode(value: object) -> bytes:
    """Return the JSON of a value, whatever it is.

    NaN, infinities and pandas' missing values become null; arrays, series and sets lists; times ISO 8601; enums their
    value; what has no counterpart in JSON its text. Keys become text, and what no JSON or Postgres can hold (lone
    surrogates, numbers beyond float64, nesting without end) is replaced or cut.

    Examples
    --------
    >>> encode({"age": 41, "when": datetime(2026, 3, 1, tzinfo=UTC), "score": float("nan")})
    b'{"age":41,"when":"2026-03-01T00:00:00+00:00","score":null}'
    """
    try:
        encoded = orjson.dumps(value, default=_plain, option=OPTIONS)
    except (TypeError, ValueError, RecursionError):
        encoded = orjson.dumps(_Tamer().tame(value, DEEPEST), default=str, option=OPTIONS)
    return _copied((encoded, b""))  # orjson's own keeps the buffer that it was written in: 4 KiB and more a row


class Encoded(bytes):
    """The JSON of features that were encoded before."""

    __slots__ = ()


def encode_object(value: object) -> bytes:
    """Return the JSON object of a mapping, or of what can become one (a pandas Series, a record).

    Raises
    ------
    TypeError
        If the value names no features.

    Examples
    --------
    >>> encode_object({"age": 41})
    b'{"age":41}'
    """
    return value if type(value) is Encoded else encode(as_mapping(value))


def as_mapping(value: object) -> dict[str, object]:
    """Return a dict of a mapping, or of what offers to become one.

    Raises
    ------
    TypeError
        If it is no mapping.

    Examples
    --------
    >>> as_mapping({1: "a"})
    {'1': 'a'}
    """
    if not isinstance(value, Mapping):
        offered = getattr(value, "to_dict", None) or getattr(value, "_asdict", None)
        value = offered() if callable(offered) else value
    if not isinstance(value, Mapping):
        raise TypeError(f"features: names and values are needed, a dict for instance; got {type(value).__name__}")
    return {_key(name): item for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - a stranger's


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
        return float(_scalar(value))  # pyright: ignore[reportArgumentType] - whatever offers __float__
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


def split_answer(answer: object) -> tuple[bytes | None, str | None, float | None]:
    """Return an answer as JSON, as a label (text, booleans) and as a value (numbers), None where it is none of them.

    The JSON of plain text and floats is left for later: see `json_of_answer`.

    Examples
    --------
    >>> split_answer("late"), split_answer(True), split_answer(2.5), split_answer({"class": 3})
    ((None, 'late', None), (b'true', 'true', None), (None, None, 2.5), (b'{"class":3}', None, None))
    """
    if type(answer) is float:
        return None, None, answer
    if type(answer) is str:
        return None, answer, None
    answer = _scalar(answer)
    if answer is None:
        return None, None, None
    encoded = encode(answer)
    if isinstance(answer, bool):
        return encoded, encoded.decode(), None
    if isinstance(answer, str):
        return encoded, text(answer), None
    return encoded, None, number(answer) if isinstance(answer, Real | Decimal) else None


def json_of_answer(label: object, value: object) -> bytes | None:
    """Return the JSON of an answer that was plain text or a float, None if there was none.

    Examples
    --------
    >>> json_of_answer("late", None), json_of_answer(None, 2.5)
    (b'"late"', b'2.5')
    """
    known = value if label is None else label
    return None if known is None else encode(known)


def _scalar(value: object) -> object:
    """Return the plain value of an enum, of a numpy scalar, or of an array of one element."""
    if isinstance(value, str | int | float) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return _scalar(value.value)
    if type(value).__name__ in NOTHING:
        return None
    item: Callable[[], object] | None = getattr(value, "item", None)
    return item() if callable(item) and math.prod(getattr(value, "shape", (0,))) == 1 else value


def _plain(value: Any) -> object:  # noqa: ANN401, PLR0911 - whatever orjson does not know, a case each
    """Return something that orjson knows for a value that it does not."""
    if type(value).__name__ in NOTHING:
        return None
    for way in ("isoformat", "tolist", "to_list", "to_dict", "_asdict"):
        offered = getattr(to_microseconds(value), way, None)
        if callable(offered) and type(found := offered()) is not type(value):
            return found
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return dict(islice(value.items(), MOST_PARTS))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportUnknownVariableType] - a stranger's
    if isinstance(value, set | frozenset | Sequence):
        return list(islice(value, MOST_PARTS))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - a stranger's
    if isinstance(value, Real | Decimal):
        return float(value)
    fields: Iterable[str] | None = getattr(type(value), "__dataclass_fields__", None)  # pyright: ignore[reportUnknownArgumentType] - a stranger's
    return _described(value) if fields is None else {name: getattr(value, name) for name in fields}


class _Tamer:
    """Makes what orjson surely takes of a value that it refused; looks at a limited number of parts."""

    def __init__(self) -> None:
        self._left = MOST_PARTS

    def tame(self, value: object, depth: int) -> object:  # noqa: PLR0911 - a case a type
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode()
        if isinstance(value, Enum):
            return self.tame(value.value, depth)
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**64 else number(value)
        if not depth or self._left <= 0:
            return None
        try:
            plain = _plain(value)
            if isinstance(plain, Mapping):
                return {_key(name): self.tame(item, depth - 1) for name, item in self._some(plain.items())}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType] - a stranger's
            if isinstance(plain, list | tuple):
                return [self.tame(item, depth - 1) for item in self._some(plain)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - a stranger's
        except Exception:  # noqa: BLE001 - a stranger's method broke: its description is what can be kept
            plain = _described(value)
        return self.tame(plain, depth - 1)

    def _some(self, parts: Iterable[_T]) -> Iterator[_T]:
        """Yield parts as long as some are left."""
        for part in parts:
            if self._left <= 0:
                return
            self._left -= 1
            yield part


def _key(name: object) -> str:
    try:
        key = text(name)
    except Exception:  # noqa: BLE001 - a stranger's __str__ broke
        key = _described(name)
    return "null" if key is None else key.encode("utf-8", "replace").decode()


def _described(value: object) -> str:
    """Return a value's own text, or its type where even that breaks."""
    try:
        return str(value)[:LONGEST_DESCRIPTION]
    except Exception:  # noqa: BLE001 - a stranger's __str__ may raise anything
        return f"<{type(value).__name__}>"
