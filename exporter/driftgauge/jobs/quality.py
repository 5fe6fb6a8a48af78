"""Check rows as data: whether they and their texts repeat, once a closed bucket, and whether a model fell silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import Reference, reference_for
from driftgauge.model.window import TimeWindow, closed_window
from driftgauge.quality.check import QualityVerdict, Soundness
from driftgauge.quality.distinct import bounds, judge_distinct
from driftgauge.quality.repeats import REPEATS, judge_repeats
from driftgauge.quality.silence import LEAST_HISTORY, judge_silence, silence_limit
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.quality import (
    Rhythm,
    count_distinct,
    count_repeats,
    read_distinct,
    read_repeats,
    read_rhythm,
    write_quality,
)
from driftgauge.store.references import read_layout, read_references
from driftgauge.store.traffic import read_totals
from driftgauge.store.watermarks import read_rolled_up

HISTORY: Final = timedelta(days=28)
GAPS_HISTORY: Final = timedelta(days=14)
LONGEST_GAPS: Final = 20
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
NEWEST_ROWS: Final = 5_000
"""Rows of a bucket that are looked at for repeats: the newest, so that the cost of a busy model is bounded."""

MOST_TEXTS: Final = 20
"""Texts of a model that are checked, the first by name: each is read out of all of those rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityOptions:
    """The width of the buckets that are checked, and the chance of a false fault that one check of one may take."""

    bucket: timedelta
    alpha: float


class QualityJob:
    """Checks every model that has logged predictions."""

    name = "quality"

    def __init__(self, database: Database, options: QualityOptions) -> None:
        """Take how buckets are checked."""
        self._database = database
        self.options = options
        self._rhythms: dict[ModelKey, tuple[datetime, Rhythm | None]] = {}
        self._silent: set[ModelKey] = set()
        self._found: dict[ModelKey, tuple[TimeWindow, tuple[QualityVerdict, ...]]] = {}
        self._texts: dict[int, tuple[str, ...]] = {}
        self._samples: dict[ModelKey, tuple[AnySample, ...]] = {}
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Check the newest closed bucket of each model, if it was not yet, and how long each has been silent.

        A model that fails keeps its latest samples and stops no other; what failed in a run is in `failures`, and
        raised if every model did.
        """
        self.failures = failures = ModelFailures()
        with self._database.transaction() as connection:
            rolled_up = read_rolled_up(connection)
            if rolled_up is None:
                return ()
            now = read_now(connection)
            references = read_references(connection, active_only=True)
            window = closed_window(rolled_up.horizon_at, width=self.options.bucket, bucket=self.options.bucket)
            last_at: dict[ModelKey, float] = {}
            for total in read_totals(connection):
                last_at[total.key] = max(last_at.get(total.key, total.last_at), total.last_at)
        for key, seconds in sorted(last_at.items()):
            # while the roll-up lags behind, nobody knows of later rows
            silent = timedelta(seconds=min(now, rolled_up.horizon_at).timestamp() - seconds)
            with failures.of(key):
                silence = judge_silence(silent, self._limit(key, now, silent))
                found = self._check(key, window, silence, references)
                self._samples[key] = tuple(_samples(key, silence, found))
        active = {reference.reference_id for reference in references}
        self._texts = {known: texts for known, texts in self._texts.items() if known in active}
        self._found = {key: kept for key, kept in self._found.items() if key in last_at}
        self._rhythms = {key: kept for key, kept in self._rhythms.items() if key in last_at}
        self._samples = {key: kept for key, kept in self._samples.items() if key in last_at}
        failures.raise_if_all(len(last_at))
        return tuple(sample for _, samples in sorted(self._samples.items()) for sample in samples)

    def _limit(self, key: ModelKey, now: datetime, silent: timedelta) -> timedelta | None:
        """Return how long a model may be silent, by a rhythm that is read hourly until it is known, then daily."""
        read_at, rhythm = self._rhythms.get(key, (None, None))
        known = rhythm is not None and now - silent - rhythm.first_at >= LEAST_HISTORY
        if read_at is None or now - read_at >= (DAILY if known else HOURLY):
            with self._database.transaction(read_only=True) as connection:
                rhythm = read_rhythm(connection, key, since=now - GAPS_HISTORY, longest=LONGEST_GAPS)
            self._rhythms[key] = now, rhythm
        return (
            None
            if rhythm is None
            else silence_limit(rhythm.gaps, rhythm.faulty, history=now - silent - rhythm.first_at)
        )

    def _check(
        self, key: ModelKey, window: TimeWindow, silence: QualityVerdict, references: Sequence[Reference]
    ) -> tuple[QualityVerdict, ...]:
        """Return the verdicts on a bucket's rows and texts, none if it has no rows; write all verdicts once a bucket.

        A silence that turns faulty in between is written at once, so that it teaches nothing.
        """
        known = self._found.get(key)
        if known is not None and known[0] == window:
            if silence.verdict is Soundness.FAULTY and key not in self._silent:
                with self._database.transaction() as connection:
                    write_quality(connection, key, window, (silence,))
                self._silent.add(key)
            return known[1]
        self._silent.discard(key)
        if silence.verdict is Soundness.FAULTY:
            self._silent.add(key)
        with self._database.transaction() as connection:
            current = count_repeats(connection, key, window, most=NEWEST_ROWS)
            found: tuple[QualityVerdict, ...] = ()
            if current.rows:
                before = TimeWindow(start=window.end - HISTORY, end=window.end)
                history = read_repeats(connection, key, current, over=before)
                found = (
                    judge_repeats(history, current, alpha=self.options.alpha),
                    *self._check_texts(connection, key, window, before, reference_for(key, references)),
                )
            write_quality(connection, key, window, (silence, *found))
        self._found[key] = window, found
        return found

    def _check_texts(
        self, connection: Connection, key: ModelKey, window: TimeWindow, before: TimeWindow, reference: Reference | None
    ) -> Iterator[QualityVerdict]:
        """Judge each text that has a value in a bucket; they share the chance of a false fault."""
        texts = () if reference is None else self._texts_of(connection, reference.reference_id)
        if not texts:
            return
        counts = count_distinct(connection, key, window, texts, most=NEWEST_ROWS)
        histories = read_distinct(connection, key, counts, over=before)
        for text, counted in sorted(counts.items()):
            yield judge_distinct(histories[text], counted, feature=text, alpha=self.options.alpha / len(counts))

    def _texts_of(self, connection: Connection, reference_id: int) -> tuple[str, ...]:
        """Return the texts of a reference that are checked; it is frozen, so it is read once."""
        texts = self._texts.get(reference_id)
        if texts is None:
            texts = self._texts[reference_id] = read_layout(connection, reference_id).texts[:MOST_TEXTS]
        return texts


def _samples(key: ModelKey, silence: QualityVerdict, found: Sequence[QualityVerdict]) -> Iterator[AnySample]:
    if silence.threshold is not None:
        yield Sample("ml_silence_limit_seconds", model_labels(key), silence.threshold)
    faulty: dict[str, bool] = {}
    for verdict in (silence, *found):
        if verdict.check == REPEATS:
            yield Sample("ml_repeated_rows_ratio", model_labels(key), verdict.value)
            if verdict.threshold is not None:
                yield Sample("ml_repeated_rows_threshold_ratio", model_labels(key), verdict.threshold)
        elif verdict.feature is not None:
            yield from _text_samples(key, verdict.feature, verdict)
        if verdict.verdict is not Soundness.INSUFFICIENT_DATA:
            faulty[verdict.check] = faulty.get(verdict.check, False) or verdict.verdict is Soundness.FAULTY
    for check, told in faulty.items():
        yield Sample("ml_data_quality_faulty", model_labels(key, check), float(told))


def _text_samples(key: ModelKey, text: str, verdict: QualityVerdict) -> Iterator[AnySample]:
    yield Sample("ml_feature_distinct_ratio", model_labels(key, text), verdict.value)
    if verdict.expected is None:
        return
    limits = bounds(verdict.expected)
    for bound, value in (("lower", limits.lower), ("upper", limits.upper)):
        if value is not None:
            yield Sample("ml_feature_distinct_threshold_ratio", model_labels(key, text, bound), value)
    faulty = float(verdict.verdict is Soundness.FAULTY)
    yield Sample("ml_feature_distinct_faulty", model_labels(key, text), faulty)
