"""Log predictions: one, a batch, or each call of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import getsizeof
from time import time_ns
from typing import Any, Final, ParamSpec, TypeVar, overload
from uuid import UUID

from driftgauge.client.calls import PredictionCall, Read, logged
from driftgauge.client.encoding import encode, encode_object, split_answer
from driftgauge.client.frames import records, spread
from driftgauge.client.identifiers import id_made_at, new_id
from driftgauge.client.intake import BLOCK
from driftgauge.client.ledger import Drop
from driftgauge.client.offering import LARGEST_ROW, OVERHEAD, Offering
from driftgauge.client.rows import PREDICTIONS
from driftgauge.client.values import identifier, moment, number, required, text

_P = ParamSpec("_P")
_R = TypeVar("_R")
SUCCESS: Final = "success"
TABLE: Final = PREDICTIONS.name


class PredictionCalls(Offering):
    """The part of the logger that logs predictions.

    `log_prediction` runs between a service's own work, when little of this is in the processor's caches: what it calls
    costs more than what it computes, so it asks for little and does the rest itself.
    """

    def log_prediction(  # noqa: C901, PLR0913 - a keyword a column, and see above
        self,
        features: object,
        *,
        latency_ms: object,
        prediction: object = None,
        score: object = None,
        confidence: object = None,
        status: object = SUCCESS,
        user_id: object = None,
        segment: object = None,
        prediction_id: UUID | str | None = None,
        timestamp: object = None,
    ) -> UUID:
        """Log one prediction and return its id, which outcomes and explanations refer to.

        Parameters
        ----------
        features
            A mapping of names to values: numbers, text, booleans, None; a pandas Series or a data frame of one row will
            do. They are copied.
        latency_ms
            How long the answer took, in milliseconds.
        prediction
            What the model answered. Text and booleans are kept as its label, numbers as its value, anything else as
            JSON.
        score, confidence
            The score (of a classifier of two classes, the probability of the positive one), and how sure the model was
            (of several classes, the probability of the one that it answered).
        status
            `success`, `error`, or a word of your own.
        user_id, segment
            Whom and which part of the traffic it was for.
        prediction_id
            Your own UUID; then logging it again stores it once, if the `timestamp` is the same, too.
        timestamp
            When it was made; now, if not given. A time without zone is UTC.
        """
        now = time_ns()
        key = id_made_at(now)
        try:
            if prediction_id is not None:
                key = identifier(prediction_id)
            encoded = encode(features) if type(features) is dict else encode_object(features)  # pyright: ignore[reportUnknownArgumentType] - whatever it holds
            size = len(encoded)
            answer = label = value = None
            if prediction is not None:
                answer, label, value = split_answer(prediction)
                if answer is not None:
                    size += getsizeof(answer)
                if label is not None:
                    size += getsizeof(label)
            if status is not SUCCESS:
                if type(status) is not str:
                    status = text(status) or SUCCESS
                size += getsizeof(status)
            if user_id is not None and (user_id := self.user(user_id)) is not None:
                size += getsizeof(user_id)
            if segment is not None and (segment := text(segment)) is not None:
                size += getsizeof(segment)
            model, version, environment = self._model
            row = (
                key.int,
                model,
                version,
                environment,
                now if timestamp is None else moment(timestamp),
                encoded,
                answer,
                label,
                value,
                score if score is None or type(score) is float else number(score),
                confidence if confidence is None or type(confidence) is float else number(confidence),
                latency_ms if type(latency_ms) is float else required("latency_ms", latency_ms),
                status,
                user_id,
                segment,
                None,
            )
            if size <= LARGEST_ROW:
                self._delivery.put(TABLE, row, (size + OVERHEAD) // BLOCK + 1)
            else:
                self._delivery.refuse(Drop.TOO_LARGE)
        except Exception as error:  # noqa: BLE001 - logging must not stop a prediction
            self.refuse(error)
        return key

    def log_predictions(  # noqa: PLR0913 - a keyword a column
        self,
        features: object,
        *,
        latency_ms: object,
        prediction: object = None,
        score: object = None,
        confidence: object = None,
        status: object = SUCCESS,
        user_id: object = None,
        segment: object = None,
        prediction_id: object = None,
        timestamp: object = None,
        names: Sequence[str] | None = None,
    ) -> list[UUID]:
        """Log a batch of predictions and return their ids, one a row, whatever became of it.

        `features` is a data frame, a mapping of names to columns, a sequence of mappings, or an array of shape
        (rows, features) with `names`. All else is as in `log_prediction`, one value for all rows or a sequence or array
        of one a row.
        """
        try:
            rows = records(features, names)
        except Exception as error:  # noqa: BLE001 - logging must not stop a prediction
            self.refuse(error)
            return []
        columns = {
            "latency_ms": latency_ms,
            "prediction": prediction,
            "score": score,
            "confidence": confidence,
            "status": status,
            "user_id": user_id,
            "segment": segment,
            "prediction_id": prediction_id,
            "timestamp": timestamp,
        }
        try:
            fields = [spread(name, values, len(rows)) for name, values in columns.items()]
        except Exception as error:  # noqa: BLE001 - logging must not stop a prediction
            self.refuse(error, rows=len(rows))
            return [new_id() for _ in rows]
        return [
            self.log_prediction(row, **dict(zip(columns, of_row, strict=True)))
            for row, *of_row in zip(rows, *fields, strict=True)
        ]

    def predict(
        self,
        features: object,
        *,
        user_id: object = None,
        segment: object = None,
        prediction_id: UUID | str | None = None,
        timestamp: object = None,
    ) -> PredictionCall:
        """Return a context that times a predict call and logs it when it ends, well or by an error.

        What it is given is as in `log_prediction`. `with` and `async with` both do.
        """
        fields = {"user_id": user_id, "segment": segment, "timestamp": timestamp}
        return PredictionCall(features, prediction_id, fields, log=self.log_prediction, refuse=self.refuse)

    @overload
    def logged(self, function: Callable[_P, _R], /) -> Callable[_P, _R]: ...
    @overload
    def logged(
        self,
        /,
        *,
        features: Callable[..., object] | None = None,
        prediction: Read | None = None,
        score: Read | None = None,
        confidence: Read | None = None,
    ) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
    def logged(
        self,
        function: Callable[..., Any] | None = None,
        /,
        *,
        features: Callable[..., object] | None = None,
        prediction: Read | None = None,
        score: Read | None = None,
        confidence: Read | None = None,
    ) -> Any:
        """Decorate a predict function, or coroutine function, so that each call is timed and logged.

        The argument named `features`, else the first, is what is logged as features, unless `features` finds them among
        the call's arguments; the result is the prediction, unless `prediction` takes it from the result. `score` and
        `confidence` take theirs from the result.
        """
        given = {"prediction": prediction, "score": score, "confidence": confidence}
        reads = {name: read for name, read in given.items() if read is not None}

        def decorate(decorated: Callable[_P, _R]) -> Callable[_P, _R]:
            return logged(
                self.predict,
                decorated,
                features=features,
                reads=reads,
                refuse=self.refuse,
            )

        return decorate if function is None else decorate(function)
