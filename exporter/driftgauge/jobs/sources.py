"""A source's job: read the rows of a trailing window again, and replace what the roll-ups have of it.

With SELECT rights alone nothing tells which rows are new. So whatever became visible since, in whatever order, is
counted by reading its buckets anew: exact for rows that come within the lookback. An hourly audit recounts the day
before that, and counts what came later still.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from driftgauge.errors import BadReference
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.referencing import ReferenceRows, freeze
from driftgauge.jobs.source_reading import SourceOptions, read_first_rows, read_profiles, read_traffic
from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.horizon import read_mark
from driftgauge.store.predictions import ModelFilter
from driftgauge.store.profiles import DAY, ProfileBucket
from driftgauge.store.references import Layouts, read_references
from driftgauge.store.source_rollups import SpanTraffic, count_kept, replace_profiles, replace_traffic
from driftgauge.store.source_rows import SourceRows, open_source
from driftgauge.store.source_state import (
    SourceState,
    advance,
    claim_models,
    find_refused,
    lock_state,
    read_claims,
    record_audit,
    release_logged,
    release_renamed,
    start_state,
    use_reference,
)
from driftgauge.store.traffic import read_statuses, read_totals
from driftgauge.store.watermarks import gain_rollup_lock, lock_watermark

AUDIT_EVERY: Final = timedelta(hours=1)
AUDITED: Final = DAY
NEW_BUCKETS_A_RUN: Final = 24  # so that a long history shows its progress


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What the source has in a span, on the references that serve."""

    traffic: SpanTraffic
    serving: dict[ModelKey, int]
    profiles: dict[ProfileBucket, ModelProfile]


class SourceJob:
    """Reads one source; `behind` tells that there is more to read at once, and `skipped` that others held the lock.

    `refused` are the models that the last run left out, each with the place that it comes from already.
    """

    def __init__(
        self,
        database: Database,
        foreign: Database,
        options: SourceOptions,
        rollup: RollupOptions,
        turn: AbstractContextManager[object],
        *,
        layouts: Layouts | None = None,
    ) -> None:
        """Take our own database and the source's, which may be the same, how rows are rolled up, and shared layouts.

        Our own is entered in `turn`, one source at a time: however many there are, the other jobs find a connection.
        """
        self.name = f"source_{options.table.name}"
        self.behind = self.skipped = False
        self.refused: dict[ModelKey, str] = {}
        self._database = database
        self._foreign = foreign
        self._options = options
        self._table = options.table
        self._rollup = rollup
        self._turn = turn
        self._layouts = layouts or Layouts()
        self._rows_to_freeze: dict[ModelKey, int] = {}

    def run(self) -> tuple[AnySample, ...]:
        """Read from a lookback before the last reading up to now, a bounded number of new buckets; then audit."""
        self.behind = self.skipped = False
        self.refused = {}
        with open_source(self._foreign, self._table) as rows:
            state = self._start_state(rows.now)
            now = max(rows.now, state.read_to)  # a clock that goes back takes no row back
            place = self._first_place(rows, state, now)
        new = 0
        while place < now:
            if new == NEW_BUCKETS_A_RUN:
                self.behind = True
                break
            bucket = self._bucket(place, state)
            new += bucket.end > state.read_to
            written = self._renew(bucket, state, now)
            if written is None or written.read_to < min(bucket.end, now):
                self.behind = not self.skipped  # another exporter was faster, or a new reference starts earlier
                break
            state, place = written, bucket.end
        else:
            state = self._audit(state, now)
        return (
            Sample("driftgauge_source_late_rows_total", (self._table.name,), float(state.late_rows)),
            Sample("driftgauge_source_models_refused", (self._table.name,), float(len(self.refused))),
            Sample("driftgauge_source_read_timestamp_seconds", (self._table.name,), state.read_to.timestamp()),
        )

    @contextmanager
    def _own(self, *, read_only: bool = False) -> Generator[Connection]:
        with self._turn, self._database.transaction(read_only=read_only) as connection:
            yield connection

    def _start_state(self, now: datetime) -> SourceState:
        history_from = floor_to(now - self._options.history, DAY)
        with self._own() as connection:
            return start_state(
                connection,
                self._table.name,
                history_from=history_from,
                now=now,
                profile_buckets_kept=self._rollup.profile_buckets_kept,
            )

    def _first_place(self, rows: SourceRows, state: SourceState, now: datetime) -> datetime:
        """Return from when to read: nothing before the first row of a span that only grows."""
        start = max(state.history_from, state.read_to - self._options.lookback)
        settled = floor_to(now - self._options.lookback, self._rollup.profile_bucket)
        if settled - start <= self._rollup.profile_bucket:
            return start
        first = rows.first_at(TimeWindow(start=start, end=settled))
        return settled if first is None else first

    def _bucket(self, moment: datetime, state: SourceState) -> TimeWindow:
        """Return the profile bucket of a moment; where days are compacted, the day."""
        width = DAY if moment < state.compacted_before else self._rollup.profile_bucket
        start = floor_to(moment, width)
        return TimeWindow(start=start, end=start + width)

    def _renew(
        self, bucket: TimeWindow, state: SourceState, now: datetime, *, audit: bool = False
    ) -> SourceState | None:
        """Replace a bucket by what the source has of it; None if others write, or have since `state` was read."""
        with open_source(self._foreign, self._table) as rows:
            content = self._read(rows, bucket, TimeWindow(start=bucket.start, end=min(bucket.end, now)), state)
        with self._own() as connection:
            if not gain_rollup_lock(connection):
                self.skipped = True
                return None
            release_logged(connection, self._table.name)
            release_renamed(connection, self._table)
            kept = self._rollup.profile_buckets_kept
            lock_watermark(connection, read_mark(connection).high, profile_buckets_kept=kept)
            current = lock_state(connection, self._table.name, profile_buckets_kept=kept)
            references = read_references(connection, active_only=True)
            if current != state or content.serving != _serving(content.traffic.rows, references):
                return None
            if self._find_refused(connection, content.traffic.rows):
                return None
            settled = bucket.end <= now - self._options.lookback
            return self._write(connection, bucket, content, state, references, now=now, settled=settled, audit=audit)

    def _read(self, rows: SourceRows, bucket: TimeWindow, span: TimeWindow, state: SourceState) -> _Content:
        with self._own(read_only=True) as connection:
            statuses = read_statuses(connection)
        traffic = read_traffic(rows, self._table, span, self._rollup.bucket, statuses)
        with self._own(read_only=True) as connection:
            refused = self._find_refused(connection, traffic.rows.keys())
        self.refused |= refused
        traffic = traffic.without(refused)
        serving, counted = self._serve(rows, traffic, state), traffic.rows
        profiles: dict[ProfileBucket, ModelProfile] = {}
        for key, (reference, layout) in serving.items():
            segments = reference.segments if self._table.segment else ()
            for part, profile in read_profiles(
                rows, key, span, count=counted[key], layout=layout, segments=segments
            ).items():
                place = ProfileBucket(
                    reference_id=reference.reference_id, key=part, start=bucket.start, width=bucket.width
                )
                profiles[place] = profile
        return _Content(
            traffic=traffic,
            serving={key: reference.reference_id for key, (reference, _) in serving.items()},
            profiles=profiles,
        )

    def _find_refused(self, connection: Connection, keys: Collection[ModelKey]) -> dict[ModelKey, str]:
        return find_refused(connection, self._table.name, keys, self._options.configured)

    def _serve(
        self, rows: SourceRows, traffic: SpanTraffic, state: SourceState
    ) -> dict[ModelKey, tuple[Reference, BinLayout]]:
        """Return the reference that serves each model of a span, frozen now where its first rows suffice."""
        counted = traffic.rows
        with self._own(read_only=True) as connection:
            references = read_references(connection, active_only=True)
            waiting = [key for key in sorted(counted) if reference_for(key, references) is None]
            known = read_claims(connection, self._table.name) if waiting else {}
            for total in read_totals(connection) if waiting else ():
                counted[total.key] += total.predictions
        for key in waiting:
            needed = self._rows_to_freeze.get(key, self._rollup.automatic_rows)
            # A model that is new here may have all its rows in the part of the history that is yet to be read.
            if key in known and counted[key] < needed:
                continue
            first = read_first_rows(
                rows, self._table, key, since=state.history_from, count=needed, options=self._rollup
            )
            if first is not None and not self._freeze(key, first):
                self._rows_to_freeze[key] = 2 * needed
        with self._own(read_only=True) as connection:
            references = read_references(connection, active_only=True)
            self._layouts.keep({reference.reference_id for reference in references})
            served = ((key, reference_for(key, references)) for key in sorted(traffic.rows))
            return {
                key: (reference, self._layouts.of(connection, reference.reference_id))
                for key, reference in served
                if reference is not None
            }

    def _freeze(self, key: ModelKey, first: ReferenceRows) -> bool:
        """Freeze a model's first rows, if others leave that to us; False if they have no features."""
        try:
            with self._own() as connection:
                free = gain_rollup_lock(connection)
                if free and reference_for(key, read_references(connection, active_only=True)) is None:
                    freeze(connection, ModelFilter.of(key), first)
        except BadReference:
            return False
        return True

    def _write(
        self,
        connection: Connection,
        bucket: TimeWindow,
        content: _Content,
        state: SourceState,
        references: list[Reference],
        *,
        now: datetime,
        settled: bool,
        audit: bool,
    ) -> SourceState:
        source = self._table.name
        known = read_claims(connection, source)
        if unknown := content.traffic.rows.keys() - known.keys():
            claim_models(connection, source, unknown)
        grown = replace_traffic(connection, source, bucket, content.traffic, settled=settled)
        replace_profiles(
            connection,
            source,
            bucket,
            content.profiles,
            serving=_serving(known.keys() | content.serving.keys(), references),
            changed_seq=state.revision + 1,
            settled=settled,
        )
        rewound = self._follow_references(connection, bucket, references, now)
        read_to = max(state.read_to, min(bucket.end, now)) if rewound is None else min(rewound, state.read_to)
        late = grown.total() if audit else 0
        advance(connection, source, read_to=read_to, late_rows=late)
        return replace(state, read_to=read_to, late_rows=state.late_rows + late, revision=state.revision + 1)

    def _follow_references(
        self, connection: Connection, bucket: TimeWindow, references: list[Reference], now: datetime
    ) -> datetime | None:
        """Note the references that now serve; return from when rows must be read again to be profiled on new ones."""
        claims = read_claims(connection, self._table.name)
        serving = _serving(claims, references)
        changed = [key for key, reference_id in serving.items() if claims[key] != reference_id]
        for key in changed:
            use_reference(connection, key, serving[key])
        oldest = floor_to(now - self._options.history, DAY)
        firsts = [
            max(datetime.fromtimestamp(total.first_at, now.tzinfo), oldest)
            for total in (read_totals(connection) if changed else ())
            if total.key in changed
        ]
        return min((first for first in firsts if first < bucket.start), default=None)

    def _audit(self, state: SourceState, now: datetime) -> SourceState:
        """Recount the closed buckets of a day before the lookback, if it is time; read anew those that have grown."""
        if now - state.audited_at < AUDIT_EVERY:
            return state
        width = self._rollup.profile_bucket
        end = floor_to(now - self._options.lookback, width)
        span = TimeWindow(start=max(state.history_from, end - AUDITED), end=end)
        if span.start < span.end:
            with open_source(self._foreign, self._table) as rows:
                there = rows.counts(span, width)
            with self._own(read_only=True) as connection:
                kept = count_kept(connection, self._table.name, span, width)
                self.refused |= self._find_refused(connection, {key for key, _ in there})
            grown = {
                start
                for (key, start), count in there.items()
                if key not in self.refused and count > kept.get((key, start), 0)
            }
            moments = (datetime.fromtimestamp(start, now.tzinfo) for start in sorted(grown))
            for bucket in sorted({self._bucket(moment, state) for moment in moments}):
                written = self._renew(bucket, state, now, audit=True)
                if written is None:
                    return state  # others are at it; the next run goes on
                state = written
        with self._own() as connection:
            record_audit(connection, self._table.name, now)
        return replace(state, audited_at=now)


def _serving(keys: Iterable[ModelKey], references: list[Reference]) -> dict[ModelKey, int]:
    """Return the reference that serves each of some models that have one."""
    served = ((key, reference_for(key, references)) for key in sorted(keys))
    return {key: reference.reference_id for key, reference in served if reference is not None}
