"""What services log by mistake: values that are odd, broken, endless or out to break what looks at them."""

from __future__ import annotations

import collections
import decimal
import enum
import fractions
import random
import types
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final, NamedTuple, cast

import numpy as np
import pandas as pd


class Colour(enum.Enum):
    RED = "red"
    HUGE = 10**30
    NESTED = ("a", 1)


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    YES = "yes"


class Pair(NamedTuple):
    left: object
    right: object


@dataclass(frozen=True)
class Point:
    x: object
    y: object = 2


@dataclass(frozen=True, slots=True)
class Slotted:
    x: object


class Unspeakable:
    """Raises whatever it is asked."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __float__(self) -> float:
        raise RuntimeError("no number")

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def tolist(self) -> list[object]:
        raise RuntimeError("no list")

    def isoformat(self) -> str:
        raise RuntimeError("no time")


class Shy:
    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


class Obliging:
    """Has every attribute, as a mock has."""

    def __getattr__(self, name: str) -> Obliging:
        return self

    def __call__(self) -> Obliging:
        return self


class Mirror:
    """Becomes itself."""

    def tolist(self) -> list[object]:
        return [self]

    def to_dict(self) -> dict[str, object]:
        return {"self": self}


class Exotic(Mapping[object, object]):
    """A mapping that is no dict."""

    def __init__(self, items: Mapping[Any, object]) -> None:
        self._items = items

    def __getitem__(self, key: object) -> object:
        return self._items[key]

    def __iter__(self) -> Iterator[object]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class Broken(Mapping[str, object]):
    """A mapping that breaks when it is read."""

    def __getitem__(self, key: str) -> object:
        raise RuntimeError(key)

    def __iter__(self) -> Iterator[str]:
        yield "a"
        raise RuntimeError("no more")

    def __len__(self) -> int:
        return 2


class BrokenList(list[object]):
    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __iter__(self) -> Iterator[object]:
        raise RuntimeError("no items")


class Endless(Sequence[Any]):
    """A sequence without end."""

    def __getitem__(self, index: object) -> Any:  # noqa: ANN401 - Sequence's
        return 7

    def __len__(self) -> int:
        return 1 << 60


class Stubborn(str):
    """Text that stays of its own class."""

    __slots__ = ()

    def __str__(self) -> str:
        return self


def cyclic_list() -> list[object]:
    circle: list[object] = [1]
    circle.append(circle)
    return circle


def cyclic_dict() -> dict[str, object]:
    circle: dict[str, object] = {"a": 1}
    circle["self"] = [circle]
    return circle


def deep(levels: int) -> object:
    value: object = "bottom"
    for level in range(levels):
        value = [value] if level % 2 else {"down": value}
    return value


NUMPY_TYPES: Final = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "longdouble", "complex64", "complex128"),
    *("datetime64[ns]", "datetime64[us]", "datetime64[D]", "timedelta64[s]", "U3", "S3", "object"),
)

zeros, array = cast("Callable[..., Any]", np.zeros), cast("Callable[..., Any]", np.array)

MAKERS: Final[tuple[Callable[[random.Random], object], ...]] = (
    lambda _: None,
    lambda rng: rng.choice((True, False, 0, -1, 2**63, -(2**63) - 1, 2**64, 10**400, -(10**5000))),
    lambda rng: rng.choice((float("nan"), float("inf"), -float("inf"), -0.0, 5e-324, 1.7e308)),
    lambda rng: rng.choice(
        ("", "a\x00b", "\x00", "\ud800", "a\udfff\x00", "\U0001f600", '\\u0000"', "nan", "x" * 3000)
    ),
    lambda rng: rng.choice((b"", b"\xff\x00", bytearray(b"ab\x80"), memoryview(b"ab"))),
    lambda rng: decimal.Decimal(rng.choice(("1.10", "NaN", "sNaN", "-Infinity", "1e999"))),
    lambda rng: fractions.Fraction(rng.choice((1, 10**400)), 3),
    lambda _: 1 + 2j,
    lambda rng: uuid.UUID(int=rng.getrandbits(128)),
    lambda rng: datetime(rng.choice((1, 9999)), 1, 1, tzinfo=rng.choice((None, UTC))),
    lambda rng: datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=rng.randint(-14, 14), seconds=5))),
    lambda rng: rng.choice((date(2026, 3, 1), time(1, 2, 3), time(1, tzinfo=UTC), timedelta(days=1))),
    lambda rng: rng.choice((*Colour, Level.LOW, Word.YES, Colour)),
    lambda rng: zeros(1, rng.choice(NUMPY_TYPES))[0],
    lambda rng: array(1, rng.choice(NUMPY_TYPES)),
    lambda rng: zeros((4, 3), rng.choice(NUMPY_TYPES))[::2, ::-1],
    lambda rng: zeros(0, rng.choice(NUMPY_TYPES)),
    lambda _: np.array(["NaT", "2026-03-01"], "datetime64[ns]"),
    lambda _: np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    lambda _: np.array([float("nan"), float("inf")]),
    lambda rng: rng.choice((pd.NaT, pd.NA, pd.Timestamp("2026-03-01T00:00:00.000000001", tz="UTC"))),
    lambda _: pd.Series([1.0, None], index=["a", "b"]),
    lambda _: pd.Categorical(["a", None]),
    lambda _: pd.DataFrame({"a": [1, 2], "when": [pd.NaT, pd.Timestamp("2026-03-01")]}),
    lambda rng: rng.choice((pd.Interval(0, 1), pd.Period("2026-03"), pd.Timedelta("5s"), pd.RangeIndex(2))),
    lambda rng: rng.choice((Point(1), Slotted(10**30), Point, Pair(1, "\ud800"), Pair)),
    lambda rng: rng.choice(({1, "a"}, frozenset({None}), range(50), collections.deque([1]))),
    lambda _: (number for number in range(3)),
    lambda rng: rng.choice(
        (len, lambda: None, random, ValueError("broken"), Ellipsis, object, types.SimpleNamespace(a=1))
    ),
    lambda _: Unspeakable(),
    lambda _: Shy(),
    lambda _: Obliging(),
    lambda _: Mirror(),
    lambda _: Broken(),
    lambda _: BrokenList([1]),
    lambda rng: Stubborn(rng.choice(("a", "a\x00", "\udc00"))),
    lambda _: collections.UserDict({"a": float("nan")}),
    lambda _: collections.ChainMap({"a": 1}, {"b": 2}),
    lambda _: collections.OrderedDict({"a": "\x00"}),
    lambda _: types.MappingProxyType({"a": {1, 2}}),
    lambda _: Exotic({(1, 2): "tuple", None: "none", Unspeakable(): "hushed"}),
    lambda _: cyclic_list(),
    lambda _: cyclic_dict(),
    lambda rng: deep(rng.choice((90, 300))),
)

NAMES: Final = ("age", "", "a\x00b", "\ud800", "x" * 600)


def hostile(rng: random.Random, depth: int = 2) -> object:
    """Return a value of a random kind, often within others."""
    if depth and rng.random() < 0.3:
        inner = [hostile(rng, depth - 1) for _ in range(rng.randint(0, 3))]
        return inner if rng.random() < 0.3 else features(rng, inner)
    return rng.choice(MAKERS)(rng)


def features(rng: random.Random, values: Sequence[object]) -> dict[Any, object]:
    """Return values under names, some of which are none."""
    keys = (*NAMES, 1, None, 2.5, (1, 2), Colour.RED, Unspeakable(), 10**5000, date(2026, 3, 1))
    return {rng.choice(keys if rng.random() < 0.5 else NAMES): value for value in values}


def safely(value: object) -> str:
    """Name a test after its value, if that can be told."""
    try:
        return repr(value).partition(" at 0x")[0][:60]  # an address differs from run to run
    except Exception:  # noqa: BLE001 - hostile on purpose
        return type(value).__name__
