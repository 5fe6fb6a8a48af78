"""What comparing the importances of a model's features, logging by logging, has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from driftgauge.explanation.importance import ImportanceChange, Rules, State
from driftgauge.explanation.loggings import Row
from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.keys import key_of

LOGGED: Final = "logged"
"""The basis of importances that services logged themselves."""

VERSION, LOGGING, NOTHING = "version", "logging", "nothing"
"""What a logging is compared with: one of another version, one of the same, or none."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LoggingKey:
    """The logging of a version that began at a moment."""

    at: datetime
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Importances of a model that were inserted lately: from when to when, and the earliest time that they are of."""

    rows: int
    first_at: datetime
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedModel:
    """The newest row of a model's importances, and when the newest logging that is compared began."""

    newest_at: datetime
    compared_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A comparison that is stored; `fingerprint` is of all that it was made from."""

    comparison_id: int
    key: LoggingKey
    compared_with: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A logging, what it was compared with (None: nothing), and what that found."""

    key: LoggingKey
    previous: LoggingKey | None
    found: ImportanceChange
    rules: Rules
    fingerprint: str

    @property
    def compared_with(self) -> str:
        """What it was compared with, in a word."""
        if self.previous is None:
            return NOTHING
        return LOGGING if self.previous.version == self.key.version else VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFeature:
    """What is shown of one feature of a comparison."""

    feature: str
    importance: float | None
    rank: int | None
    change: float | None
    rank_change: int | None
    compared: bool
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownComparison:
    """What is shown of the newest comparison of a model: `features` are the most important ones on either side."""

    key: ModelKey
    basis: str
    at: datetime
    compared_with: str
    previous_version: str | None
    states: Mapping[State, int]
    ndcg: float | None
    ndcg_threshold: float
    spearman: float | None
    kendall: float | None
    threshold: float
    drifted: bool | None
    features: tuple[ShownFeature, ...]


def fingerprint(
    previous: tuple[LoggingKey, Mapping[str, float]] | None, current: Mapping[str, float], *rules: object
) -> str:
    """Return a text that is another where anything that a comparison is made from is; `rules` by how they are written.

    Examples
    --------
    >>> fingerprint(None, {"age": 1.0, "plan": 2.0}, Rules()) == fingerprint(None, {"plan": 2.0, "age": 1.0}, Rules())
    True
    >>> fingerprint(None, {"age": 1.0}, Rules()) == fingerprint(None, {"age": 1.0}, Rules(threshold=0.2))
    False
    """
    # by repr, which tells every float64 from every other, and NaN, too
    sides = [_sorted(previous[1]) if previous else None, _sorted(current)]
    said = [previous[0].version, previous[0].at.timestamp()] if previous else None
    return sha256(repr([said, sides, rules]).encode()).hexdigest()


def read_news(connection: Connection, *, since: datetime) -> dict[ModelKey, News]:
    """Return the models of which importances were inserted after a moment."""
    return {
        key_of(row): News(rows=row.rows, first_at=row.first_at, oldest=row.oldest, newest=row.newest)
        for row in fetch_all(connection, "importance/read_news", since=since)
    }


def read_logged_models(connection: Connection) -> dict[ModelKey, LoggedModel]:
    """Return every model that importances were ever logged of."""
    return {
        key_of(row): LoggedModel(newest_at=row.newest_at, compared_at=row.compared_at)
        for row in fetch_all(connection, "importance/read_models")
    }


def try_importance_lock(connection: Connection, *, model: str, environment: str) -> bool:
    """Tell whether the importances of all versions of a model are this transaction's to compare."""
    row = fetch_one(connection, "importance/try_lock", model_name=model, environment=environment)
    return bool(row is not None and row.locked)


def read_anchor(connection: Connection, key: ModelKey, *, until: datetime) -> datetime | None:
    """Return when the last logging of a model that is compared and began by then did."""
    row = fetch_one(connection, "importance/read_anchor", **_params(key), until=until)
    return None if row is None else row.at


def read_rows(
    connection: Connection, key: ModelKey, *, start: datetime | None, end: datetime | None, most: int
) -> list[Row]:
    """Return the importances of a model from `start` until before `end`, or now, the oldest first."""
    rows = fetch_all(connection, "importance/read_rows", **_params(key), span_start=start, span_end=end, most=most)
    return [(row.at, row.feature_name, float(row.importance_value)) for row in rows]


def read_first(connection: Connection, key: ModelKey) -> datetime | None:
    """Return when importances of a model were logged first."""
    row = fetch_one(connection, "importance/read_first", **_params(key))
    return None if row is None else row.at


def read_before(connection: Connection, key: ModelKey, *, before: datetime) -> LoggingKey | None:
    """Return the logging before a moment that one of then is compared with by default.

    It is the last of the same version, or, where that had none, of whichever version was logged last.
    """
    for name in ("importance/read_logging_before", "importance/read_version_before"):
        row = fetch_one(connection, name, **_params(key), before=before)
        if row is not None:
            return LoggingKey(at=row.at, version=row.version)
    return None


def read_comparisons(connection: Connection, *, model: str, environment: str, since: datetime) -> list[Stored]:
    """Return the stored comparisons of all versions of a model from a moment on, the oldest first."""
    rows = fetch_all(connection, "importance/read_comparisons", model_name=model, environment=environment, since=since)
    return [
        Stored(
            comparison_id=row.id,
            key=LoggingKey(at=row.at, version=row.version),
            compared_with=row.compared_with,
            fingerprint=row.fingerprint,
        )
        for row in rows
    ]


def delete_comparisons(connection: Connection, ids: Sequence[int]) -> None:
    """Delete comparisons and what they found of each feature."""
    if ids:
        execute(connection, "importance/delete_comparisons", ids=list(ids))


def write_comparison(connection: Connection, key: ModelKey, comparison: Comparison) -> None:
    """Write what a comparison found, feature by feature."""
    found, rules, previous = comparison.found, comparison.rules, comparison.previous
    about = {
        **_params(key),
        "at": comparison.key.at,
        "compared_with": comparison.compared_with,
        "previous_version": None if previous is None else previous.version,
        "previous_timestamp": None if previous is None else previous.at,
        "threshold": rules.threshold,
    }
    row = fetch_one(
        connection,
        "importance/write_comparison",
        **about,
        features=len(found.features),
        appeared=list(found.of(State.APPEARED)),
        vanished=list(found.of(State.VANISHED)),
        left_out=list(found.left_out),
        ndcg=found.ndcg,
        ndcg_threshold=rules.ndcg_threshold,
        spearman=found.spearman,
        kendall=found.kendall,
        relative_threshold=rules.relative_threshold,
        normalised=rules.normalise,
        drifted=found.drifted,
        drifted_features=len(found.drifted_features),
        reason=found.reason,
        fingerprint=comparison.fingerprint,
    )
    assert row is not None  # noqa: S101 - what was inserted is returned
    execute_many(
        connection,
        "importance/write_feature",
        [
            about
            | {
                "comparison_id": row.id,
                "feature_name": each.feature,
                "previous": each.previous,
                "current": each.current,
                "change": each.change,
                "relative_change": each.relative_change,
                "previous_rank": each.previous_rank,
                "current_rank": each.current_rank,
                "rank_change": each.rank_change,
                "state": each.state,
                "drifted": each.drifted,
            }
            for each in found.features
        ],
    )


def read_shown(connection: Connection, *, versions: int, features: int) -> list[ShownComparison]:
    """Return the newest comparison of so many versions of each model, those that were logged last."""
    rows = fetch_all(connection, "importance/read_shown", versions=versions)
    of: dict[int, list[ShownFeature]] = {row.id: [] for row in rows}
    for row in fetch_all(connection, "importance/read_shown_features", ids=list(of), most=features) if of else ():
        of[row.comparison_id].append(
            ShownFeature(
                feature=row.feature_name,
                importance=row.current_importance,
                rank=row.current_rank,
                change=row.importance_change,
                rank_change=row.rank_change,
                compared=row.state is not None,
                drifted=row.drift_detected,
            )
        )
    return [
        ShownComparison(
            key=key_of(row),
            basis=row.basis,
            at=row.timestamp,
            compared_with=row.compared_with,
            previous_version=row.previous_version,
            states={state: getattr(row, state) for state in State},
            ndcg=row.ndcg,
            ndcg_threshold=row.ndcg_threshold,
            spearman=row.spearman,
            kendall=row.kendall,
            threshold=row.threshold,
            drifted=row.drifted,
            features=tuple(of[row.id]),
        )
        for row in rows
    ]


def _sorted(importances: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(importances.items())


def _params(key: ModelKey) -> dict[str, str]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
