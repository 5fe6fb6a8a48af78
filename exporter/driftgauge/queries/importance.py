"""How much each feature matters to a model, and how that changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from driftgauge.errors import BadInput
from driftgauge.explanation.importance import CLASSIC, ImportanceChange, Rules, State, compare
from driftgauge.explanation.loggings import loggings
from driftgauge.explanation.ranking import ranks
from driftgauge.queries.asking import MOST_ROWS, at_most, days_back, named, of_model
from driftgauge.queries.values import finite, utc, utc_if_any
from driftgauge.store.execute import Connection, fetch_all

SPAN: Final = timedelta(hours=1)
"""Importances that were logged within it are one logging, unless it is set otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureImportanceChange:
    """How a feature's importance differs from the one before; what a side lacks is None, never 0.

    `change` is current - previous; `rank_change` is positive where the feature became more important. `state` is
    stable, changed, appeared or vanished, and None where there was nothing to compare with.
    """

    feature: str
    previous: float | None
    current: float | None
    change: float | None
    relative_change: float | None
    previous_rank: int | None
    current_rank: int | None
    rank_change: int | None
    state: str | None
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceDrift:
    """The importances of a version, logged at `timestamp`, held against others.

    `compared_with` is a logging of another version (`version`), of the same (`logging`), or `nothing`, and `drifted` is
    None then. `left_out` names features whose importance was no number.
    """

    version: str
    environment: str
    basis: str
    timestamp: datetime
    compared_with: str
    previous_version: str | None
    previous_timestamp: datetime | None
    drifted: bool | None
    reason: str
    threshold: float
    relative_threshold: float | None
    normalised: bool
    ndcg: float | None
    ndcg_threshold: float
    spearman: float | None
    kendall: float | None
    appeared: list[str]
    vanished: list[str]
    left_out: list[str]
    features: list[FeatureImportanceChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureImportance:
    """How much a feature mattered by one logging, which began at `timestamp`; rank 1 is the most."""

    timestamp: datetime
    version: str
    environment: str
    feature: str
    importance: float | None
    rank: int | None


def importance_drift(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    against: str | None = None,
    rules: Rules | None = None,
    span: timedelta | None = None,
) -> list[ImportanceDrift]:
    """Return the newest comparison of each version's importances, the version that was logged last first.

    `against` another version, the last logging of each (within a `span`, by default an hour) is compared now, by the
    `rules`, by default the classic one.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    of = of_model(model, version, environment)
    if against is not None:
        if named("against", against) == version:
            raise BadInput(f"version {version} cannot be held against itself; name another by --against")
        return list(_compared_now(connection, of, against, rules or CLASSIC, span or SPAN))
    rows = fetch_all(connection, "show/importance_drift", **of)
    return [_stored(list(each)) for _, each in groupby(rows, key=lambda row: row.id)]


def importance_history(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: float = 30,
    limit: int = 1_000,
    span: timedelta | None = None,
) -> list[FeatureImportance]:
    """Return the importances that were logged in the last days, logging by logging, the newest first, ranked in each.

    A logging takes what was logged within a `span`, by default an hour. Of one that the limit would cut, nothing is
    returned.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    most = at_most(limit)
    hours = days_back(days)
    rows = fetch_all(
        connection, "show/importance_history", **of_model(model, version, environment), hours=hours, rows=MOST_ROWS
    )
    of: dict[tuple[str, str], list[Any]] = {}
    for row in reversed(rows):
        of.setdefault((row.version, row.environment), []).append(row)
    found = [
        (one.at, key, one.importances)
        for key, own in of.items()
        for one in loggings(map(_as_logged, own), span or SPAN)
    ]
    answer: list[FeatureImportance] = []
    for at, (of_version, of_environment), importances in sorted(found, key=lambda one: (one[0], one[1]), reverse=True):
        if len(answer) + len(importances) > most:
            break
        ranked = ranks({name: value for name, value in importances.items() if finite(value) is not None})
        answer += [
            FeatureImportance(
                timestamp=utc(at),
                version=of_version,
                environment=of_environment,
                feature=name,
                importance=finite(importances[name]),
                rank=ranked.get(name),
            )
            for name in (*ranked, *sorted(importances.keys() - ranked.keys()))
        ]
    return answer


def _compared_now(
    connection: Connection, of: dict[str, str | None], against: str, rules: Rules, span: timedelta
) -> Iterable[ImportanceDrift]:
    """Yield the last logging of each version that was asked for, compared with that of another."""
    rows = fetch_all(connection, "show/last_importances", model_name=of["model_name"], span=span)
    last: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if of["environment"] in {None, row.environment}:
            last.setdefault((row.version, row.environment), []).append(row)
    for (version, environment), own in last.items():
        if version == against or of["version"] not in {None, version}:
            continue
        before = last.get((against, environment), [])
        previous = {row.feature_name: row.importance_value for row in before}
        current = {row.feature_name: row.importance_value for row in own}
        found = compare(previous or None, current, rules)
        yield ImportanceDrift(
            version=version,
            environment=environment,
            basis="logged",
            timestamp=utc(own[0].timestamp),
            compared_with="version" if before else "nothing",
            previous_version=against if before else None,
            previous_timestamp=utc(before[0].timestamp) if before else None,
            drifted=found.drifted,
            reason=found.reason if before else f"version {against} has logged no importances in {environment}",
            threshold=rules.threshold,
            relative_threshold=rules.relative_threshold,
            normalised=rules.normalise,
            ndcg=found.ndcg,
            ndcg_threshold=rules.ndcg_threshold,
            spearman=found.spearman,
            kendall=found.kendall,
            appeared=list(found.of(State.APPEARED)),
            vanished=list(found.of(State.VANISHED)),
            left_out=list(found.left_out),
            features=_features(found),
        )


def _features(found: ImportanceChange) -> list[FeatureImportanceChange]:
    return [
        FeatureImportanceChange(
            feature=each.feature,
            previous=each.previous,
            current=each.current,
            change=finite(each.change),
            relative_change=finite(each.relative_change),
            previous_rank=each.previous_rank,
            current_rank=each.current_rank,
            rank_change=each.rank_change,
            state=each.state,
            drifted=each.drifted,
        )
        for each in found.features
    ]


def _stored(rows: list[Any]) -> ImportanceDrift:
    one = rows[0]
    return ImportanceDrift(
        version=one.version,
        environment=one.environment,
        basis=one.basis,
        timestamp=utc(one.timestamp),
        compared_with=one.compared_with,
        previous_version=one.previous_version,
        previous_timestamp=utc_if_any(one.previous_timestamp),
        drifted=one.drifted,
        reason=one.reason,
        threshold=one.threshold,
        relative_threshold=one.relative_threshold,
        normalised=one.normalised,
        ndcg=finite(one.ndcg),
        ndcg_threshold=one.ndcg_threshold,
        spearman=finite(one.spearman),
        kendall=finite(one.kendall),
        appeared=one.appeared,
        vanished=one.vanished,
        left_out=one.left_out,
        features=[
            FeatureImportanceChange(
                feature=row.feature_name,
                previous=row.previous_importance,
                current=row.current_importance,
                change=finite(row.importance_change),
                relative_change=finite(row.relative_change),
                previous_rank=row.previous_rank,
                current_rank=row.current_rank,
                rank_change=row.rank_change,
                state=row.state,
                drifted=row.drift_detected,
            )
            for row in rows
            if row.feature_name is not None
        ],
    )


def _as_logged(row: Any) -> tuple[datetime, str, float]:  # noqa: ANN401 - a named tuple of the query's own columns
    return row.timestamp, row.feature_name, row.importance_value
