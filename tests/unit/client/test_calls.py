"""A predict call is timed and logged with what came of it, and is never disturbed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from driftgauge.client.finishing import finished
from driftgauge.client.ledger import Drop
from driftgauge.client.rows import PREDICTIONS
from unit.client.doubles import Recorded
from unit.client.hostile import Unspeakable

Predict = Callable[[dict[str, object]], float]


def logged(logger: Recorded) -> dict[str, object]:
    """Return the one prediction that was logged."""
    return logger.only(PREDICTIONS.name)


def invalid(logger: Recorded) -> int:
    return logger.stats().dropped[Drop.INVALID]


def answer(features: dict[str, object]) -> float:
    """Double the age."""
    return 2.0 * float(str(features["age"]))


class Fault(Exception):
    pass


def test_a_block_is_timed_and_logged(logger: Recorded) -> None:
    with logger.predict({"age": 41}, user_id="u", segment="s", timestamp=0) as call:
        assert logger.shelf.rows == [], "not before it ends"
        call.prediction, call.score, call.confidence = "late", 0.75, 0.5
    row = logged(logger)
    latency = row["latency_ms"]
    assert isinstance(latency, float)
    assert latency > 0
    assert row["id"] == call.prediction_id.hex
    expected = {
        "features": b'{"age":41}',
        "predicted_label": "late",
        "predicted_score": 0.75,
        "confidence": 0.5,
        "status": "success",
        "user_id": "u",
        "segment": "s",
    }
    assert {name: row[name] for name in expected} == expected


def test_an_error_is_logged_and_goes_on_untouched(logger: Recorded) -> None:
    fault = Fault("secret")
    call = logger.predict({"age": 41})
    call.prediction = "half done"
    with pytest.raises(Fault) as caught, call:
        raise fault
    assert caught.value is fault
    assert fault.__cause__ is None
    assert fault.__context__ is None
    row = logged(logger)
    assert row["status"] == "error"
    assert row["prediction_result"] == b'{"error":"Fault"}', "its words may be private"
    assert row["predicted_label"] is None


def test_the_traceback_is_the_services_own(logger: Recorded) -> None:
    def model(_: object) -> float:
        raise Fault

    with pytest.raises(Fault) as caught:
        logger.logged(model)({"age": 41})
    assert [entry.name for entry in caught.traceback][-1] == "model"


def test_a_status_of_ones_own_is_kept(logger: Recorded) -> None:
    with logger.predict({"age": 41}) as call:
        call.status = "fallback"
    assert logged(logger)["status"] == "fallback"


@pytest.mark.parametrize("kind", [asyncio.CancelledError, CancelledError])
def test_a_cancelled_call_is_no_error(logger: Recorded, kind: type[BaseException]) -> None:
    with pytest.raises(kind), logger.predict({"age": 41}):
        raise kind
    assert logged(logger)["status"] == "cancelled"


def test_an_interrupted_call_is_logged_and_stays_interrupted(logger: Recorded) -> None:
    with pytest.raises(KeyboardInterrupt), logger.predict({"age": 41}):
        raise KeyboardInterrupt
    assert logged(logger)["prediction_result"] == b'{"error":"KeyboardInterrupt"}'


def test_features_are_those_of_the_entry(logger: Recorded) -> None:
    features: dict[str, Any] = {"age": 41, "scores": np.array([1, 2]), "tags": ["a"]}
    with logger.predict(features):
        features["age"] = 0
        features["scores"][:] = 0
        features["tags"].clear()
    assert logged(logger)["features"] == b'{"age":41,"scores":[1,2],"tags":["a"]}'


def test_features_of_a_call_are_finished_like_all_others(logger: Recorded) -> None:
    with logger.predict({"a\x00": "\x00"}):
        pass
    (row,) = logger.shelf.rows
    assert '{"a\ufffd":"\ufffd"}' in finished(row)


def test_an_id_of_ones_own_is_used(logger: Recorded) -> None:
    key = uuid4()
    with logger.predict({"age": 41}, prediction_id=str(key)) as call:
        assert call.prediction_id == key
    assert logged(logger)["id"] == key.hex


@pytest.mark.parametrize(("features", "key"), [({"age": 41}, "churn-1"), (5, None), (Unspeakable(), None)])
def test_what_cannot_be_logged_is_counted_once(logger: Recorded, features: object, key: str | None) -> None:
    with logger.predict(features, prediction_id=key) as call:
        call.prediction = 1
    assert isinstance(call.prediction_id, UUID)
    assert logger.shelf.rows == []
    assert (invalid(logger), logger.stats().accepted) == (1, 1)


def test_an_answer_that_cannot_be_logged_is_counted_once(logger: Recorded) -> None:
    with logger.predict({"age": 41}) as call:
        call.score = "high"
    assert (invalid(logger), logger.stats().accepted) == (1, 1)


def test_a_strict_logger_raises_at_the_entry(strict: Recorded) -> None:
    with pytest.raises(TypeError, match="names and values are needed"):
        strict.predict(5)
    assert invalid(strict) == 1


def test_an_async_block_is_the_same(logger: Recorded) -> None:
    async def serve() -> None:
        async with logger.predict({"age": 41}) as call:
            await asyncio.sleep(0)
            call.prediction = 1

    asyncio.run(serve())
    assert logged(logger)["predicted_value"] == 1.0


def test_a_cancelled_task_is_logged_as_cancelled(logger: Recorded) -> None:
    async def serve() -> None:
        begun = asyncio.Event()

        @logger.logged
        async def model(features: object) -> None:
            del features
            begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(model({"age": 41}))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(serve())
    assert logged(logger)["status"] == "cancelled"


def test_a_decorated_function_answers_and_is_logged(logger: Recorded) -> None:
    assert logger.logged(answer)({"age": 41}) == 82.0
    row = logged(logger)
    assert (row["features"], row["predicted_value"], row["status"]) == (b'{"age":41}', 82.0, "success")


def test_a_decorated_function_keeps_what_it_is(logger: Recorded) -> None:
    wrapped = logger.logged(answer)
    assert wrapped.__name__ == "answer"
    assert wrapped.__doc__ == "Double the age."
    assert wrapped.__module__ == __name__
    assert inspect.signature(wrapped) == inspect.signature(answer)
    assert inspect.unwrap(wrapped) is answer


def test_a_decorated_coroutine_function_stays_one(logger: Recorded) -> None:
    @logger.logged(score=lambda result: result / 100)
    async def model(features: dict[str, float]) -> float:
        await asyncio.sleep(0)
        return features["age"] * 2

    assert inspect.iscoroutinefunction(model)
    assert model.__name__ == "model"
    assert asyncio.run(model({"age": 41.0})) == 82.0
    row = logged(logger)
    assert (row["predicted_value"], row["predicted_score"]) == (82.0, 0.82)


def test_an_error_of_a_coroutine_is_logged_and_goes_on(logger: Recorded) -> None:
    fault = Fault()

    @logger.logged
    async def model(features: object) -> None:
        del features
        raise fault

    with pytest.raises(Fault) as caught:
        asyncio.run(model({"age": 41}))
    assert caught.value is fault
    assert logged(logger)["status"] == "error"


def test_methods_have_their_first_argument_logged(logger: Recorded) -> None:
    class Model:
        @logger.logged
        def predict(self, row: dict[str, object]) -> int:
            return len(row)

        @classmethod
        @logger.logged
        def predict_all(cls, row: dict[str, object]) -> int:
            return len(row)

        @staticmethod
        @logger.logged
        def predict_one(row: dict[str, object]) -> int:
            return len(row)

    model = Model()
    assert model.predict({"a": 1}) == 1
    assert model.predict(row={"b": 1}) == 1
    assert Model.predict_all({"c": 1}) == 1
    assert Model.predict_one({"d": 1}) == 1
    assert logger.logged(model.predict_one)({"e": 1}) == 1
    features = [row["features"] for row in logger.rows(PREDICTIONS.name)]
    assert features == [b'{"a":1}', b'{"b":1}', b'{"c":1}', b'{"d":1}', b'{"e":1}', b'{"e":1}']


def test_the_argument_named_features_wins(logger: Recorded) -> None:
    @logger.logged
    def model(request: str, features: dict[str, int], *, verbose: bool = False) -> str:
        return f"{request} {features['a']} {verbose}"

    assert model("r", {"a": 1}) == "r 1 False"
    assert model("r", features={"a": 2}, verbose=True) == "r 2 True"
    assert model(features={"a": 3}, request="r") == "r 3 False"
    assert [row["features"] for row in logger.rows(PREDICTIONS.name)] == [b'{"a":1}', b'{"a":2}', b'{"a":3}']


def test_features_that_come_by_name_alone_are_not_taken_for_another_argument(logger: Recorded) -> None:
    @logger.logged
    def model(*weights: int, features: dict[str, int]) -> int:
        return sum(weights) * features["a"]

    assert model(1, 2, 3, features={"a": 4}) == 24
    assert [row["features"] for row in logger.rows(PREDICTIONS.name)] == [b'{"a":4}']


def test_readers_find_features_answer_score_and_confidence(logger: Recorded) -> None:
    def both(first: int, second: int = 0) -> dict[str, int]:
        return {"first": first, "second": second}

    @logger.logged(
        features=both,
        prediction=lambda result: result["class"],
        score=lambda result: result["scores"][1],
        confidence=lambda result: max(result["scores"]),
    )
    def model(first: int, second: int = 0) -> dict[str, Any]:
        del first, second
        return {"class": "late", "scores": [0.25, 0.75]}

    assert model(1, second=2)["class"] == "late"
    row = logged(logger)
    assert row["features"] == b'{"first":1,"second":2}'
    assert (row["predicted_label"], row["predicted_score"], row["confidence"]) == ("late", 0.75, 0.75)


def broken(*_: object) -> object:
    raise Fault("reader")


@pytest.mark.parametrize("field", ["features", "prediction", "score", "confidence"])
@pytest.mark.parametrize("kind", ["function", "coroutine function"])
def test_a_reader_that_raises_disturbs_nothing_and_is_counted(logger: Recorded, field: str, kind: str) -> None:
    decorate: Callable[[Any], Any] = logger.logged(**{field: broken})
    if kind == "function":
        result = decorate(answer)({"age": 41})
    else:

        async def model(features: dict[str, object]) -> float:
            return answer(features)

        awaitable: Awaitable[float] = decorate(model)({"age": 41})

        async def serve() -> float:
            return await awaitable

        result = asyncio.run(serve())
    assert result == 82.0
    assert invalid(logger) == 1
    assert len(logger.rows(PREDICTIONS.name)) == (field != "features"), "all else of the call is logged"


def test_a_missing_argument_is_the_functions_own_error(logger: Recorded) -> None:
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'features'"):
        logger.logged(answer)()  # pyright: ignore[reportCallIssue] - that is the test
    assert invalid(logger) == 1


def test_a_strict_logger_raises_what_a_reader_raised(strict: Recorded) -> None:
    decorate: Callable[[Predict], Predict] = strict.logged(score=broken)
    with pytest.raises(Fault, match="reader"):
        decorate(answer)({"age": 41})
    assert invalid(strict) == 1


def one_by_one(features: object) -> Iterator[object]:
    yield features


async def one_by_one_later(features: object) -> AsyncIterator[object]:
    yield features


@pytest.mark.parametrize("function", [one_by_one, one_by_one_later])
def test_a_function_that_yields_is_refused(logger: Recorded, function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"^one_by_one\w* yields: log inside of it, by logger\.predict\(features\)$"):
        logger.logged(function)


def test_a_function_without_arguments_needs_a_reader(logger: Recorded) -> None:
    def model() -> int:
        return 1

    with pytest.raises(TypeError, match=r"model takes no argument: give features=lambda: …$"):
        logger.logged(model)
    assert logger.logged(features=lambda: {"a": 1})(model)() == 1
    assert logged(logger)["features"] == b'{"a":1}'
