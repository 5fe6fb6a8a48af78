"""Check rows as data: whether they repeat each other, once a closed bucket, and whether a model has fallen silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow, closed_window
from driftgauge.quality.check import QualityVerdict, Soundness
from driftgauge.quality.repeats import judge_repeats
from driftgauge.quality.silence import LEAST_HISTORY, judge_silence, silence_limit
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.quality import Rhythm, count_repeats, read_repeats, read_rhythm, write_quality
from driftgauge.store.traffic import read_totals
from driftgauge.store.watermarks import read_rolled_up

REPEATS_HISTORY: Final = timedelta(days=28)
GAPS_HISTORY: Final = timedelta(days=14)
LONGEST_GAPS: Final = 20
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
NEWEST_ROWS: Final = 5_000
"""Rows of a bucket that are looked at for repeats: the newest, so that the cost of a busy model is bounded."""


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
        self._repeats: dict[ModelKey, tuple[TimeWindow, QualityVerdict | None]] = {}
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
            window = closed_window(rolled_up.horizon_at, width=self.options.bucket, bucket=self.options.bucket)
            last_at: dict[ModelKey, float] = {}
            for total in read_totals(connection):
                last_at[total.key] = max(last_at.get(total.key, total.last_at), total.last_at)
        for key, seconds in sorted(last_at.items()):
            # while the roll-up lags behind, nobody knows of later rows
            silent = timedelta(seconds=min(now, rolled_up.horizon_at).timestamp() - seconds)
            with failures.of(key):
                silence = judge_silence(silent, self._limit(key, now, silent))
                repeats = self._check(key, window, silence)
                self._samples[key] = tuple(_samples(key, silence, repeats))
        self._repeats = {key: kept for key, kept in self._repeats.items() if key in last_at}
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

    def _check(self, key: ModelKey, window: TimeWindow, silence: QualityVerdict) -> QualityVerdict | None:
        """Return the verdict on a bucket's repeats, None if it has no rows; write both verdicts once a bucket.

        A silence that turns faulty in between is written at once, so that it teaches nothing.
        """
        known = self._repeats.get(key)
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
            repeats = None
            if current.rows:
                history = read_repeats(connection, key, since=window.end - REPEATS_HISTORY, before=window.end)
                repeats = judge_repeats(history, current, alpha=self.options.alpha)
            write_quality(connection, key, window, (silence,) if repeats is None else (silence, repeats))
        self._repeats[key] = window, repeats
        return repeats


def _samples(key: ModelKey, silence: QualityVerdict, repeats: QualityVerdict | None) -> Iterator[AnySample]:
    if silence.threshold is not None:
        yield Sample("ml_silence_limit_seconds", model_labels(key), silence.threshold)
    if repeats is not None:
        yield Sample("ml_repeated_rows_ratio", model_labels(key), repeats.value)
        if repeats.threshold is not None:
            yield Sample("ml_repeated_rows_threshold_ratio", model_labels(key), repeats.threshold)
    for verdict in (silence, repeats):
        if verdict is not None and verdict.verdict is not Soundness.INSUFFICIENT_DATA:
            yield Sample(
                "ml_data_quality_faulty", model_labels(key, verdict.check), float(verdict.verdict is Soundness.FAULTY)
            )
