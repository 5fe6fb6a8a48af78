"""What is wrong with a call is counted once, and raised where the logger is strict."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final
from uuid import uuid4

import pytest

from driftgauge.client import Drop
from unit.client.doubles import Recorded, recorded
from unit.client.hostile import Broken, Unspeakable

KEY: Final = uuid4()

SECRET: Final = b"0123456789abcdef"

WRONG: Final[dict[str, tuple[str, Callable[[Recorded], object]]]] = {
    "features": ("names and values are needed", lambda it: it.log_prediction(5, latency_ms=1)),
    "latency": (r"^latency_ms: a number is needed$", lambda it: it.log_prediction({}, latency_ms=None)),
    "score": ("could not convert", lambda it: it.log_prediction({}, latency_ms=1, score="high")),
    "id": ("badly formed", lambda it: it.log_prediction({}, latency_ms=1, prediction_id="x")),
    "user": ("no text", lambda it: it.log_prediction({}, latency_ms=1, user_id=Unspeakable())),
    "time": ("Invalid isoformat", lambda it: it.log_prediction({}, latency_ms=1, timestamp="noon")),
    "frame": ("give a data frame", lambda it: it.log_predictions([5], latency_ms=1)),
    "length": (r"^score: 2 values for 1 rows$", lambda it: it.log_predictions([{"a": 1}], latency_ms=1, score=[1, 2])),
    "row": (r"^latency_ms: a number is needed$", lambda it: it.log_predictions([{"a": 1}], latency_ms=[None])),
    "outcome": (r"^outcome: text, a boolean or a number is needed; got list$", lambda it: it.log_outcome(KEY, [1, 2])),
    "no outcome": (r"^outcome: .* got NoneType$", lambda it: it.log_outcome(KEY, None)),
    "outcome id": ("badly formed", lambda it: it.log_outcome("x", "late")),
    "outcome ids": (r"got int$", lambda it: it.log_outcomes(5, "late")),
    "outcomes": (r"^outcomes: 2 values for 1 rows$", lambda it: it.log_outcomes([KEY], ["a", "b"])),
    "an outcome": ("badly formed", lambda it: it.log_outcomes(["x"], ["late"])),
    "metric": (r"^value: a number is needed$", lambda it: it.log_metric("auc", None)),
    "metric name": (r"^name: text is needed$", lambda it: it.log_metric(None, 1)),  # pyright: ignore[reportArgumentType] - that is the test
    "health status": (r"^status: text is needed$", lambda it: it.log_health_check(None)),
    "health score": (r"^score: a number is needed$", lambda it: it.log_health_check("healthy", None)),
    "issues": ("not iterable", lambda it: it.log_health_check("healthy", 1, 5)),  # pyright: ignore[reportArgumentType] - that is the test
    "explained value": (
        "no text",
        lambda it: it.log_shap_values(KEY, {"plan": 1, "age": 2}, feature_values={"age": Unspeakable()}),
    ),
    "importance": (
        r"^age: a finite number is needed; got nan$",
        lambda it: it.log_feature_importance({"plan": 1, "age": float("nan")}),
    ),
    "importances": (r"^a$", lambda it: it.log_feature_importance(Broken())),
    "shap": (r"^age: a number is needed$", lambda it: it.log_shap_values(KEY, {"plan": 1, "age": None})),
    "shap base": ("could not convert", lambda it: it.log_shap_values(KEY, {"age": 1}, base_value="low")),
    "lime": (r"^age: a finite number is needed; got inf$", lambda it: it.log_lime_explanation(KEY, {"age": 1e999})),
    "lime id": ("badly formed", lambda it: it.log_lime_explanation("x", {"age": 1})),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_counted_once_and_logs_nothing(logger: Recorded, wrong: str) -> None:
    WRONG[wrong][1](logger)
    stats = logger.stats()
    assert (stats.accepted, stats.dropped[Drop.INVALID]) == (1, 1)
    assert logger.shelf.rows == []


@pytest.mark.parametrize("wrong", WRONG)
def test_a_strict_logger_raises_it_and_counts_it_once(strict: Recorded, wrong: str) -> None:
    message, call = WRONG[wrong]
    with pytest.raises((TypeError, ValueError, RuntimeError), match=message):
        call(strict)
    stats = strict.stats()
    assert (stats.accepted, stats.dropped[Drop.INVALID]) == (1, 1)


def test_the_id_of_what_cannot_be_logged_is_still_returned(logger: Recorded) -> None:
    assert logger.log_prediction(5, latency_ms=1).version == 7
    assert logger.log_prediction({}, latency_ms=None, prediction_id=KEY) == KEY


TOO_LARGE: Final[dict[str, Callable[[Recorded], object]]] = {
    "a text": lambda it: it.log_prediction({"a": "x" * (1 << 20)}, latency_ms=1),
    "a list": lambda it: it.log_prediction({"a": list(range(1 << 18))}, latency_ms=1),
    "an answer": lambda it: it.log_prediction({}, latency_ms=1, prediction="x" * (1 << 20)),
    "a name": lambda it: it.log_metric("x" * (1 << 20), 1),
    "issues": lambda it: it.log_health_check("healthy", 1, ["x" * (1 << 20)]),
}


@pytest.mark.parametrize("large", TOO_LARGE)
def test_a_row_that_is_too_large_is_counted(logger: Recorded, large: str) -> None:
    TOO_LARGE[large](logger)
    stats = logger.stats()
    assert (stats.accepted, stats.queued, stats.dropped[Drop.TOO_LARGE]) == (1, 0, 1)


def test_a_large_row_takes_the_memory_that_it_needs(logger: Recorded) -> None:
    logger.log_prediction({"a": "x"}, latency_ms=1)
    logger.log_prediction({"a": "x" * 500_000}, latency_ms=1)
    logger.log_prediction({}, latency_ms=1, prediction="\U0001f600" * 100_000)
    small, large, wide = (blocks for _, _, blocks in logger.shelf.rows)
    assert small <= 1
    assert large >= 500_000 // 2048
    assert wide >= 400_000 // 2048, "four bytes a character"


def test_user_ids_leave_as_a_keyed_hash(logger: Recorded) -> None:
    def logged_user(user_id: object, key: bytes | None) -> object:
        hashing = recorded(user_id_key=key)
        hashing.log_prediction({}, latency_ms=1, user_id=user_id)
        return hashing.only("prediction_logs")["user_id"]

    assert logged_user("ann", SECRET) == hashlib.blake2b(b"ann", key=SECRET, digest_size=16).hexdigest()
    assert logged_user("ann", SECRET) == logged_user("ann", SECRET)
    assert logged_user("ann", SECRET) != logged_user("bob", SECRET)
    assert logged_user("ann", SECRET) != logged_user("ann", SECRET[::-1])
    assert logged_user(7, SECRET) == logged_user("7", SECRET)
    assert logged_user(None, SECRET) is None
    assert logged_user("\ud800", SECRET) is not None
    assert logged_user("ann", None) == "ann"
    assert logger.stats().accepted == 0
