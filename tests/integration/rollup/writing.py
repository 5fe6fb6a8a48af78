"""Writers driven step by step: real sessions that insert, turn back to savepoints, prepare, commit and roll back."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

if TYPE_CHECKING:
    import random

    import psycopg

MODELS: Final = (("churn", "v1"), ("churn", "v2"), ("fraud", "v1"))
LATENCIES: Final = (0.0, 0.4, 1.0, 1.5, 2.5, 10.0, 42.0, 250.0, 9_999.5, 60_000.0, -3.0, math.nan, math.inf, 5e-324)
CONFIDENCES: Final = (None, 0.0, 0.25, 0.5, 0.93, 1.0, math.nan, -math.inf)
NUMBERS: Final = (None, True, "41", [41], {"years": 41}, 0, -0.0, 1e200, 2**53 + 1, 10**400, 1e-320)
PLANS: Final = ("free", "pro", "pro", "team", None, True, False, 0, 1, 1.0, 2.5, "", "PRO", [1], {"a": 1}, 2**63, 2**70)
SEGMENTS: Final = (None, "", "de", "de", "fr", "it", "%s \\'\"", "x" * 101)
HOSTILE: Final = "a\"b'\\ %(x)s {π} \u202e"
INSERT: Final = """
INSERT INTO {table} (
    model_name, version, environment, segment, status, latency_ms, confidence, features, "timestamp"
)
SELECT * FROM unnest(
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::float8[], %s::jsonb[],
    %s::timestamptz[]
)
"""
COPY: Final = """
COPY {table} (
    model_name, version, environment, segment, status, latency_ms, confidence, features, "timestamp"
) FROM STDIN
"""


def document(rng: random.Random) -> dict[str, object]:
    """Features as services log them, good and bad."""
    features: dict[str, object] = {
        "age": rng.choice(NUMBERS) if rng.random() < 0.2 else rng.choice((rng.randint(18, 30), rng.gauss(40, 9))),
        "plan": rng.choice(PLANS) if rng.random() < 0.5 else f"plan {rng.randint(0, 9)}",
    }
    if rng.random() < 0.3:
        features[HOSTILE] = rng.choice((1.5, "x", None))
    if rng.random() < 0.1:
        features[f"new {rng.randint(0, 99)}"] = 1
    for name in list(features):
        if rng.random() < 0.1:
            del features[name]
    return features


def event_time(rng: random.Random, now: datetime) -> datetime:
    """A time of now or long ago, often just beside the border of a bucket, sometimes absurd."""
    chance = rng.random()
    if chance < 0.04:
        return rng.choice((datetime(1, 1, 3, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC), now + timedelta(days=9)))
    if chance < 0.06:
        return rng.choice((datetime(1970, 1, 1, tzinfo=UTC), datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)))
    ago = rng.choice((timedelta(0), timedelta(minutes=1), timedelta(hours=2), timedelta(days=1), timedelta(days=20)))
    moment = now - ago - timedelta(minutes=5)
    if rng.random() < 0.3:
        micro = timedelta(microseconds=rng.choice((-1, 0, 1, 59_999_999)))
        return moment.replace(minute=rng.choice((0, moment.minute)), second=0, microsecond=0) + micro
    return moment + timedelta(microseconds=rng.randint(-30_000_000, 0))


@dataclass(kw_only=True)
class Writer:
    """One session of a service."""

    name: str
    connection: psycopg.Connection[Any]
    partitions: frozenset[str]
    most_prepared: int = 0
    open: bool = False
    wrote: bool = False
    savepoints: list[str] = field(default_factory=list[str])
    prepared: list[str] = field(default_factory=list[str])
    made: int = 0

    @property
    def holds(self) -> bool:
        """Whether a transaction of this session may still commit rows."""
        return self.wrote or bool(self.prepared)

    def step(self, rng: random.Random, now: datetime) -> str:  # noqa: PLR0911 - one for each thing that a session can do
        """Do one thing that a session in this state can do; return its name."""
        if self.prepared and rng.random() < 0.3:
            return self._end_prepared(rng)
        if not self.open:
            self.open = True
            self.connection.execute("BEGIN")
            self._insert(rng, now)
            if rng.random() < 0.35:
                return self._end("COMMIT")
            return "begin"
        chance = rng.random()
        if chance < 0.4:
            self._insert(rng, now)
            return "insert"
        if chance < 0.5:
            self.made += 1
            self.savepoints.append(f"s{self.made}")
            self.connection.execute(sql.SQL("SAVEPOINT {}").format(sql.Identifier(self.savepoints[-1])))
            return "savepoint"
        if chance < 0.6 and self.savepoints:
            place = rng.randrange(len(self.savepoints))
            self.connection.execute(sql.SQL("ROLLBACK TO {}").format(sql.Identifier(self.savepoints[place])))
            del self.savepoints[place + 1 :]
            return "rollback to"
        if chance < 0.66 and len(self.prepared) < self.most_prepared:
            return self._prepare()
        return self._end("COMMIT" if chance < 0.87 else "ROLLBACK")

    def finish(self, rng: random.Random) -> None:
        """End whatever is open."""
        if self.open:
            self._end(rng.choice(("COMMIT", "COMMIT", "ROLLBACK")))
        while self.prepared:
            self._end_prepared(rng)

    def _end(self, how: str) -> str:
        self.connection.execute(sql.SQL("COMMIT" if how == "COMMIT" else "ROLLBACK"))
        self.open = self.wrote = False
        self.savepoints.clear()
        return how.lower()

    def _prepare(self) -> str:
        self.made += 1
        self.prepared.append(f"{self.name} {self.made}")
        self.connection.execute(sql.SQL("PREPARE TRANSACTION {}").format(sql.Literal(self.prepared[-1])))
        self.open = self.wrote = False
        self.savepoints.clear()
        return "prepare"

    def _end_prepared(self, rng: random.Random) -> str:
        if self.open:
            self._end("COMMIT")
        name = self.prepared.pop(rng.randrange(len(self.prepared)))
        verb = rng.choice(("COMMIT PREPARED {}", "ROLLBACK PREPARED {}"))
        self.connection.execute(sql.SQL(verb).format(sql.Literal(name)))
        return "end prepared"

    def _insert(self, rng: random.Random, now: datetime) -> None:
        self.wrote = True
        moments = [event_time(rng, now) for _ in range(rng.randint(1, 5))]
        table = "prediction_logs"
        if rng.random() < 0.3:  # a service may insert straight into a partition
            table = self._partition(moments[0])
        rows = [
            (
                *rng.choice(MODELS),
                "production",
                rng.choice(SEGMENTS),
                rng.choice(("success", "success", "error")),
                rng.choice(LATENCIES),
                rng.choice(CONFIDENCES),
                json.dumps(document(rng)),
                moment,
            )
            for moment in moments
        ]
        if table != "prediction_logs":
            rows = [row for row in rows if self._partition(row[-1]) == table]
        if rng.random() < 0.3:
            statement = sql.SQL(COPY).format(table=sql.Identifier(table))
            with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.connection.execute(sql.SQL(INSERT).format(table=sql.Identifier(table)), columns)

    def _partition(self, moment: datetime) -> str:
        monday = moment.date() - timedelta(days=moment.weekday())
        name = f"prediction_logs_{monday:%Y%m%d}"
        return name if name in self.partitions else "prediction_logs_default"
