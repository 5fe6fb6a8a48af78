"""Judge stored history as if live: step by step, each with the rows before it and nothing else."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from driftgauge.drift.policy import Policy
from driftgauge.errors import BadInput, BadReference
from driftgauge.jobs.job import THIRTY_DAYS
from driftgauge.jobs.judging import Judgement, OptionsOf, judge
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.referencing import CHUNK_ROWS, freeze_layout, read_logged_rows
from driftgauge.jobs.standards import Standards
from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batches
from driftgauge.profiling.documents import read_written
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.importances import read_importances
from driftgauge.store.predictions import (
    ModelFilter,
    RowSpan,
    find_earliest_rows,
    list_logged_models,
    stream_documents,
)
from driftgauge.store.references import Layouts, read_reference_series, read_references
from driftgauge.store.results import write_dataset, write_verdict

SECOND = timedelta(seconds=1)
BUCKETS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """What to replay: a step every `every` after `start` up to `end`, each judging the `window` before it.

    `start` has whole seconds, as the buckets that steps are summed from do.
    """

    replay_id: UUID
    start: datetime
    end: datetime
    every: timedelta
    window: timedelta | None = None
    only: ModelFilter

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return (self.end - self.start) // self.every

    def check(self) -> None:
        """Refuse a plan without a step, or with fractions of a second.

        Raises
        ------
        BadInput
            If there is no step between the two times, or a width is not of whole seconds.
        """
        for option, width in (("--every", self.every), ("--window", self.window)):
            if width is not None and (width < SECOND or width % SECOND):
                raise BadInput(f"{option} {width}: give whole seconds, at least one")
        if self.steps < 1:
            raise BadInput(
                f"no step of {self.every} fits between {self.start.isoformat()} and {self.end.isoformat()}: "
                "give an earlier --from, a later --to or a shorter --every"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standard:
    """What a model's windows are compared with; a reference that was set serves every step (`known_from` None).

    Live, so many `segments` would have their part of the budget.
    """

    layout: BinLayout
    series: ProfileSeries
    reference_id: int | None
    known_from: datetime | None
    segments: int

    def is_known(self, at: datetime) -> bool:
        """Tell whether there was something to compare with at a moment."""
        return self.known_from is None or at >= self.known_from


class Replay:
    """Judges the past; writes results under the replay's id, and neither exports nor alerts."""

    def __init__(self, database: Database, policy: Policy, options_of: OptionsOf, rollup: RollupOptions) -> None:
        """Take the policy and the options that the live exporter has."""
        self._database = database
        self._policy = policy
        self._options_of = options_of
        self._rollup = rollup
        self._layouts = Layouts()

    def models(self, plan: ReplayPlan) -> list[ModelKey]:
        """Return the models that logged predictions in the span.

        Raises
        ------
        BadInput
            If there is no step, or no model has a row.
        """
        plan.check()
        with self._database.transaction(read_only=True) as connection:
            keys = list_logged_models(connection, plan.only, TimeWindow(start=plan.start, end=plan.end))
        if not keys:
            name = f"of model {plan.only.model!r} " if plan.only.model else ""
            raise BadInput(
                f"no predictions {name}between {plan.start.isoformat()} and {plan.end.isoformat()}: nothing to replay"
            )
        return keys

    def run(self, plan: ReplayPlan, key: ModelKey, advance: Callable[[], None] = lambda: None) -> Iterator[Judgement]:
        """Yield the judgement of each step of one model, in order; `advance` is called after each step.

        Steps before an automatic reference was known are passed over: live, there would have been no verdict.
        """
        options = self._options_of(key.model)
        window = plan.window or options.window
        options = replace(options, policy=replace(options.policy, judgements_per_30_days=THIRTY_DAYS / plan.every))
        width = timedelta(seconds=math.gcd(int(plan.every.total_seconds()), int(window.total_seconds())))
        with self._database.transaction(read_only=True) as connection:
            standard = self._standard(connection, plan, key)
        options = options.of_part("", standard.segments if standard else 0)
        standards = Standards(self._policy)
        drifted: deque[set[str]] = deque(maxlen=options.persistence - 1)
        buckets: dict[datetime, ModelProfile] = {}
        keep_from = options.comparison.keep_from
        first = TimeWindow(start=plan.start + plan.every - window, end=plan.start + plan.every)
        loaded = first.start + (keep_from(first) - first.start) // width * width
        for step in range(1, plan.steps + 1):
            at = plan.start + step * plan.every
            judged = TimeWindow(start=at - window, end=at)
            if standard is not None and standard.is_known(at):
                if loaded < at:
                    until = min(plan.start + plan.steps * plan.every, max(at, loaded + BUCKETS_AT_ONCE * width))
                    buckets |= self._load(key, standard.layout, TimeWindow(start=loaded, end=until), width)
                    loaded = until
                buckets = {start: profile for start, profile in buckets.items() if start >= keep_from(judged)}
                series = _series(standard.layout, buckets, width)
                held_against = standards.of(
                    key,
                    judged,
                    options.comparison,
                    reference_id=standard.reference_id,
                    frozen=lambda: standard.series,
                    history=series.within,
                )
                with self._database.transaction() as connection:
                    judgement = judge(
                        self._policy,
                        options,
                        key=key,
                        window=judged,
                        reference=held_against.learned,
                        current=series.within(judged),
                        importances=read_importances(connection, key, until=at),
                        may_alert=_persisting(drifted),
                    )
                    drifted.append(judgement.drifted)
                    write_dataset(
                        connection,
                        judgement.verdict,
                        judgement.dataset,
                        reference_id=standard.reference_id,
                        replay_id=plan.replay_id,
                    )
                    write_verdict(
                        connection,
                        judgement.verdict,
                        reference_id=standard.reference_id,
                        distributions=judgement.distributions,
                        replay_id=plan.replay_id,
                    )
                yield judgement
            advance()

    def _standard(self, connection: Connection, plan: ReplayPlan, key: ModelKey) -> _Standard | None:
        reference = reference_for(key, read_references(connection, active_only=True))
        if reference is not None and not _reaches_into(reference, plan.start):
            layout = self._layouts.of(connection, reference.reference_id)
            series = read_reference_series(connection, layout, reference.reference_id)
            return _Standard(
                layout=layout,
                series=series,
                reference_id=reference.reference_id,
                known_from=None,
                segments=len(reference.segments),
            )
        return self._automatic(connection, key)

    def _automatic(self, connection: Connection, key: ModelKey) -> _Standard | None:
        """Freeze, for this replay only, the reference that the first rows of the stored history would have made.

        None where live there would have been none: there are too few rows, or no feature has a value in them.
        """
        first = find_earliest_rows(connection, key, rows=self._rollup.automatic_rows)
        if first is None:
            return None
        rows = read_logged_rows(
            connection,
            RowSpan(only=ModelFilter.of(key), window=first),
            bucket=self._rollup.profile_bucket,
            options=self._rollup.of_model(key.model),
        )
        try:
            layout, profiles = freeze_layout(rows)
        except BadReference:
            return None
        return _Standard(
            layout=layout,
            series=_series(
                layout, {part.start: profile for part, profile in profiles.items() if not part.segment}, rows.bucket
            ),
            reference_id=None,
            known_from=first.end,
            segments=len({part.segment for part in profiles if part.segment}),
        )

    def _load(
        self, key: ModelKey, layout: BinLayout, window: TimeWindow, width: timedelta
    ) -> dict[datetime, ModelProfile]:
        loaded: dict[datetime, list[ModelProfile]] = {}
        span = RowSpan(only=ModelFilter.of(key), window=window)
        with (
            self._database.transaction(read_only=True) as connection,
            closing(stream_documents(connection, span, bucket=width, chunk=CHUNK_ROWS, origin=window.start)) as chunks,
        ):
            for chunk in chunks:
                batches = (read_written(documents, layout.kinds) for documents in chunk.values())
                for part, profile in zip(chunk, profile_batches(layout, batches), strict=True):
                    loaded.setdefault(part.start, []).append(profile)
        return {start: ModelProfile.merged(layout, profiles) for start, profiles in loaded.items()}


def _persisting(drifted: deque[set[str]]) -> Callable[[str], bool]:
    """Return what tells whether a feature drifted in all the judgements before that must have, as many as needed."""
    before = list(drifted)
    return lambda feature: len(before) == drifted.maxlen and all(feature in one for one in before)


def _series(layout: BinLayout, buckets: Mapping[datetime, ModelProfile], width: timedelta) -> ProfileSeries:
    starts = sorted(buckets)
    return ProfileSeries(
        layout=layout,
        windows=tuple(TimeWindow(start=start, end=start + width) for start in starts),
        profiles=[buckets[start] for start in starts],
    )


def _reaches_into(reference: Reference, start: datetime) -> bool:
    """Tell whether the rows to be judged are among those of the reference."""
    return (
        reference.window_start is not None
        and reference.window_end is not None
        and start in TimeWindow(start=reference.window_start, end=reference.window_end)
    )
