"""The script against real profiles and the demo's own policy: what must show does, in time, and nothing before."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest

from driftgauge.app.judging_settings import policy
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.config.settings import Settings
from driftgauge.demo.incidents import MISSING, SEASON, UNIT, Incident, Phase, timeline
from driftgauge.demo.live import LiveTraffic
from driftgauge.demo.settings import CONFIG
from driftgauge.demo.traffic import Parts, PredictionRow, history
from driftgauge.drift.policy import PolicySettings
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import infer_kinds, parse_documents, read_documents
from driftgauge.profiling.fitting import fit_layout
from fixtures.series import in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from driftgauge.demo.model import DelayModel
    from driftgauge.model.bins import BinLayout
    from driftgauge.profiling.batch import FeatureBatch

SECONDS, RATE = 90, 60
BUCKET, WINDOW, HOUR = timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1)
KEY = ModelKey(model="flight-delay", version="2013.1", environment="production")
POLICY = policy(Settings.model_validate(CONFIG))
SETTINGS = PolicySettings(
    tests=tuple(DEFAULT_TESTS), minimum_rows=500, alarms_per_30_days=1.0, judgements_per_30_days=43_200
)


def batch(rows: Iterable[PredictionRow], layout: BinLayout | None = None) -> FeatureBatch:
    documents = parse_documents(",".join(orjson.dumps(row.features).decode() for row in rows))
    kinds = infer_kinds(documents) if layout is None else {name: bins.kind for name, bins in layout.features.items()}
    return read_documents(documents, kinds)


def reference_of(rows: Sequence[PredictionRow]) -> ProfileSeries:
    """Return the history by the hour."""
    layout = fit_layout([batch(rows)])
    hours = {
        hour: profile_batch(layout, batch(group, layout))
        for hour, group in groupby(rows, key=lambda row: floor_to(row.timestamp, HOUR))
    }
    return ProfileSeries(
        layout=layout,
        windows=tuple(TimeWindow(start=hour, end=hour + HOUR) for hour in hours),
        profiles=tuple(hours.values()),
    )


def drifted_at_each_close(
    parts: Parts, model: DelayModel, start: datetime, phases: Sequence[Phase]
) -> dict[int, set[str]]:
    """Return the drifted features by second since the start, judged whenever a bucket closes."""
    rng = np.random.default_rng(7)
    reference = reference_of(history(parts, model, rng=rng))
    learned = POLICY.learn(reference, WINDOW)
    traffic = LiveTraffic(parts, model, phases=phases, start=start, rate=RATE, rng=rng)
    buckets: deque[ModelProfile] = deque(maxlen=WINDOW // BUCKET)
    drifted: dict[int, set[str]] = {}
    for second in range(BUCKET.seconds, SECONDS + 1, BUCKET.seconds):
        close = start + timedelta(seconds=second)
        buckets.append(profile_batch(reference.layout, batch(traffic.until(close), reference.layout)))
        current = in_a_row(buckets, start=close - len(buckets) * BUCKET, width=BUCKET)
        window = TimeWindow(start=close - WINDOW, end=close)
        verdict = POLICY.judge(KEY, window, learned, current, SETTINGS)
        drifted[second] = {found.feature for found in verdict.features if found.verdict is Verdict.DRIFTED}
    return drifted


@pytest.mark.parametrize(("incident", "feature"), [(MISSING, "humid"), (UNIT, "temp"), (SEASON, "dewp")])
def test_each_signal_shows_within_two_buckets_of_its_incident_and_not_before(
    drifted: dict[int, set[str]], incident: Incident, feature: str
) -> None:
    (phase,) = (phase for phase in timeline(SECONDS) if phase.incident is incident)
    first = min(second for second, features in drifted.items() if feature in features)
    assert phase.start < first <= phase.start + 2 * BUCKET.seconds


def test_nothing_drifts_before_the_first_incident_on_a_feature(drifted: dict[int, set[str]]) -> None:
    (phase,) = (phase for phase in timeline(SECONDS) if phase.incident is MISSING)
    assert not set[str]().union(*(features for second, features in drifted.items() if second <= phase.start))


@pytest.fixture(scope="module")
def drifted(parts: Parts, model: DelayModel, end: datetime) -> dict[int, set[str]]:
    return drifted_at_each_close(parts, model, end, timeline(SECONDS))
