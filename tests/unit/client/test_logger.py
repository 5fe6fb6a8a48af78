"""Each call becomes the rows it says, whatever it is given; the logger itself says what it cannot be made of."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import inspect
import logging
import random
import statistics
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pytest

from driftgauge.client import Drop, PredictionLogger
from driftgauge.client.finishing import finished
from driftgauge.client.rows import TABLES
from driftgauge.client.spool import ENDING, Spool
from driftgauge.errors import BadInput
from fixtures.soak import amount
from unit.client.doubles import MODEL, PATIENCE, Recorded, balanced, recorded
from unit.client.hostile import Broken, Unspeakable, Word, hostile

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
OF_MODEL: Final = dict(zip(("model_name", "version", "environment"), MODEL, strict=True))
KEY: Final = uuid4()
SECRET: Final = b"0123456789abcdef"


def check(row: Mapping[str, object], expected: Mapping[str, object]) -> None:
    """Compare a row with what is expected of it; its id must be one of ours."""
    assert UUID(str(row["id"])).version == 7
    assert {name: value for name, value in row.items() if name != "id"} == expected


# What each call logs.


def test_a_prediction_fills_every_column(logger: Recorded) -> None:
    key = logger.log_prediction(
        {"age": 41},
        latency_ms=12,
        prediction="late",
        score=0.75,
        confidence=np.float32(0.5),
        status=Word.YES,
        user_id=7,
        segment="web",
        timestamp=NOON,
    )
    row = logger.only("prediction_logs")
    assert row["id"] == key.hex
    expected = OF_MODEL | {
        "timestamp": NOON,
        "features": b'{"age":41}',
        "prediction_result": None,
        "predicted_label": "late",
        "predicted_value": None,
        "predicted_score": 0.75,
        "confidence": 0.5,
        "latency_ms": 12.0,
        "status": "yes",
        "user_id": "7",
        "segment": "web",
        "input_data_hash": None,
    }
    check(row, expected)


def test_a_prediction_needs_features_and_latency_only(logger: Recorded) -> None:
    before = datetime.now(UTC)
    logger.log_prediction({}, latency_ms=1)
    row = logger.only("prediction_logs")
    at = row.pop("timestamp")
    assert isinstance(at, datetime)
    assert before <= at <= datetime.now(UTC)
    given = {name: value for name, value in row.items() if value is not None and name not in {"id", *OF_MODEL}}
    assert given == {"features": b"{}", "latency_ms": 1.0, "status": "success"}


def test_an_id_of_ones_own_is_the_rows(logger: Recorded) -> None:
    assert logger.log_prediction({}, latency_ms=1, prediction_id=str(KEY)) == KEY
    assert logger.only("prediction_logs")["id"] == KEY.hex


def test_features_are_copied(logger: Recorded) -> None:
    features = {"age": 41}
    logger.log_prediction(features, latency_ms=1)
    features["age"] = 0
    assert logger.only("prediction_logs")["features"] == b'{"age":41}'


def test_a_data_frame_of_one_row_is_its_row() -> None:
    logger = recorded(strict=True)
    logger.log_prediction(pd.DataFrame({"age": [41], "plan": ["pro"]}, index=[7]), latency_ms=1)
    assert logger.only("prediction_logs")["features"] == b'{"age":41,"plan":"pro"}'


@pytest.mark.parametrize("rows", [0, 2])
def test_a_data_frame_of_other_than_one_row_is_no_prediction(rows: int) -> None:
    frame = pd.DataFrame({"age": [41] * rows})
    with pytest.raises(ValueError, match=f"^features: one row is needed, not {rows}; log_predictions takes many$"):
        recorded(strict=True).log_prediction(frame, latency_ms=1)


def test_a_batch_is_a_row_each(logger: Recorded) -> None:
    frame = pd.DataFrame({"age": [41, 29], "plan": ["pro", None]})
    keys = logger.log_predictions(
        frame,
        latency_ms=2.5,
        prediction=np.array([1, 0]),
        score=pd.Series([0.75, float("nan")]),
        user_id=["a", "b"],
        timestamp=np.array(["2026-03-01T12:00", "2026-03-01T12:00"], "datetime64[ns]"),
    )
    rows = logger.rows("prediction_logs")
    assert [row["id"] for row in rows] == [key.hex for key in keys]
    assert [row["features"] for row in rows] == [b'{"age":41,"plan":"pro"}', b'{"age":29,"plan":null}']
    assert [row["predicted_value"] for row in rows] == [1.0, 0.0]
    assert [row["user_id"] for row in rows] == ["a", "b"]
    assert [row["timestamp"] for row in rows] == [NOON, NOON]
    assert {row["latency_ms"] for row in rows} == {2.5}


def test_an_array_takes_names(logger: Recorded) -> None:
    logger.log_predictions(np.array([[1.0, 2.0]]), latency_ms=1, names=["a", "b"])
    assert logger.only("prediction_logs")["features"] == b'{"a":1.0,"b":2.0}'


def test_a_bad_row_of_a_batch_costs_that_row_only(logger: Recorded) -> None:
    logger.log_predictions([{"a": 1}, {"a": 2}, {"a": 3}], latency_ms=[1, "slow", 3])
    assert [row["latency_ms"] for row in logger.rows("prediction_logs")] == [1.0, 3.0]
    assert logger.stats().dropped[Drop.INVALID] == 1


def test_a_batch_that_does_not_fit_together_counts_every_row(logger: Recorded) -> None:
    assert len(set(logger.log_predictions([{"a": 1}, {"a": 2}], latency_ms=[1]))) == 2, "an id a row, all the same"
    assert logger.log_predictions({"a": [1, 2], "b": [1]}, latency_ms=1) == []
    stats = logger.stats()
    assert (stats.accepted, stats.dropped[Drop.INVALID]) == (3, 3)


@pytest.mark.parametrize(
    ("outcome", "label", "value"),
    [("late", "late", None), (True, "true", None), (np.int64(3), None, 3.0), (Decimal("2.5"), None, 2.5)],
)
def test_an_outcome_is_a_label_or_a_value(
    logger: Recorded, outcome: object, label: str | None, value: float | None
) -> None:
    logger.log_outcome(KEY, outcome, timestamp=NOON)
    expected = {"timestamp": NOON, "prediction_id": KEY.hex, "label": label, "value": value}
    check(logger.only("prediction_outcomes"), expected)


def test_outcomes_of_a_batch_are_a_row_each(logger: Recorded) -> None:
    keys = [uuid4(), uuid4()]
    logger.log_outcomes(pd.Series(keys), np.array(["late", "early"]), timestamp=[NOON, None])
    rows = logger.rows("prediction_outcomes")
    assert [row["prediction_id"] for row in rows] == [key.hex for key in keys]
    assert [row["label"] for row in rows] == ["late", "early"]
    assert rows[0]["timestamp"] == NOON != rows[1]["timestamp"]
    logger.log_outcomes(keys, True)  # noqa: FBT003 - one outcome for all
    assert len(logger.rows("prediction_outcomes")) == 4


def test_a_metric_has_its_unit(logger: Recorded) -> None:
    logger.log_metric("auc", np.float32(0.5), "share", timestamp=NOON)
    expected = OF_MODEL | {"timestamp": NOON, "metric_name": "auc", "metric_value": 0.5, "metric_unit": "share"}
    check(logger.only("model_metrics"), expected)


@pytest.mark.parametrize(
    ("issues", "written"),
    [
        ((), b"[]"),
        (["disk full"], b'[{"severity":"warning","message":"disk full"}]'),
        ("disk full", b'[{"severity":"warning","message":"disk full"}]'),
        ([{"severity": "high", "message": "m"}], b'[{"severity":"high","message":"m"}]'),
        ({"severity": "high", "message": "m"}, b'[{"severity":"high","message":"m"}]'),
        ((text for text in ("a", "b")), b'[{"severity":"warning","message":"a"},{"severity":"warning","message":"b"}]'),
    ],
    ids=["none", "a text in a list", "a text", "a mapping in a list", "a mapping", "a generator"],
)
def test_a_health_check_has_its_issues(logger: Recorded, issues: Any, written: bytes) -> None:  # noqa: ANN401 - all that services give
    logger.log_health_check("degraded", 0.5, issues, timestamp=NOON)
    expected = OF_MODEL | {"checked_at": NOON, "status": "degraded", "health_score": 0.5, "issues": written}
    check(logger.only("model_health_checks"), expected)


def test_importances_are_ranked_by_value_then_name(logger: Recorded) -> None:
    logger.log_feature_importance({"b": 1, "a": 1.0, "c": np.float64(3), "d": -5}, timestamp=NOON)
    rows = logger.rows("feature_importance_history")
    ranked = [("c", 3.0, 1), ("a", 1.0, 2), ("b", 1.0, 3), ("d", -5.0, 4)]
    for row, (name, value, rank) in zip(rows, ranked, strict=True):
        expected = {"timestamp": NOON, "feature_name": name, "importance_value": value, "importance_rank": rank}
        check(row, OF_MODEL | expected)


def test_shap_values_come_with_what_they_explain(logger: Recorded) -> None:
    values = {"age": np.float64(0.5), "plan": -0.25}
    logger.log_shap_values(KEY, values, base_value=0.1, feature_values={"age": 41}, timestamp=NOON)
    shared = OF_MODEL | {"timestamp": NOON, "prediction_id": KEY.hex}
    age, plan = logger.rows("shap_values")
    check(age, shared | {"feature_name": "age", "shap_value": 0.5, "feature_value": "41", "base_value": 0.1})
    check(plan, shared | {"feature_name": "plan", "shap_value": -0.25, "feature_value": None, "base_value": 0.1})
    (about,) = logger.rows("explanation_metadata")
    complexity = statistics.pstdev([0.5, -0.25])
    told = {"explanation_type": "shap", "explanation_method": "tree_shap", "complexity_score": complexity}
    check(about, shared | told)
    assert len(logger.shelf.rows) == 3


def test_lime_weights_come_with_what_they_explain(logger: Recorded) -> None:
    weights: Any = pd.Series({"age": 0.5})
    logger.log_lime_explanation(str(KEY), weights, feature_values={"age": "41"}, timestamp=NOON)
    shared = OF_MODEL | {"timestamp": NOON, "prediction_id": KEY.hex}
    (age,) = logger.rows("lime_explanations")
    check(age, shared | {"feature_name": "age", "weight": 0.5, "feature_value": "41"})
    (about,) = logger.rows("explanation_metadata")
    told = {"explanation_type": "lime", "explanation_method": "linear_regression", "complexity_score": 0.0}
    check(about, shared | told)


def test_an_explanation_of_nothing_is_told_apart_from_none(logger: Recorded) -> None:
    logger.log_shap_values(KEY, {})
    assert logger.only("explanation_metadata")["complexity_score"] == 0.0


# What is wrong with a call.

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


# Hostile services.


def maybe(rng: random.Random, usual: object) -> Any:  # noqa: ANN401 - that is the point
    return hostile(rng) if rng.random() < 0.4 else usual


def within_a_call(logger: Recorded, rng: random.Random) -> None:
    with logger.predict(maybe(rng, {"a": 1}), user_id=maybe(rng, "u"), timestamp=maybe(rng, None)) as call:
        call.prediction, call.score, call.confidence = (maybe(rng, 1) for _ in range(3))
        call.status = maybe(rng, "success")


def decorated(logger: Recorded, rng: random.Random) -> None:
    result = maybe(rng, 1)

    @logger.logged
    def model(features: object) -> object:
        del features
        return result

    assert model(maybe(rng, {"a": 1})) is result


ONE_ROW: Final[tuple[Callable[[Recorded, random.Random], object], ...]] = (
    lambda it, rng: it.log_prediction(
        maybe(rng, {"a": hostile(rng)}),
        latency_ms=maybe(rng, 1),
        prediction=hostile(rng),
        score=maybe(rng, 0.5),
        confidence=maybe(rng, 0.5),
        status=maybe(rng, "success"),
        user_id=maybe(rng, "u"),
        segment=maybe(rng, "s"),
        prediction_id=maybe(rng, None),
        timestamp=maybe(rng, None),
    ),
    lambda it, rng: it.log_outcome(maybe(rng, KEY), hostile(rng), timestamp=maybe(rng, None)),
    lambda it, rng: it.log_metric(maybe(rng, "auc"), maybe(rng, 1), maybe(rng, ""), timestamp=maybe(rng, None)),
    lambda it, rng: it.log_health_check(maybe(rng, "healthy"), maybe(rng, 1), maybe(rng, [hostile(rng)])),
    within_a_call,
    decorated,
)
MANY_ROWS: Final[tuple[Callable[[Recorded, random.Random], object], ...]] = (
    lambda it, rng: it.log_predictions(
        maybe(rng, [{"a": hostile(rng)}, {"a": 1}]),
        latency_ms=maybe(rng, [1, 2]),
        prediction=maybe(rng, [hostile(rng), 1]),
        score=maybe(rng, 0.5),
        prediction_id=maybe(rng, None),
        timestamp=maybe(rng, None),
        names=maybe(rng, None),
    ),
    lambda it, rng: it.log_outcomes(
        maybe(rng, [KEY, KEY]), maybe(rng, ["a", hostile(rng)]), timestamp=maybe(rng, None)
    ),
    lambda it, rng: it.log_feature_importance(maybe(rng, {"a": maybe(rng, 1)}), timestamp=maybe(rng, None)),
    lambda it, rng: it.log_shap_values(
        maybe(rng, KEY),
        maybe(rng, {"a": maybe(rng, 1)}),
        base_value=maybe(rng, None),
        feature_values=maybe(rng, {"a": hostile(rng)}),
        method=maybe(rng, "tree_shap"),
    ),
    lambda it, rng: it.log_lime_explanation(
        maybe(rng, KEY), maybe(rng, {"a": maybe(rng, 1)}), feature_values=maybe(rng, None), timestamp=maybe(rng, None)
    ),
)
KNOWN_TYPES: Final = {str, bytes, float, int, type(None)}


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_hostile_services_are_endured(tmp_path: Path) -> None:
    rng = random.Random(11)  # noqa: S311 - reproducible
    spool = Spool(tmp_path, limit=1 << 40)
    for _ in range(amount(5_000, soak=100_000) // 500):
        logger = recorded()
        for _ in range(500):
            before = logger.stats().accepted
            rng.choice(ONE_ROW)(logger, rng)
            assert logger.stats().accepted == before + 1
            rng.choice(MANY_ROWS)(logger, rng)
        stats = logger.stats()
        assert stats.accepted == stats.queued + sum(stats.dropped.values())
        assert stats.queued == len(logger.shelf.rows) > 100
        for row in logger.shelf.rows:
            assert all(type(value) in KNOWN_TYPES or isinstance(value, bytes | datetime) for value in row[1])
            for value in finished(row):
                assert not isinstance(value, str) or b"\x00" not in value.encode()
        segment = spool.append(logger.shelf.rows, apart=True)
        assert len(spool.load(segment)) == len(logger.shelf.rows)
        spool.remove(segment)
    spool.close()


def test_a_call_in_a_broken_place_does_not_hide_the_services_error(logger: Recorded) -> None:
    with pytest.raises(ZeroDivisionError), logger.predict({"a": 1}, user_id=Unspeakable()):
        _ = 1 / 0
    assert logger.stats().dropped[Drop.INVALID] == 1


# The logger itself.


def away() -> str:
    """Stand in for a secret store that does not answer."""
    raise LookupError


@pytest.fixture
def make() -> Iterator[Callable[..., PredictionLogger]]:
    """Make loggers that reach no server; they are closed with the test."""
    made: list[PredictionLogger] = []

    def construct(dsn: Any = away, **options: Any) -> PredictionLogger:  # noqa: ANN401 - whatever the test is about
        known: dict[str, Any] = {"model": "churn", "on_sigterm": False} | options
        made.append(PredictionLogger(dsn, **known))
        return made[-1]

    yield construct
    for logger in made:
        logger.close(0)


@pytest.fixture
def said() -> Iterator[SimpleQueue[str]]:
    """What the client logs."""
    messages: SimpleQueue[str] = SimpleQueue()

    class Ears(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.put(record.getMessage())

    log = logging.getLogger("driftgauge.client")
    ears = Ears()
    log.addHandler(ears)
    yield messages
    log.removeHandler(ears)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": ""}, r"^model: a name is needed; got ''$"),
        ({"model": "  "}, r"^model: a name is needed; got '  '$"),
        ({"model": None}, r"^model: a name is needed; got None$"),
        ({"model": "a\x00b"}, r"^model: 'a\\x00b' has characters that cannot be printed$"),
        ({"version": "\ud800"}, r"^version: '\\ud800' has characters that cannot be printed$"),
        ({"version": 3}, r"^version: a name is needed; got 3$"),
        ({"environment": "x" * 501}, r"^environment: a name has at most 500 bytes$"),
        ({"environment": "\u00e9" * 251}, r"^environment: a name has at most 500 bytes$"),
        ({"queue_rows": 0}, r"^queue_rows: 0 is less than 1$"),
        ({"queue_bytes": 10}, r"^queue_bytes: 10 is less than \d+$"),
        ({"spool_bytes": 10}, r"^spool_bytes: 10 is less than \d+$"),
        ({"write_timeout": 0}, r"^write_timeout: 0 is less than 0\.1$"),
        ({"write_timeout": float("nan")}, r"^write_timeout: nan is less than 0\.1$"),
        ({"close_timeout": -1}, r"^close_timeout: -1 is less than 0$"),
        ({"user_id_key": b"short"}, r"^user_id_key: 16 to 64 bytes are needed$"),
        ({"user_id_key": b"x" * 65}, r"^user_id_key: 16 to 64 bytes are needed$"),
    ],
    ids=str,
)
def test_what_a_logger_cannot_be_made_of_is_named(
    make: Callable[..., PredictionLogger], options: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        make(**options)


def test_a_logger_tells_whose_predictions_it_logs(make: Callable[..., PredictionLogger]) -> None:
    assert make().model == ("churn", "unversioned", "production")
    assert make(model="abwanderung \u00fc", version="3").model == ("abwanderung \u00fc", "3", "production")


def test_making_a_logger_touches_nothing(make: Callable[..., PredictionLogger], tmp_path: Path) -> None:
    threads = threading.active_count()
    logger = make(spool=tmp_path / "spool")
    assert logger.stats().accepted == 0
    assert logger.flush(PATIENCE)
    assert threading.active_count() == threads
    assert not (tmp_path / "spool").exists()


def outage(messages: SimpleQueue[str]) -> str:
    """Wait until the client says why rows wait."""
    while "cannot be stored now" not in (message := messages.get(timeout=PATIENCE)):
        pass
    return message


def test_a_dsn_is_taken_as_it_is(make: Callable[..., PredictionLogger], said: SimpleQueue[str]) -> None:
    make("postgresql://127.0.0.1:1/given").log_metric("auc", 1)
    assert "database given" in outage(said)


def test_a_dsn_is_asked_for_at_each_connect(make: Callable[..., PredictionLogger]) -> None:
    asked: SimpleQueue[None] = SimpleQueue()

    def dsn() -> str:
        asked.put(None)
        return "postgresql://127.0.0.1:1/asked"

    make(dsn).log_metric("auc", 1)
    for _ in range(3):
        asked.get(timeout=PATIENCE)


def test_a_dsn_is_found_in_the_environment(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "dsn"
    file.write_text("postgresql://127.0.0.1:1/from_file\n")
    monkeypatch.setenv("DRIFTGAUGE_DSN", "postgresql://127.0.0.1:1/from_environment")
    monkeypatch.setenv("DRIFTGAUGE_DSN_FILE", str(file))
    first = make(None)
    first.log_metric("auc", 1)
    assert "database from_environment" in outage(said)
    first.close(0)
    monkeypatch.delenv("DRIFTGAUGE_DSN")
    second = make(None)
    second.log_metric("auc", 1)
    assert "database from_file" in outage(said)


def test_a_dsn_is_left_to_libpq_where_nothing_is_said(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DRIFTGAUGE_DSN", "DRIFTGAUGE_DSN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("PGHOST", "127.0.0.1"), ("PGPORT", "1"), ("PGDATABASE", "of_libpq")):
        monkeypatch.setenv(name, value)
    make(None).log_metric("auc", 1)
    assert "Connection refused" in outage(said)


def test_a_file_that_cannot_be_read_is_named(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DRIFTGAUGE_DSN", raising=False)
    monkeypatch.setenv("DRIFTGAUGE_DSN_FILE", str(tmp_path / "absent"))
    make(None).log_metric("auc", 1)
    assert f"DRIFTGAUGE_DSN_FILE: cannot read {tmp_path / 'absent'}: " in outage(said)


def test_closing_drops_what_cannot_be_stored_and_says_so(
    make: Callable[..., PredictionLogger], said: SimpleQueue[str]
) -> None:
    logger = make()
    for number in range(3):
        logger.log_metric("auc", number)
    assert not logger.flush(0)
    logger.close(0)
    logger.close()
    logger.log_metric("auc", 3)
    stats = logger.stats()
    assert (stats.accepted, stats.queued, stats.dropped[Drop.CLOSED]) == (4, 0, 4)
    lost = 0
    while lost < 3:
        rows, found, _ = said.get(timeout=PATIENCE).partition(" rows could not be stored before the logger was closed")
        lost += int(rows) if found else 0


def test_closing_leaves_rows_in_the_spool(make: Callable[..., PredictionLogger], tmp_path: Path) -> None:
    with make(spool=tmp_path) as logger:
        logger.log_metric("auc", 1)
    stats = logger.stats()
    assert (stats.accepted, stats.spooled) == (1, 1)
    assert balanced(stats)
    assert len(list(tmp_path.glob(f"*/*{ENDING}"))) == 1


def test_a_logger_can_be_awaited(make: Callable[..., PredictionLogger]) -> None:
    async def serve() -> None:
        logger = make()
        assert await logger.aflush(0)
        logger.log_metric("auc", 1)
        assert not await logger.aflush(0)
        await logger.aclose(0)
        assert logger.stats().dropped[Drop.CLOSED] == 1

    asyncio.run(serve())


def test_a_logger_that_nobody_holds_stops_its_background(tmp_path: Path) -> None:
    tried = threading.Event()

    def dsn() -> str:
        tried.set()
        raise LookupError

    before = set(threading.enumerate())  # a spooler of the test before may be about to end
    logger = PredictionLogger(dsn, model="churn", spool=tmp_path, on_sigterm=False)
    logger.log_metric("auc", 1)
    background = set(threading.enumerate()) - before
    assert {thread.name for thread in background} == {"driftgauge-sender", "driftgauge-spooler"}
    assert tried.wait(PATIENCE)
    del logger
    gc.collect()
    for thread in background:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert len(list(tmp_path.glob(f"*/*{ENDING}"))) == 1, "the row waits for the next process"


def test_a_logger_that_could_not_be_made_is_collected_quietly() -> None:
    with pytest.raises(BadInput):
        PredictionLogger(model="")
    gc.collect()


def test_options_of_calls_are_the_columns_in_the_docs() -> None:
    batch = inspect.signature(PredictionLogger.log_predictions).parameters
    single = inspect.signature(PredictionLogger.log_prediction).parameters
    assert set(batch) - set(single) == {"names"}
    assert set(TABLES) >= {"prediction_logs", "prediction_outcomes"}
