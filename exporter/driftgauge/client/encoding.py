"""Encode whatever a service logs as JSON: numpy, pandas, times, enums, NaN and None.

Only what a value offers is asked (`tolist`, `isoformat`, …), so neither numpy nor pandas is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import islice
from numbers import Real
from typing import Any, Final, TypeVar

import orjson

from driftgauge.client.frames import records
from driftgauge.client.values import NOTHING, number, scalar, text, to_microseconds

OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY
DEEPEST: Final = 100
MOST_PARTS: Final = 1 << 19  # more have no room in a row, where each takes two bytes at least
LONGEST_DESCRIPTION: Final = 1_000

_T = TypeVar("_T")
_copied: Final = b"".join


def encode(value: object) -> bytes:
    """Return the JSON of a value, whatever it is.

    NaN, infinities and pandas' missing values become null; arrays, series and sets lists; times ISO 8601; enums their
    value; what has no counterpart in JSON its text. Keys become text, and what no JSON or Postgres can hold (lone
    surrogates, numbers beyond float64, nesting without end) is replaced or cut.

    Examples
    --------
    >>> from datetime import UTC, datetime
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
    """Return a dict of a mapping, of what offers to become one, or of the row of a data frame that has one.

    Raises
    ------
    TypeError
        If it is no mapping.
    ValueError
        If it is a data frame of more rows than one, or of none.

    Examples
    --------
    >>> as_mapping({1: "a"})
    {'1': 'a'}
    """
    if not isinstance(value, Mapping) and hasattr(value, "columns"):
        rows = records(value)
        if len(rows) != 1:
            raise ValueError(f"features: one row is needed, not {len(rows)}; log_predictions takes many")
        value = rows[0]
    if not isinstance(value, Mapping):
        offered = getattr(value, "to_dict", None) or getattr(value, "_asdict", None)
        value = offered() if callable(offered) else value
    if not isinstance(value, Mapping):
        raise TypeError(f"features: names and values are needed, a dict for instance; got {type(value).__name__}")
    return {_key(name): item for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - a stranger's


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
    answer = scalar(answer)
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
