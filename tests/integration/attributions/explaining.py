"""Writers of attributions: whole explanations and pieces of them, late, absurd, of features that come and go."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from uuid import UUID

from psycopg import sql

from integration.rollup.schedule import Stage
from integration.rollup.writing import Writer, event_time

if TYPE_CHECKING:
    import random
    from datetime import datetime

LOGS: Final = {"shap": ("shap_values", "shap_value"), "lime": ("lime_explanations", "weight")}
MODELS: Final = (("churn", "v1"), ("churn", "v2"), ("fraud", "v1"))
FEATURES: Final = ("age", "plan", "visits", "a\"b'\\ %(x)s {π} \u202e")
STRANGE: Final = ("new", "newer", "", "n" * 200, "n" * 201)
VALUES: Final = (0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, math.nan, math.inf, -math.inf, 1e200, 1e-320, 0.25, 0.25)
INSERT: Final = """
INSERT INTO {table} (prediction_id, model_name, version, feature_name, {value}, "timestamp")
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::timestamptz[])
"""
COPY: Final = 'COPY {table} (prediction_id, model_name, version, feature_name, {value}, "timestamp") FROM STDIN'


@dataclass(kw_only=True)
class ExplanationWriter(Writer):
    """A session that logs explanations of predictions, some of them piece by piece."""

    pending: list[UUID] = field(default_factory=list[UUID])

    def _insert(self, rng: random.Random, now: datetime) -> None:
        self.wrote = True
        table, column = LOGS[rng.choice(("shap", "shap", "lime"))]
        names = {"table": sql.Identifier(table), "value": sql.Identifier(column)}
        rows: list[tuple[object, ...]] = []
        for _ in range(rng.randint(1, 4)):
            key = UUID(int=rng.getrandbits(128), version=4)
            if self.pending and rng.random() < 0.2:
                key = rng.choice(self.pending)
            self.pending.append(key)
            model, version = rng.choice(MODELS)
            moment = event_time(rng, now)
            features = [feature for feature in FEATURES if rng.random() < 0.9]
            if rng.random() < 0.2:
                features.append(rng.choice(STRANGE))
            rows += [
                (key, model, version, feature, rng.choice(VALUES) if rng.random() < 0.3 else rng.gauss(0, 1), moment)
                for feature in features
            ]
        if not rows:
            return
        if rng.random() < 0.3:
            with self.connection.cursor() as cursor, cursor.copy(sql.SQL(COPY).format(**names)) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self.connection.execute(sql.SQL(INSERT).format(**names), columns)


def empty(stage: Stage) -> None:
    """Empty every table that a schedule fills."""
    stage.reset()
    stage.admin.execute("TRUNCATE shap_values, lime_explanations")
    stage.admin.execute("DELETE FROM attribution_references")
    for table, _ in LOGS.values():
        stage.admin.execute("SELECT setval(%s, 1, false)", (f"{table}_ingest_seq",))
