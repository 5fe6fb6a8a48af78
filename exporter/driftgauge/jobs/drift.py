"""Judge drift: the last closed window of each model against its reference, once, and again if late rows change it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from driftgauge.drift.dataset import DatasetDrift
from driftgauge.drift.policy import Policy
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.judging import Judgement, OptionsOf, judge
from driftgauge.jobs.standards import Standard, Standards
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import CategoricalProfile, FeatureProfile
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow, closed_window, floor_to
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.importances import read_importances
from driftgauge.store.profiles import DAY, Change, read_changes, read_window
from driftgauge.store.references import Layouts, read_reference_series, read_references
from driftgauge.store.results import read_persisting, try_drift_lock, write_alerts, write_dataset, write_verdict
from driftgauge.store.traffic import read_totals
from driftgauge.store.watermarks import RolledUp, read_rolled_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The latest judgement of a model, what it was made from, whether this process wrote it, and its samples."""

    reference: Reference
    standard: Standard
    verdict: ModelVerdict
    seen: Change | None
    written: bool
    samples: tuple[AnySample, ...]

    @property
    def drifted_features(self) -> tuple[str, ...]:
        """The features that drifted, by name."""
        return tuple(feature.feature for feature in self.verdict.features if feature.verdict is Verdict.DRIFTED)

    def is_of(self, reference: Reference, window: TimeWindow, change: Change | None) -> bool:
        """Tell whether judging these would find and write nothing new."""
        return self.written and (self.reference, self.verdict.window, self.seen) == (reference, window, change)

    def describe_reference(self) -> str:
        """Return the reference in few words."""
        source = _source(self.reference, self.standard).replace("_", " ")
        return f"#{self.reference.reference_id}, {source}, {self.standard.learned.total.rows:,} rows"


class DriftJob:
    """Judges every model that has a reference; keeps the latest judgement of each."""

    name = "drift"

    def __init__(self, database: Database, policy: Policy, options_of: OptionsOf, bucket: timedelta) -> None:
        """Take the policy, how each model is judged, and the width of profile buckets."""
        self._database = database
        self._policy = policy
        self._options_of = options_of
        self._bucket = bucket
        self._layouts = Layouts()
        self._standards = Standards(policy)
        self.standings: Mapping[ModelKey, Standing] = {}
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Judge what has changed, write it, and return the samples of every model's latest judgement.

        Each model is judged in a transaction of its own. One that fails keeps its latest judgement and stops no other;
        what failed in a run is in `failures`, and raised if every model did.
        """
        with self._database.transaction(read_only=True) as connection:
            rolled_up = read_rolled_up(connection)
            if rolled_up is None:
                return ()
            references = read_references(connection, active_only=True)
            windows = {total.key: self._window(total.key, rolled_up) for total in read_totals(connection)}
            since = min((window.start for window in windows.values()), default=rolled_up.horizon_at)
            changes = read_changes(connection, since=since)
        self._forget_but({reference.reference_id for reference in references})
        standings: dict[ModelKey, Standing] = {}
        self.failures = failures = ModelFailures()
        judgeable = 0
        for key, window in sorted(windows.items()):
            reference = reference_for(key, references)
            if reference is None:
                continue
            judgeable += 1
            standing = self.standings.get(key)
            change = changes.get((key, reference.reference_id))
            if window.width and not (standing and standing.is_of(reference, window, change)):
                with failures.of(key):
                    standing = self._judge(key, window, reference, change)
            if standing is not None:
                standings[key] = standing
        self.standings = standings
        failures.raise_if_all(judgeable)
        return tuple(sample for standing in standings.values() for sample in standing.samples)

    def _forget_but(self, active: Container[int | None]) -> None:
        self._layouts.keep(active)
        self._standards.keep(active)

    def _window(self, key: ModelKey, rolled_up: RolledUp) -> TimeWindow:
        """Return the last window whose rows are all rolled up, but for those that come late.

        It starts, and ends, with a whole day where only days are kept; without width there is nothing to judge.
        """
        width = self._options_of(key.model).window
        window = closed_window(rolled_up.horizon_at, width=width, bucket=self._bucket)
        start, end = (
            floor_to(edge, DAY) if edge < rolled_up.compacted_before else edge for edge in (window.start, window.end)
        )
        return TimeWindow(start=start, end=end)

    def _judge(self, key: ModelKey, window: TimeWindow, reference: Reference, change: Change | None) -> Standing:
        """Judge a model, and write it unless another exporter is doing so."""
        with self._database.transaction() as connection:
            writes = try_drift_lock(connection, key)  # before reading, so that what is written last was read last
            layout = self._layouts.of(connection, reference.reference_id)
            options = self._options_of(key.model)
            buckets_in = partial(read_window, connection, layout, reference_id=reference.reference_id, key=key)
            standard = self._standards.of(
                key,
                window,
                options.comparison,
                reference_id=reference.reference_id,
                frozen=lambda: read_reference_series(connection, layout, reference.reference_id),
                history=lambda days: buckets_in(window=days),
            )
            judgement = judge(
                self._policy,
                options,
                key=key,
                window=window,
                reference=standard.learned,
                current=buckets_in(window=window),
                importances=read_importances(connection, key, until=window.end),
                persisting=self._persisting(connection, key, window, options.persistence),
            )
            if writes:
                write_verdict(
                    connection,
                    judgement.verdict,
                    reference_id=reference.reference_id,
                    distributions=judgement.distributions,
                )
                write_dataset(connection, judgement.verdict, judgement.dataset, reference_id=reference.reference_id)
                write_alerts(connection, judgement.verdict, list(judgement.alerts))
        return Standing(
            reference=reference,
            standard=standard,
            verdict=judgement.verdict,
            seen=change,
            written=writes,
            samples=tuple(_samples(reference, standard, judgement)),
        )

    def _persisting(
        self, connection: Connection, key: ModelKey, window: TimeWindow, persistence: int
    ) -> set[str] | None:
        """Return what drifted in each judgement before this one that must have; None if none must."""
        if persistence == 1:
            return None
        return read_persisting(connection, key, before=window.end, windows=persistence - 1)


def _source(reference: Reference, standard: Standard) -> str:
    return "rolling" if standard.rolled else reference.source.value


def _samples(reference: Reference, standard: Standard, judgement: Judgement) -> list[AnySample]:
    verdict, layout = judgement.verdict, judgement.current.layout
    key = verdict.key
    samples: list[AnySample] = [
        Sample(
            "ml_reference_info",
            model_labels(
                key,
                str(reference.reference_id),
                _source(reference, standard),
                str(len(layout.features)),
                str(standard.learned.total.rows),
            ),
            1.0,
        ),
        Sample("ml_drift_window_rows", model_labels(key), float(verdict.rows)),
        *(
            Sample("ml_drift_verdict", model_labels(key, state.value), float(verdict.verdict is state))
            for state in Verdict
        ),
    ]
    samples += _dataset_samples(key, judgement.dataset)
    for feature in verdict.features:
        samples += _feature_samples(key, feature)
        samples += _quality_samples(key, feature.feature, judgement.current.feature(feature.feature))
    return samples


def _dataset_samples(key: ModelKey, dataset: DatasetDrift) -> Iterator[AnySample]:
    known = {
        "ml_drifted_features_ratio": dataset.drifted_share,
        "ml_drifted_importance_ratio": dataset.drifted_weight,
        "ml_dataset_drift_score": dataset.score,
        "ml_dataset_drifted": None if dataset.drifted_share is None else dataset.verdict is Verdict.DRIFTED,
        "ml_dataset_drift_threshold_ratio": dataset.threshold,
    }
    for family, value in known.items():
        if value is not None:
            yield Sample(family, model_labels(key), float(value))


def _feature_samples(key: ModelKey, feature: FeatureVerdict) -> list[AnySample]:
    samples: list[AnySample] = []
    if feature.verdict in (Verdict.STABLE, Verdict.DRIFTED):
        drifted = float(feature.verdict is Verdict.DRIFTED)
        samples.append(Sample("ml_feature_drifted", model_labels(key, feature.feature), drifted))
    for result in feature.tests:
        labels = model_labels(key, feature.feature, result.test)
        samples.append(Sample("ml_feature_drift_score", labels, result.score))
        samples.append(Sample("ml_feature_drift_threshold", labels, result.threshold))
        if result.p_value is not None:
            samples.append(Sample("ml_feature_drift_p_value", labels, result.p_value))
    return samples


def _quality_samples(key: ModelKey, name: str, profile: FeatureProfile) -> list[AnySample]:
    if not profile.rows:
        return []
    labels = model_labels(key, name)
    samples: list[AnySample] = [Sample("ml_feature_missing_ratio", labels, profile.missing / profile.rows)]
    if profile.n:
        if isinstance(profile, CategoricalProfile):
            unseen = int(profile.counts[profile.bins.unseen])
            samples.append(Sample("ml_feature_unseen_category_ratio", labels, unseen / profile.n))
        else:
            outside = int(profile.counts[0] + profile.counts[-1])
            samples.append(Sample("ml_feature_out_of_range_ratio", labels, outside / profile.n))
    return samples
