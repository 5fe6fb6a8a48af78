"""Judge explanations: the last closed window of each model against the reasoning that was known before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from driftgauge.drift.describe import describe_pair
from driftgauge.drift.policy import Learned, Policy, PolicySettings
from driftgauge.explanation.attributions import Attribution, attributions_of, by_predictions
from driftgauge.explanation.crossing import State
from driftgauge.explanation.findings import (
    JUDGED,
    ExplanationFinding,
    ExplanationRule,
    Rule,
    judge_explanations,
)
from driftgauge.explanation.signs import straying
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow, closed_window, floor_to
from driftgauge.store.attribution_references import (
    AttributionReference,
    read_attribution_references,
    read_attribution_series,
)
from driftgauge.store.attribution_strangers import read_strangers
from driftgauge.store.attributions import read_attributions_rolled_up
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.explanations import JudgedInputs, read_inputs, try_explanations_lock, write_explanations
from driftgauge.store.profiles import ATTRIBUTIONS, DAY, Change, read_changes, read_window
from driftgauge.store.references import Layouts
from driftgauge.store.watermarks import RolledUp

SILENT: Final = timedelta(days=7)
"""For how long before its window a model may have had its last explanation and still be told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationOptions:
    """How a model's explanations are judged: the width of its window, the policy's settings, and what decides."""

    window: timedelta
    policy: PolicySettings
    rule: ExplanationRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The latest judgement of a model's explanations of one type, what from, and whether this process wrote it.

    `sign_flip` is the threshold of that rate, None where it decides nothing.
    """

    reference: AttributionReference
    finding: ExplanationFinding
    seen: Change
    inputs: JudgedInputs
    written: bool
    sign_flip: float | None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Place:
    """Whose explanations, by the id of their reference."""

    key: ModelKey
    reference_id: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Known:
    """What is learned of a reference for windows of one width, once: `strays` is of each feature's signs."""

    learned: Learned
    attributions: Mapping[str, Attribution]
    strays: Mapping[str, float]


class ExplanationJob:
    """Judges every model whose explanations have a reference; keeps the latest judgement of each."""

    name = "explanations"

    def __init__(
        self,
        database: Database,
        policy: Policy,
        options_of: Callable[[str], ExplanationOptions],
        bucket: timedelta,
    ) -> None:
        """Take the policy, how each model is judged, and the width of the buckets of attributions."""
        self._database = database
        self._policy = policy
        self._options_of = options_of
        self._bucket = bucket
        self._layouts = Layouts(ATTRIBUTIONS)
        self._known: dict[tuple[int, timedelta], _Known] = {}
        self._standings: dict[_Place, Explained] = {}
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Judge what has changed, write it, and return the samples of every model's latest judgement.

        Each model is judged in a transaction of its own. One that fails keeps its latest judgement and stops no other;
        what failed in a run is in `failures`, and raised if every model did.
        """
        self.failures = failures = ModelFailures()
        with self._database.transaction(read_only=True) as connection:
            rolled_up = read_attributions_rolled_up(connection)
            if rolled_up is None:
                return ()
            references = {each.reference_id: each for each in read_attribution_references(connection)}
            windows = {each.model: self._window(each.model, rolled_up) for each in references.values()}
            since = min((window.start for window in windows.values()), default=rolled_up.horizon_at) - SILENT
            changes = read_changes(connection, since=since, room=ATTRIBUTIONS)
        self._forget_but(set(references))
        places = {
            _Place(key=key, reference_id=reference_id): change
            for (key, reference_id), change in changes.items()
            if reference_id in references  # another may have come between the two looks
        }
        standings: dict[_Place, Explained] = {}
        for place, change in sorted(places.items(), key=lambda item: item[0]):
            if place in self._standings:
                standings[place] = self._standings[place]
            window = windows[place.key.model]
            if window.width:
                with failures.of(place.key):
                    standings[place] = self._bring_up_to_date(
                        place, references[place.reference_id], window, change, standings.get(place)
                    )
        self._standings = standings
        failures.raise_if_all(len(places))
        return tuple(sample for standing in standings.values() for sample in _samples(standing))

    def _forget_but(self, active: set[int]) -> None:
        self._layouts.keep(active)
        self._known = {place: known for place, known in self._known.items() if place[0] in active}

    def _window(self, model: str, rolled_up: RolledUp) -> TimeWindow:
        """Return the last window whose attributions are all rolled up, in whole days where only days are kept."""
        window = closed_window(rolled_up.horizon_at, width=self._options_of(model).window, bucket=self._bucket)
        start, end = (
            floor_to(edge, DAY) if edge < rolled_up.compacted_before else edge for edge in (window.start, window.end)
        )
        return TimeWindow(start=start, end=end)

    def _bring_up_to_date(
        self,
        place: _Place,
        reference: AttributionReference,
        window: TimeWindow,
        change: Change,
        known: Explained | None,
    ) -> Explained:
        """Judge a model's explanations if they, or what is known of its inputs, have changed since; write it.

        Another exporter that has the lock writes instead.
        """
        key, kind = place.key, reference.explanation_type
        with self._database.transaction() as connection:
            writes = try_explanations_lock(connection, key, kind)  # before reading: what is written last was read last
            inputs = read_inputs(connection, key, window)
            if (
                known is not None
                and known.written
                and (known.finding.of.window, known.seen, known.inputs) == (window, change, inputs)
            ):
                return known
            layout = self._layouts.of(connection, reference.reference_id)
            current = by_predictions(
                read_window(
                    connection, layout, reference_id=reference.reference_id, key=key, window=window, room=ATTRIBUTIONS
                )
            )
            options = self._options_of(key.model)
            standard = self._standard(connection, reference.reference_id, window.width)
            finding = judge_explanations(
                self._policy.judge(key, window, standard.learned, current, options.policy),
                standard.attributions,
                attributions_of(current.total),
                strays=standard.strays,
                rule=options.rule,
                inputs=inputs.inputs,
                appeared=read_strangers(connection, reference.reference_id, key, window),
            )
            if writes:
                write_explanations(
                    connection,
                    finding,
                    explanation_type=kind,
                    reference_id=reference.reference_id,
                    inputs_window_end=inputs.window_end,
                    distributions={
                        name: describe_pair(profile, current.total.feature(name))
                        for name, profile in standard.learned.features.items()
                    },
                )
        return Explained(
            reference=reference,
            finding=finding,
            seen=change,
            inputs=inputs,
            written=writes,
            sign_flip=options.rule.sign_flip if options.rule.rule is Rule.CALIBRATED else None,
        )

    def _standard(self, connection: Connection, reference_id: int, width: timedelta) -> _Known:
        known = self._known.get((reference_id, width))
        if known is None:
            layout = self._layouts.of(connection, reference_id)
            series = read_attribution_series(connection, layout, reference_id)
            buckets = [attributions_of(profile) for profile in series.profiles]
            known = self._known[reference_id, width] = _Known(
                learned=self._policy.learn(series, width),
                attributions=attributions_of(series.total),
                strays={name: straying([bucket[name] for bucket in buckets]) for name in layout.features},
            )
        return known


def _samples(standing: Explained) -> Iterator[AnySample]:
    finding, kind = standing.finding, standing.reference.explanation_type
    key = finding.of.key
    labels = model_labels(key, kind)
    yield Sample("ml_explained_predictions", labels, float(finding.of.rows))
    for verdict in Verdict:
        yield Sample("ml_explanation_verdict", (*labels, verdict.value), float(finding.verdict is verdict))
    for state in State:
        yield Sample("ml_explanation_state", (*labels, state.value), float(finding.state is state))
    if finding.order.ndcg is not None and finding.of.rows:
        yield Sample("ml_explanation_ndcg_ratio", labels, finding.order.ndcg)
        yield Sample("ml_explanation_ndcg_threshold_ratio", labels, finding.order.threshold)
    for one in finding.features:
        of_feature = model_labels(key, one.feature, kind)
        if one.score is not None:
            yield Sample("ml_explanation_drift_score", of_feature, one.score)
            yield Sample("ml_explanation_drift_threshold", of_feature, one.threshold)
        if one.verdict in JUDGED:
            yield Sample("ml_explanation_drifted", of_feature, float(one.verdict is Verdict.DRIFTED))
        if one.current.magnitude is not None:
            yield Sample("ml_attribution_mean_magnitude", of_feature, one.current.magnitude)
        if one.sign_flip_rate is not None:
            yield Sample("ml_explanation_sign_flip_ratio", of_feature, one.sign_flip_rate)
    if standing.sign_flip is not None and any(one.sign_flip_rate is not None for one in finding.features):
        yield Sample("ml_explanation_sign_flip_threshold_ratio", labels, standing.sign_flip)
