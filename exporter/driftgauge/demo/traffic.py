"""Flights as a service's traffic: batches of requests, answered by the model as rows of `prediction_logs`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from driftgauge.demo.flights import FEATURES, Column, Flights, FloatArray, TimeArray
from driftgauge.demo.model import ENVIRONMENT, MODEL_NAME, THRESHOLD, DelayModel
from driftgauge.errors import BadInput

Json = dict[str, str | int | float | bool | None]

WEEK: Final = timedelta(weeks=1)
TRAINING: Final = (datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 2, 18, tzinfo=UTC))
WINTER_ENDS: Final = datetime(2013, 3, 18, tzinfo=UTC)  # the history ends in the week after this moment
SUMMER: Final = (
    datetime(2013, 6, 24, tzinfo=UTC),
    datetime(2013, 7, 1, tzinfo=UTC),
)  # storms: the model errs more often
MOST_DAYS: Final = (WINTER_ENDS - TRAINING[0]).days
HELD_BACK: Final = 1 / 3

LATENCY_MEDIAN_MS: Final = 35.0
LATENCY_SIGMA: Final = 0.45  # of the logarithm: mean 39 ms, 99th percentile 100 ms
BLOCK: Final = 4096
LABELS: Final = ("on_time", "late")


class PredictionRow(NamedTuple):
    """One row of `prediction_logs`, in the order that `store.feed.write_predictions` takes."""

    id: UUID
    model_name: str
    version: str
    environment: str
    user_id: str
    features: Json
    prediction_result: Json | None
    predicted_label: str | None
    predicted_score: float | None
    confidence: float | None
    latency_ms: float
    status: str
    timestamp: datetime


class OutcomeRow(NamedTuple):
    """One row of `prediction_outcomes`, in the order that `store.feed.write_outcomes` takes."""

    id: UUID
    prediction_id: UUID
    label: str
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Requests before the model answers: their features, how long each takes, and which fail."""

    features: dict[str, Column]
    latency_ms: FloatArray
    failed: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many requests there are."""
        return len(self.failed)

    def take(self, chosen: NDArray[np.bool_]) -> Batch:
        """Return the chosen requests."""
        return Batch(
            features={name: column[chosen] for name, column in self.features.items()},
            latency_ms=self.latency_ms[chosen],
            failed=self.failed[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """The year's flights, parted for one run; `shift` is the whole weeks from 2013 to the run's present.

    `history` and `winter` are disjoint random shares of the same weeks, so that live traffic drawn from `winter`
    differs from the history by chance alone; `summer` is the drift that the data hold themselves.
    """

    history: Flights
    winter: Flights
    summer: Flights
    shift: timedelta


def part(flights: Flights, *, end: datetime, days: int, rng: np.random.Generator) -> Parts:
    """Part the flights so that `days` days of late winter, shifted by whole weeks, end at `end`.

    Raises
    ------
    BadInput
        If so many days of winter are not in the data.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(f"the flights of early 2013 give no history of {days} days: ask for 1 to {MOST_DAYS}")
    shift = (end - WINTER_ENDS) // WEEK * WEEK
    weeks = flights.between(end - shift - timedelta(days=days), end - shift)
    held_back = rng.random(len(weeks)) < HELD_BACK
    return Parts(
        history=weeks.take(~held_back),
        winter=weeks.take(held_back),
        summer=flights.between(*SUMMER),
        shift=shift,
    )


def history(parts: Parts, model: DelayModel, *, rng: np.random.Generator) -> list[PredictionRow]:
    """Return the history's rows, oldest first, at the flights' own times shifted to the present.

    What the model said is in their result, but not where it is held against outcomes: none of them were kept.
    """
    rows: list[PredictionRow] = []
    for start in range(0, len(parts.history), BLOCK):
        block = parts.history.take(np.arange(start, min(start + BLOCK, len(parts.history))))
        times = block.scheduled + np.timedelta64(parts.shift)
        answered = answer(request(block, rng=rng), model, times=times, rng=rng)
        rows += [row._replace(predicted_label=None, predicted_score=None) for row in answered]
    return rows


def request(flights: Flights, *, rng: np.random.Generator) -> Batch:
    """Return healthy requests for the flights: nothing fails, latencies are lognormal."""
    return Batch(
        features=flights.features,
        latency_ms=rng.lognormal(np.log(LATENCY_MEDIAN_MS), LATENCY_SIGMA, len(flights)),
        failed=np.zeros(len(flights), dtype=np.bool_),
    )


def answer(batch: Batch, model: DelayModel, *, times: TimeArray, rng: np.random.Generator) -> list[PredictionRow]:
    """Return the rows that a service would log at `times` (UTC): plain JSON types, None for what is missing."""
    if not len(batch):
        return []
    values = [_plain(name, batch.features[name]) for name in model.features]
    microseconds: list[int] = times.astype("datetime64[us]").astype(np.int64).tolist()
    rows: list[PredictionRow] = []
    for position, (inputs, score, latency_ms, failed, microsecond) in enumerate(
        zip(
            zip(*values, strict=True),
            model.score(batch.features).round(6).tolist(),
            batch.latency_ms.round(3).tolist(),
            batch.failed.tolist(),
            microseconds,
            strict=True,
        )
    ):
        late = score >= THRESHOLD
        rows.append(
            PredictionRow(
                id=_identifier(microsecond // 1000, rng),
                model_name=MODEL_NAME,
                version=model.version,
                environment=ENVIRONMENT,
                user_id=f"dispatch-{batch.features['carrier'][position]}",
                features=dict(zip(model.features, inputs, strict=True)),
                prediction_result=None if failed else {"late": late, "probability": score},
                predicted_label=None if failed else LABELS[late],
                predicted_score=None if failed else score,
                confidence=None if failed else max(score, 1 - score),
                latency_ms=latency_ms,
                status="error" if failed else "success",
                timestamp=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microsecond),
            )
        )
    return rows


def turned_out(row: PredictionRow, *, late: float, after: timedelta, rng: np.random.Generator) -> OutcomeRow | None:
    """Return the outcome of a prediction, so long after it; None where there was no answer, or it never came in."""
    if row.predicted_label is None or late != late:  # noqa: PLR0124  # NaN differs from itself
        return None
    at = row.timestamp + after
    millisecond = (at - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    return OutcomeRow(id=_identifier(millisecond, rng), prediction_id=row.id, label=LABELS[int(late)], timestamp=at)


def _plain(name: str, column: Column) -> list[str | int | float | None]:
    values = column.tolist()
    if FEATURES[name] == "category":
        return values
    if FEATURES[name] == "integer":
        return [None if value != value else int(value) for value in values]  # noqa: PLR0124  # NaN differs from itself
    return [None if value != value else value for value in values]  # noqa: PLR0124  # the same


def _identifier(millisecond: int, rng: np.random.Generator) -> UUID:
    """Return a UUID of version 7 (RFC 9562), so that keys are written in order of time."""
    noise = int.from_bytes(rng.bytes(10))
    return UUID(int=millisecond << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & (1 << 62) - 1)
