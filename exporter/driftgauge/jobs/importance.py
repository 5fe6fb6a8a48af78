"""Tell how the importances of features change: each logging held against the one before, or against another version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from driftgauge.explanation.importance import Rules, compare
from driftgauge.explanation.loggings import loggings
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import floor_to
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.importance_changes import (
    LOGGING,
    NOTHING,
    Comparison,
    LoggedModel,
    LoggingKey,
    News,
    ShownComparison,
    Stored,
    delete_comparisons,
    fingerprint,
    read_anchor,
    read_before,
    read_comparisons,
    read_first,
    read_logged_models,
    read_news,
    read_rows,
    read_shown,
    try_importance_lock,
    write_comparison,
)

LOOKBACK: Final = timedelta(minutes=10)
"""How long, at least, rows are looked for after they were inserted: their transaction may commit late."""

BURST: Final = timedelta(minutes=1)
"""Rows that were inserted within it may be the beginning of one logging, the rest of which is on its way."""

MOST_ROWS: Final = 100_000
"""Rows of a model that are read at once."""

MOST_VERSIONS: Final = 3
"""Versions of a model that are told, those that were logged last."""

MOST_FEATURES: Final = 100
"""Features of a model that are told, the most important ones."""

Importances = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelImportance:
    """How a model's importances are compared; with a `reference_version`, always with the first logging of that."""

    rules: Rules
    reference_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceOptions:
    """How models, by their names, are compared.

    Rows within a `span` are one logging. One is compared once nothing more of it has come for as long as `settling`.
    """

    of_model: Callable[[str], ModelImportance]
    span: timedelta
    settling: timedelta = timedelta(seconds=5)


class ImportanceJob:
    """Compares what was logged since the last look, and exports the newest comparison of each version.

    All versions of a model are compared in one transaction, under a lock: whatever is killed, and whichever exporter
    goes on, the comparisons are those of the rows that are there.
    """

    name = "importance"

    def __init__(self, database: Database, options: ImportanceOptions) -> None:
        """Take how models are compared."""
        self._database = database
        self.options = options
        self._seen: dict[ModelKey, tuple[datetime, int]] = {}
        self._pending: dict[ModelKey, datetime] | None = None
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Compare what is new, and return the samples of every model.

        A model that fails, or that another exporter compares just now, is looked at again in the next run and stops no
        other; what failed in a run is in `failures`, and raised if every model did. The first run also goes on where
        the last process ended, and compares the newest logging of each version that is told by its own options.
        """
        self.failures = failures = ModelFailures()
        with self._database.transaction(read_only=True) as connection:
            now = read_now(connection)
            since = floor_to(now, LOOKBACK) - LOOKBACK
            news = read_news(connection, since=since)
            if self._pending is None:
                self._pending = _unfinished(read_logged_models(connection), self.options.span)
        seen = {key: (since, one.rows) for key, one in news.items() if self._is_settled(one, now)}
        for key, found in seen.items():
            if self._seen.get(key) != found:
                first_at = news[key].first_at
                self._pending[key] = min(self._pending.get(key, first_at), first_at)
        self._seen = {key: found for key, found in self._seen.items() if key in news}
        families: dict[tuple[str, str], dict[ModelKey, datetime]] = {}
        for key, at in sorted(self._pending.items()):
            families.setdefault((key.model, key.environment), {})[key] = at
        for (model, environment), changed in families.items():
            with failures.of(next(iter(changed))):
                if self._compare(model, environment, changed):
                    for key in changed:
                        del self._pending[key]
                        self._seen.update({key: seen[key]} if key in seen else {})
        failures.raise_if_all(len(families))
        with self._database.transaction(read_only=True) as connection:
            shown = read_shown(connection, versions=MOST_VERSIONS, features=MOST_FEATURES)
        return tuple(sample for comparison in shown for sample in _samples(comparison))

    def _is_settled(self, one: News, now: datetime) -> bool:
        """Tell whether all of what is being logged should be there; rows that never cease are not waited for."""
        return now - one.newest >= self.options.settling or one.newest - one.oldest >= BURST

    def _compare(self, model: str, environment: str, changed: Mapping[ModelKey, datetime]) -> bool:
        """Compare the loggings of a model's versions that may have changed from a moment on.

        Return whether it was done; it is not while another exporter does.
        """
        with self._database.transaction() as connection:
            if not try_importance_lock(connection, model=model, environment=environment):
                return False
            _Family(
                connection=connection,
                model=model,
                environment=environment,
                options=self.options.of_model(model),
                span=self.options.span,
                contents={},
            ).follow(changed)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """All versions of a model in an environment, in one transaction; `contents` are the loggings that were read."""

    connection: Connection
    model: str
    environment: str
    options: ModelImportance
    span: timedelta
    contents: dict[LoggingKey, Importances]

    def follow(self, changed: Mapping[ModelKey, datetime]) -> None:
        """Compare each logging from a moment on of the versions that changed, and of others what is held against them.

        Where rows come late, loggings may begin elsewhere, so those of a version are made up anew from the last one
        before the late row; what comes out as it is stored stays as it is.
        """
        anchors: dict[str, datetime | None] = {}
        for key, at in changed.items():
            anchor = anchors[key.version] = read_anchor(self.connection, key, until=at)
            self._read(key, anchor)
        since = min([*changed.values(), *(key.at for key in self.contents)])
        stored = {
            one.key: one
            for one in read_comparisons(self.connection, model=self.model, environment=self.environment, since=since)
        }
        gone = [key for key in stored if self._is_gone(key, anchors)]
        delete_comparisons(self.connection, [stored.pop(key).comparison_id for key in gone])
        others = [
            one.key
            for one in stored.values()
            if one.key.version not in anchors and one.key.at > since and one.compared_with != LOGGING
        ]
        for key in sorted([*self.contents, *others]):
            self._compare(key, stored.get(key))

    def _is_gone(self, key: LoggingKey, anchors: Mapping[str, datetime | None]) -> bool:
        """Tell whether a stored logging of a version that was made up anew is not among those that came out."""
        if key.version not in anchors or key in self.contents:
            return False
        anchor = anchors[key.version]
        return anchor is None or key.at >= anchor

    def _read(self, key: ModelKey, start: datetime | None) -> None:
        """Read the loggings of a version from a moment on, slice by slice."""
        left = True
        while left:
            rows = read_rows(self.connection, key, start=start, end=None, most=MOST_ROWS)
            found = loggings(rows, self.span)
            left = len(rows) == MOST_ROWS
            if left and len(found) > 1:
                start = found.pop().at  # the slice may have cut it
            elif left:
                start = found[0].at + self.span
            for one in found:
                self.contents[LoggingKey(at=one.at, version=key.version)] = one.importances

    def _compare(self, key: LoggingKey, stored: Stored | None) -> None:
        """Compare a logging, and store what that found unless it is stored so."""
        rules, reference = self.options.rules, self.options.reference_version
        current = self._importances(key)
        before = self._before(key)
        previous = None if before is None else self._importances(before)
        made_from = fingerprint(
            None if before is None or previous is None else (before, previous), current, rules, reference
        )
        if stored is not None and stored.fingerprint == made_from:
            return
        found = compare(previous, current, rules)
        if before is None and reference not in {None, key.version}:
            found = replace(found, reason=f"version {reference}, to compare with, has logged no importances")
        delete_comparisons(self.connection, [] if stored is None else [stored.comparison_id])
        comparison = Comparison(key=key, previous=before, found=found, rules=rules, fingerprint=made_from)
        write_comparison(self.connection, self._of(key.version), comparison)

    def _before(self, key: LoggingKey) -> LoggingKey | None:
        """Return what a logging is compared with."""
        reference = self.options.reference_version
        if reference is None:
            return read_before(self.connection, self._of(key.version), before=key.at)
        at = read_first(self.connection, self._of(reference))
        found = None if at is None else LoggingKey(at=at, version=reference)
        return None if found == key else found

    def _importances(self, key: LoggingKey) -> Importances:
        if key not in self.contents:
            of = self._of(key.version)
            rows = read_rows(self.connection, of, start=key.at, end=key.at + self.span, most=MOST_ROWS)
            self.contents[key] = {feature: importance for _, feature, importance in rows}
        return self.contents[key]

    def _of(self, version: str) -> ModelKey:
        return ModelKey(model=self.model, version=version, environment=self.environment)


def _unfinished(models: Mapping[ModelKey, LoggedModel], span: timedelta) -> dict[ModelKey, datetime]:
    """Return from when on models are looked at by a new process: those that are behind, and the ones that are told."""
    told: dict[tuple[str, str], int] = {}
    found: dict[ModelKey, datetime] = {}
    for key, one in sorted(models.items(), key=lambda item: (item[1].newest_at, item[0]), reverse=True):
        family = key.model, key.environment
        told[family] = told.get(family, 0) + 1
        behind = one.compared_at is None or one.newest_at >= one.compared_at + span
        if behind or told[family] <= MOST_VERSIONS:
            found[key] = one.newest_at if one.compared_at is None else one.compared_at
    return found


def _samples(shown: ShownComparison) -> Iterator[AnySample]:
    labels = model_labels(shown.key, shown.basis)
    yield Sample("ml_feature_importance_timestamp_seconds", labels, shown.at.timestamp())
    about = model_labels(shown.key, shown.basis, shown.compared_with, shown.previous_version or "")
    yield Sample("ml_feature_importance_comparison_info", about, 1.0)
    for feature in shown.features:
        of_feature = model_labels(shown.key, feature.feature, shown.basis)
        facts = {
            "ml_feature_importance": feature.importance,
            "ml_feature_importance_rank": feature.rank,
            "ml_feature_importance_change": feature.change,
            "ml_feature_importance_rank_change": feature.rank_change,
            "ml_feature_importance_drifted": feature.drifted if feature.compared else None,
        }
        yield from _known(facts, of_feature)
    if shown.compared_with == NOTHING:
        return
    facts = {
        "ml_feature_importance_change_threshold": shown.threshold,
        "ml_feature_importance_ndcg_ratio": shown.ndcg,
        "ml_feature_importance_ndcg_threshold_ratio": shown.ndcg_threshold,
        "ml_feature_importance_spearman": shown.spearman,
        "ml_feature_importance_kendall": shown.kendall,
        "ml_feature_importance_drift_detected": shown.drifted,
    }
    yield from _known(facts, labels)
    for state, count in shown.states.items():
        yield Sample("ml_feature_importance_features", model_labels(shown.key, shown.basis, state), float(count))


def _known(facts: Mapping[str, float | None], labels: tuple[str, ...]) -> Iterator[AnySample]:
    for family, value in facts.items():
        if value is not None:
            yield Sample(family, labels, float(value))
