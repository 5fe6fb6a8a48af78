"""Judge drift: the last closed window of each model and segment against its reference, again if late rows change it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Container, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import repeat
from typing import Final

from driftgauge.drift.policy import Policy
from driftgauge.exposition.samples import AnySample
from driftgauge.jobs.drift_samples import model_samples, segment_samples
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.judging import OptionsOf, judge
from driftgauge.jobs.standards import Standard, Standards
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow, closed_window, floor_to
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.importances import read_importances
from driftgauge.store.profiles import DAY, Change, read_changes, read_window
from driftgauge.store.references import Layouts, read_reference_series, read_references
from driftgauge.store.results import (
    delete_other_segments,
    read_persisting,
    try_drift_lock,
    write_alerts,
    write_dataset,
    write_verdict,
)
from driftgauge.store.traffic import read_totals
from driftgauge.store.watermarks import RolledUp, read_rolled_up

AT_ONCE: Final = 2  # models judged side by side: while Postgres is at the results of one, another is computed
SECONDS_OF_LEARNING: Final = 15.0  # so that a long start shows its progress

Changes = Mapping[tuple[ModelKey, int], Change]
"""By model or segment and reference: the state of its profiles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The latest judgement of a model or segment, what from, whether this process wrote it, and its samples.

    `rows` is how many the window has, `drifted_features` go by name. `alerted` are the features that it raised an alert
    of; of a segment, `told` are those that need none there. The whole verdict is in the database: kept here, it would
    take a fleet as much memory as its samples.
    """

    reference: Reference
    standard: Standard
    window: TimeWindow
    verdict: Verdict
    rows: int
    drifted_features: tuple[str, ...]
    seen: Change | None
    told: frozenset[str]
    alerted: frozenset[str]
    written: bool
    samples: tuple[AnySample, ...]

    def is_of(self, reference: Reference, window: TimeWindow, change: Change | None, told: frozenset[str]) -> bool:
        """Tell whether judging these would find and write nothing new."""
        found = (self.reference, self.window, self.seen, self.told)
        return self.written and found == (reference, window, change, told)

    def describe_reference(self) -> str:
        """Return the reference in few words."""
        source = _source(self.reference, self.standard).replace("_", " ")
        return f"#{self.reference.reference_id}, {source}, {self.standard.learned.total.rows:,} rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A model that can be judged: its window, and the reference that serves it."""

    key: ModelKey
    window: TimeWindow
    reference: Reference

    @property
    def parts(self) -> tuple[ModelKey, ...]:
        """The model, then the segments of it that are judged."""
        return (self.key, *map(self.key.of_segment, self.reference.segments))


class DriftJob:
    """Judges every model that has a reference; keeps the latest judgement of each."""

    name = "drift"

    def __init__(
        self,
        database: Database,
        policy: Policy,
        options_of: OptionsOf,
        bucket: timedelta,
        layouts: Layouts | None = None,
    ) -> None:
        """Take the policy, how each model is judged, the width of profile buckets, and layouts shared with others."""
        self._database = database
        self._policy = policy
        self._options_of = options_of
        self._bucket = bucket
        self._layouts = layouts or Layouts()
        self._standards = Standards(policy)
        self.standings: Mapping[ModelKey, Standing] = {}
        self.failures = ModelFailures()
        self.behind = False
        self._inherited: Mapping[ModelKey, Standing] = {}

    def run(self) -> tuple[AnySample, ...]:
        """Judge what has changed, write it, and return the samples of every model's latest judgement.

        Each model, and each segment of one, is judged in a transaction of its own. A model that fails keeps its latest
        judgement and stops no other; what failed is in `failures`, and raised if every model did. Those that this
        process has not judged before come last, since it must learn their references: it does so for a while, and
        leaves the rest for a run at once, `behind`.
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
        due = [
            _Due(key=key, window=window, reference=reference)
            for key, window in sorted(windows.items())
            if (reference := reference_for(key, references)) is not None
        ]
        if not self.behind:  # else a round of runs goes on, which tries each new model once
            self.failures = ModelFailures()
        known = [each for each in due if each.key in self.standings]
        new = deque(each for each in due if each.key not in self.standings and each.key not in self.failures.models)
        account = self._database.meter.account
        with ThreadPoolExecutor(AT_ONCE, "drift", self._database.meter.count_on, (account,)) as pool:
            judged = list(pool.map(self._judge_model, known, repeat(changes)))
        enough = time.monotonic() + SECONDS_OF_LEARNING
        while new and (len(judged) == len(known) or time.monotonic() < enough):
            judged.append(self._judge_model(new.popleft(), changes))  # learning computes: threads would only take turns
        self.standings = {part: standing for parts in judged for part, standing in parts.items()}
        self.behind = bool(new)
        self._inherited = {
            part: standing for each in new for part in each.parts if (standing := self._inherited.get(part)) is not None
        }
        if not self.behind:
            self.failures.raise_if_all(len(due))
        shown = self._inherited | self.standings
        return tuple(sample for part in sorted(shown) for sample in shown[part].samples)

    def inherit(self, standings: Mapping[ModelKey, Standing]) -> None:
        """Go on to show what a job before this one found of each model, until this one has judged it itself."""
        self._inherited = dict(standings)

    def drifted_features(self, key: ModelKey) -> tuple[str, ...]:
        """Return the features of a model that drifted, by name, and after them those that did in a segment only."""
        whole = self.standings[key].drifted_features if key in self.standings else ()
        return whole + tuple(
            f"{feature} ({part.segment})"
            for part, standing in self.standings.items()
            if part.segment and part.whole == key
            for feature in standing.drifted_features
            if feature not in whole
        )

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

    def _judge_model(self, due: _Due, changes: Changes) -> dict[ModelKey, Standing]:
        """Return the standings of a model and its segments, brought up to date; what fails stays as it was.

        All its rows come first: what they tell, no segment tells once more.
        """
        standings = {part: self.standings[part] for part in due.parts if part in self.standings}
        told: frozenset[str] = frozenset()
        with self.failures.of(due.key):
            for part in due.parts if due.window.width else ():
                standing = standings.get(part)
                change = changes.get((part, due.reference.reference_id))
                if standing is None or not standing.is_of(due.reference, due.window, change, told):
                    standing = standings[part] = self._judge(part, due.window, due.reference, change, told)
                told = told if part.segment else standing.alerted
        return standings

    def _judge(
        self, key: ModelKey, window: TimeWindow, reference: Reference, change: Change | None, told: frozenset[str]
    ) -> Standing:
        """Judge a model or a segment of it, and write it unless another exporter is doing so.

        Of a segment, features that are `told` raise no alert.
        """
        with self._database.transaction() as connection:
            writes = try_drift_lock(connection, key)  # before reading, so that what is written last was read last
            layout = self._layouts.of(connection, reference.reference_id)
            options = self._options_of(key.model).of_part(key.segment, len(reference.segments))
            buckets_in = partial(read_window, connection, layout, reference_id=reference.reference_id, key=key)
            standard = self._standards.of(
                key,
                window,
                options.comparison,
                reference_id=reference.reference_id,
                frozen=lambda: read_reference_series(connection, layout, reference.reference_id, key.segment),
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
                may_alert=self._may_alert(connection, key, window, options.persistence, told),
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
                if not key.segment:
                    delete_other_segments(connection, judgement.verdict, reference.segments)
        return Standing(
            reference=reference,
            standard=standard,
            window=window,
            verdict=judgement.verdict.verdict,
            rows=judgement.verdict.rows,
            drifted_features=tuple(
                feature.feature for feature in judgement.verdict.features if feature.verdict is Verdict.DRIFTED
            ),
            seen=change,
            told=told,
            alerted=frozenset(alert.feature for alert in judgement.alerts),
            written=writes,
            samples=tuple(
                segment_samples(judgement)
                if key.segment
                else model_samples(judgement, _reference_info(reference, standard))
            ),
        )

    def _may_alert(
        self, connection: Connection, key: ModelKey, window: TimeWindow, persistence: int, told: frozenset[str]
    ) -> Callable[[str], bool]:
        """Return what tells whether a drifted feature raises an alert.

        It must have drifted in as many judgements as were asked for, and not be told already.
        """
        if persistence == 1:
            return lambda feature: feature not in told
        persisting = read_persisting(connection, key, before=window.end, windows=persistence - 1)
        return lambda feature: feature in persisting and feature not in told


def _source(reference: Reference, standard: Standard) -> str:
    return "rolling" if standard.rolled else reference.source.value


def _reference_info(reference: Reference, standard: Standard) -> tuple[str, ...]:
    learned = standard.learned.total
    features = len(learned.layout.features)
    return str(reference.reference_id), _source(reference, standard), str(features), str(learned.rows)
