"""Writers of predictions and of outcomes for them: late, early, twice, corrected, absurd, and for nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final
from uuid import UUID

from integration.rollup.writing import SEGMENTS, Writer

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

MODELS: Final = ("churn", "fraud", "price", "kind")
LABELS: Final[dict[str, tuple[str | None, ...]]] = {
    "churn": ("true", "false", "true", "false", "1", "True", "", None),
    "fraud": ("fraud", "fine", "fine", "fine", "fine", None),
    "price": (None, None, None, None, None, None, "dear"),
    "kind": ("a", "b", "c", "c", "d", "%s \\'\"", "a" * 300),
}
VALUES: Final[dict[str, tuple[float | None, ...]]] = {
    "churn": (None, None, 0.0, 1.0, 0.5, math.nan),
    "fraud": (None,),
    "price": (1.5, 20.25, 3.0, 1e69, -4.0, 1e200, math.nan, math.inf, None),
    "kind": (None, 2.0, 7.0),
}
SCORES: Final = (None, None, 0.0, 0.03, 0.25, 0.5, 0.731, 0.99, 1.0, 1.5, math.nan)
CONFIDENCES: Final = (None, 0.2, 0.5, 0.731, 0.98, 0.9999, 1.0, -0.1, 97.0, math.nan)
PREDICTION: Final = """
INSERT INTO prediction_logs (
    id, model_name, version, environment, segment, latency_ms, features, predicted_label, predicted_value,
    predicted_score, confidence, "timestamp"
)
VALUES (%s, %s, %s, 'production', %s, 1, '{"age": 1}', %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""
OUTCOME: Final = """
INSERT INTO prediction_outcomes (id, prediction_id, label, value, "timestamp")
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""


def make_id(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def predicted_at(rng: random.Random, now: datetime, tick: int) -> datetime:
    """A time that no other prediction has: writers of one row would wait for each other."""
    if rng.random() < 0.04:
        return rng.choice((datetime(1969, 12, 31, 0, 0, 0, tick, UTC), now + timedelta(days=9, microseconds=tick)))
    ago = rng.choice((timedelta(0), timedelta(hours=1), timedelta(hours=9), timedelta(days=1), timedelta(days=12)))
    if rng.random() < 0.2:
        return (now - ago).replace(minute=0, second=0, microsecond=tick)
    return now - ago - timedelta(seconds=rng.randint(0, 30), microseconds=tick)


def turned_out_at(rng: random.Random, now: datetime) -> datetime:
    if rng.random() < 0.05:
        return rng.choice((datetime(1960, 1, 1, tzinfo=UTC), now + timedelta(days=2), now - timedelta(days=15)))
    ago = rng.choice((timedelta(0), timedelta(0), timedelta(hours=2), timedelta(days=3)))
    return now - ago - timedelta(seconds=rng.choice((0, 0, 1, 60)))  # equal times, which ids decide


@dataclass(kw_only=True)
class PairWriter(Writer):
    """A session that logs predictions and outcomes of a few ids, again and again."""

    ids: dict[UUID, str] = field(default_factory=dict[UUID, str])
    ticks: Iterator[int] = field(default_factory=count)

    def _insert(self, rng: random.Random, now: datetime) -> None:
        self.wrote = True
        for _ in range(rng.randint(1, 5)):
            key = rng.choice(sorted(self.ids)) if self.ids and rng.random() < 0.7 else make_id(rng)
            model = self.ids.setdefault(key, rng.choice(MODELS))
            label, value = rng.choice(LABELS[model]), rng.choice(VALUES[model])
            if rng.random() < 0.45:
                version = rng.choice(("v1", "v1", "v2"))
                row = (key, model, version, rng.choice(SEGMENTS), label, value, rng.choice(SCORES))
                row = (*row, rng.choice(CONFIDENCES))
                self.connection.execute(PREDICTION, (*row, predicted_at(rng, now, next(self.ticks))))
            else:
                self.connection.execute(OUTCOME, (make_id(rng), key, label, value, turned_out_at(rng, now)))
