"""Judge drift: the last closed window of each model against its reference, once, and again if late rows change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from driftgauge.drift.dataset import dataset_score
from driftgauge.drift.policy import Policy
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.judging import Judgement, OptionsOf, judge
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import CategoricalProfile, FeatureProfile, ModelProfile
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow, closed_window, floor_to
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.profiles import DAY, Change, read_changes, read_window
from driftgauge.store.references import Layouts, read_reference_profile, read_references
from driftgauge.store.results import write_alerts, write_verdict
from driftgauge.store.traffic import read_totals
from driftgauge.store.watermarks import RolledUp, read_rolled_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The latest judgement of a model, what it was made from, and its samples."""

    reference: Reference
    verdict: ModelVerdict
    seen: Change | None
    samples: tuple[AnySample, ...]

    @property
    def drifted_features(self) -> tuple[str, ...]:
        """The features that drifted, by name."""
        return tuple(feature.feature for feature in self.verdict.features if feature.verdict is Verdict.DRIFTED)

    def describe_reference(self) -> str:
        """Return the reference in few words."""
        source = self.reference.source.value.replace("_", " ")
        return f"#{self.reference.reference_id}, {source}, {self.reference.rows:,} rows"


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
        self._references: dict[int, ModelProfile] = {}
        self.standings: Mapping[ModelKey, Standing] = {}

    def run(self) -> tuple[AnySample, ...]:
        """Judge what has changed, write it, and return the samples of every model's latest judgement."""
        standings: dict[ModelKey, Standing] = {}
        with self._database.transaction() as connection:
            rolled_up = read_rolled_up(connection)
            if rolled_up is None:
                return ()
            references = read_references(connection, active_only=True)
            keys = sorted({total.key for total in read_totals(connection)})
            windows = {key: self._window(key, rolled_up) for key in keys}
            since = min((window.start for window in windows.values()), default=rolled_up.horizon_at)
            changes = read_changes(connection, since=since)
            for key, window in windows.items():
                reference = reference_for(key, references)
                if reference is not None:
                    change = changes.get((key, reference.reference_id))
                    standings[key] = self._stand(connection, key, window, reference, change)
        self.standings = standings
        return tuple(sample for standing in standings.values() for sample in standing.samples)

    def _window(self, key: ModelKey, rolled_up: RolledUp) -> TimeWindow:
        """Return the last window whose rows are all rolled up, but for those that come late."""
        width = self._options_of(key.model).window
        window = closed_window(rolled_up.horizon_at, width=width, bucket=self._bucket)
        if window.start < rolled_up.compacted_before:
            return TimeWindow(start=floor_to(window.start, DAY), end=window.end)
        return window

    def _stand(
        self,
        connection: Connection,
        key: ModelKey,
        window: TimeWindow,
        reference: Reference,
        change: Change | None,
    ) -> Standing:
        last = self.standings.get(key)
        if last is not None and last.reference == reference and last.verdict.window == window and last.seen == change:
            return last
        layout = self._layouts.of(connection, reference.reference_id)
        known = self._references.get(reference.reference_id)
        if known is None:
            known = read_reference_profile(connection, layout, reference.reference_id)
            self._references[reference.reference_id] = known
        current = read_window(connection, layout, reference_id=reference.reference_id, key=key, window=window)
        judgement = judge(
            self._policy,
            self._options_of(key.model).policy,
            key=key,
            window=window,
            reference=known,
            current=current,
        )
        write_verdict(
            connection,
            judgement.verdict,
            reference_id=reference.reference_id,
            distributions=judgement.distributions,
        )
        write_alerts(connection, judgement.verdict, list(judgement.alerts))
        samples = tuple(_samples(reference, judgement))
        return Standing(reference=reference, verdict=judgement.verdict, seen=change, samples=samples)


def _samples(reference: Reference, judgement: Judgement) -> list[AnySample]:
    verdict, layout = judgement.verdict, judgement.current.layout
    key = verdict.key
    samples: list[AnySample] = [
        Sample(
            "ml_reference_info",
            model_labels(
                key, str(reference.reference_id), reference.source.value, str(len(layout.features)), str(reference.rows)
            ),
            1.0,
        ),
        Sample("ml_drift_window_rows", model_labels(key), float(verdict.rows)),
        *(
            Sample("ml_drift_verdict", model_labels(key, state.value), float(verdict.verdict is state))
            for state in Verdict
        ),
    ]
    if verdict.verdict in (Verdict.STABLE, Verdict.DRIFTED):
        samples.append(Sample("ml_drifted_features_ratio", model_labels(key), verdict.drifted_share))
    score = dataset_score(verdict)
    if score is not None:
        samples.append(Sample("ml_dataset_drift_score", model_labels(key), score))
    for feature in verdict.features:
        samples += _feature_samples(key, feature)
        samples += _quality_samples(key, feature.feature, judgement.current.feature(feature.feature))
    return samples


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
