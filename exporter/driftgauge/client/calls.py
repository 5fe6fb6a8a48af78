"""Time a predict call, log it with what came of it, and let its error pass."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast
from uuid import UUID

from driftgauge.client.encoding import Encoded, encode_object
from driftgauge.client.identifiers import new_id
from driftgauge.client.values import identifier

_P = ParamSpec("_P")
_R = TypeVar("_R")
Read = Callable[[Any], object]


class PredictionCall:
    """One call of a model, from `with logger.predict(features) as call:`.

    Set `prediction`, and where there are any `score` and `confidence`, before the block ends. `prediction_id` is known
    from the start. An error in the block is logged as status `error` with its type, and goes on; a cancelled task is
    logged as `cancelled`.
    """

    def __init__(
        self,
        features: object,
        prediction_id: object,
        fields: dict[str, object],
        *,
        log: Callable[..., object],
        refuse: Callable[[Exception], None],
    ) -> None:
        """Fix the features now: the model may change them."""
        self._log = log
        self._fields = fields
        self.prediction_id: UUID = new_id()
        self.prediction: object = None
        self.score: object = None
        self.confidence: object = None
        self.status: str = "success"
        try:
            if prediction_id is not None:
                self.prediction_id = identifier(prediction_id)
            self._features: Encoded | None = Encoded(encode_object(features))
        except Exception as error:  # noqa: BLE001 - logging must not stop a prediction
            self._features = None
            refuse(error)
        self._started = time.perf_counter()

    def __enter__(self) -> Self:
        """Start the clock."""
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log the call; the error goes on."""
        latency_ms = (time.perf_counter() - self._started) * 1000
        if self._features is None:
            return
        if error is not None:
            name = type(error).__name__
            self.status = "cancelled" if name == "CancelledError" else "error"
            self.prediction = {"error": name}
        self._log(
            self._features,
            prediction_id=self.prediction_id,
            prediction=self.prediction,
            score=self.score,
            confidence=self.confidence,
            latency_ms=latency_ms,
            status=self.status,
            **self._fields,
        )

    async def __aenter__(self) -> Self:
        """Start the clock."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log the call; the error goes on."""
        self.__exit__(kind, error, trace)


def logged(
    predict: Callable[..., PredictionCall],
    function: Callable[_P, _R],
    *,
    features: Callable[..., object] | None,
    reads: dict[str, Read],
    refuse: Callable[[Exception], None],
) -> Callable[_P, _R]:
    """Return a function, or coroutine function, that logs each call of `function`.

    `features` gets the call's arguments and returns the features; without it they are the argument named `features`,
    else the first. `reads` has, for `prediction`, `score` and `confidence`, what to take from the result.

    Raises
    ------
    TypeError
        If the function yields its results one by one, or has no argument that could be the features.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__qualname__} yields: log inside of it, by logger.predict(features)")
    find = features or _argument(function)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> PredictionCall:
        try:
            found = find(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the caller's own error comes when the function is called
            found = error
        return predict(found)

    def finish(call: PredictionCall, result: object) -> None:
        try:
            call.prediction = result
            for field, read in reads.items():
                setattr(call, field, read(result))
        except Exception as error:  # noqa: BLE001 - what is logged must not stop the prediction
            refuse(error)

    if inspect.iscoroutinefunction(function):
        awaited = cast("Callable[..., Awaitable[Any]]", function)

        @functools.wraps(function)
        async def waiting(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - the function's own
            with begin(args, kwargs) as call:
                result = await awaited(*args, **kwargs)
                finish(call, result)
            return result

        return cast("Callable[_P, _R]", waiting)

    @functools.wraps(function)
    def calling(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with begin(args, kwargs) as call:
            result = function(*args, **kwargs)
            finish(call, result)
        return result

    return calling


def _argument(function: Callable[..., object]) -> Callable[..., object]:
    """Return what finds the argument named `features`, else the first besides `self`, among a call's arguments."""
    parameters = inspect.signature(function).parameters
    names = [name for name in parameters if name not in ("self", "cls")]
    if not names:
        raise TypeError(f"{function.__qualname__} takes no argument: give features=lambda: …")
    name = "features" if "features" in names else names[0]
    place = list(parameters).index(name)
    by_name = parameters[name].kind is inspect.Parameter.KEYWORD_ONLY  # `args` may have others at its place

    def find(*args: object, **kwargs: object) -> object:
        return kwargs[name] if by_name or place >= len(args) else args[place]

    return find
