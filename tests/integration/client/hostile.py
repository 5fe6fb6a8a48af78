"""What no service should log, and some will: values that break, lie, nest without end or have no place in Postgres."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from driftgauge.client import PredictionLogger

LONG = 1 << 21


class Broken:
    """Raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    def __float__(self) -> float:
        raise ArithmeticError("no number")

    def __iter__(self) -> object:
        raise LookupError("no items")

    def tolist(self) -> object:
        """Raise."""
        raise MemoryError


class Word(str):  # noqa: SLOT000 - a careless subclass
    """Text that is not quite `str`."""


class Liar:
    """Calls itself something that no encoding has."""

    def __str__(self) -> str:
        return Word("\udc80\x00 liar")


class Endless:
    """Becomes another of its kind when asked to become something simpler."""

    def tolist(self) -> object:
        """Return another one."""
        return [Endless()]


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value] if depth % 2 else {"a": value}
    return value


def round_about() -> list[object]:
    items: list[object] = [1]
    items.append(items)
    return items


def noise(rng: random.Random, length: int) -> str:
    """Return text that does not compress."""
    return "".join(rng.choices(string.ascii_letters + string.digits, k=length))


def wild(rng: random.Random) -> object:
    """Return any one of them."""
    makers: list[Callable[[], object]] = [
        lambda: None,
        lambda: "\x00",
        lambda: "a\x00b\\u0000c\\\x00",
        lambda: "\ud800 lone",
        lambda: Word("word\udfff"),
        lambda: "\U0001f600é\n\t\\.\\N",
        lambda: "\\N",
        lambda: "",
        lambda: noise(rng, rng.choice([10, 600, 3_000, 9_000])),
        lambda: "x" * LONG if rng.random() < 0.02 else "x",
        lambda: 10**400,
        lambda: -(2**63) - 1,
        lambda: 2**64,
        lambda: float("nan"),
        lambda: float("-inf"),
        lambda: 5e-324,
        lambda: 1.7976931348623157e308,
        lambda: Decimal("NaN"),
        lambda: Decimal("1e400"),
        lambda: Fraction(1, 3),
        lambda: 1 + 2j,
        lambda: True,
        lambda: b"\xff\x00",
        lambda: nested(rng.choice([5, 120, 240, 260, 2_000])),
        round_about,
        Broken,
        Liar,
        Endless,
        object,
        lambda: {1, 2, 3},
        lambda: (value for value in range(3)),
        lambda: {Liar(): 1, None: 2, 3.5: 3, ("a",): 4, "\x00": 5, "": 6, "\udc00": 7},
        lambda: {"k" * rng.choice([1, 70_000]): nested(3)},
        lambda: list(range(rng.choice([0, 10, 2_000]))),
        lambda: np.array([np.nan, np.inf, 1e308]),
        lambda: np.array([Broken(), None, "a"], dtype=object),
        lambda: np.zeros((2, 0, 3)),
        lambda: np.datetime64("NaT"),
        lambda: np.float16(65504),
        lambda: np.longdouble("1e4000"),
        lambda: pd.NaT,
        lambda: pd.NA,
        lambda: pd.Series([1, None], index=["a", "a"]),
        lambda: pd.Timestamp.max,
        lambda: datetime.max.replace(tzinfo=UTC),
        lambda: datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        lambda: datetime(1, 1, 1, tzinfo=UTC),
        lambda: date(9999, 12, 31),
        lambda: 1e18,
        lambda: -62135596800,
        lambda: "2026-02-30T25:61",
        lambda: str(uuid4()),
        uuid4,
        lambda: print,
        lambda: Ellipsis,
        lambda: Exception("\x00"),
    ]
    return rng.choice(makers)()


class Drawing:
    """Calls any one of a logger's methods with anything."""

    def __init__(self, logger: PredictionLogger, rng: random.Random) -> None:
        self._logger = logger
        self._rng = rng

    def log(self) -> None:
        """Call one."""
        self._rng.choice(
            [self._prediction] * 4
            + [self._predictions, self._outcome, self._metric, self._check]
            + [self._explanation] * 2
        )()

    def _any(self) -> Any:  # noqa: ANN401 - that is the point
        return wild(self._rng)

    def _seldom(self, usual: object) -> Any:  # noqa: ANN401 - same
        return self._any() if self._rng.random() < 0.3 else usual

    def _name(self) -> Any:  # noqa: ANN401 - same
        return self._rng.choice(["a", "b", "c", "\x00", "\ud800", "", None, 3.5, ("a",), Liar(), Broken()])

    def _prediction(self) -> None:
        self._logger.log_prediction(
            self._seldom({self._name(): self._any(), self._name(): self._any()}),
            latency_ms=self._seldom(1),
            prediction=self._any(),
            score=self._seldom(0.5),
            confidence=self._seldom(0.5),
            status=self._seldom("success"),
            user_id=self._any(),
            segment=self._seldom(None),
            prediction_id=self._seldom(None),
            timestamp=self._seldom(None),
        )

    def _predictions(self) -> None:
        features = self._seldom([{"a": 1}, {"b": self._any()}])
        self._logger.log_predictions(features, latency_ms=self._seldom(1), status=self._seldom("success"))

    def _outcome(self) -> None:
        self._logger.log_outcome(self._seldom(uuid4()), self._any(), timestamp=self._seldom(None))

    def _metric(self) -> None:
        self._logger.log_metric(self._seldom("m"), self._seldom(1.5), self._seldom(""), timestamp=self._seldom(None))

    def _check(self) -> None:
        self._logger.log_health_check(
            self._seldom("healthy"), self._seldom(0.5), self._seldom([self._any()]), timestamp=self._seldom(None)
        )

    def _explanation(self) -> None:
        values = self._seldom({self._name(): self._seldom(1), self._name(): 2})
        self._logger.log_feature_importance(values, timestamp=self._seldom(None))
        self._logger.log_shap_values(
            self._seldom(uuid4()),
            values,
            base_value=self._seldom(None),
            feature_values=self._seldom({self._name(): self._any()}),
            method=self._seldom("m"),
        )
        self._logger.log_lime_explanation(self._seldom(uuid4()), values, method=self._seldom("m"))
