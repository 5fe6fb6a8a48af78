"""The script against the real profiles and the real policy: what must show does, in time, and nothing before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest

from driftgauge.config.settings import DEFAULT_TESTS
from driftgauge.demo.incidents import MISSING, SEASON, UNIT, Incident, Phase, timeline
from driftgauge.demo.live import LiveTraffic
from driftgauge.demo.traffic import Parts, PredictionRow, history
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.two_sample import TwoSample
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import infer_kinds, parse_documents, read_documents
from driftgauge.profiling.fitting import fit_layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from driftgauge.demo.model import DelayModel
    from driftgauge.model.bins import BinLayout

SECONDS, RATE, BUCKET, WINDOW = 90, 60, 10, 60
KEY = ModelKey(model="flight-delay", version="2013.1", environment="production")
SETTINGS = PolicySettings(
    tests=tuple(DEFAULT_TESTS), minimum_rows=500, alarms_per_30_days=1.0, judgements_per_30_days=43_200
)


def profile(rows: Sequence[PredictionRow], layout: BinLayout | None = None) -> ModelProfile:
    documents = parse_documents(",".join(orjson.dumps(row.features).decode() for row in rows))
    if layout is None:
        layout = fit_layout([read_documents(documents, infer_kinds(documents))])
    kinds = {name: bins.kind for name, bins in layout.features.items()}
    return profile_batch(layout, read_documents(documents, kinds))


def drifted_at_each_close(
    parts: Parts, model: DelayModel, start: datetime, phases: Sequence[Phase]
) -> dict[int, set[str]]:
    """Return the drifted features by second since the start, judged whenever a bucket closes."""
    rng = np.random.default_rng(7)
    reference = profile(history(parts, model, rng=rng))
    traffic = LiveTraffic(parts, model, phases=phases, start=start, rate=RATE, rng=rng)
    buckets: list[ModelProfile] = []
    drifted: dict[int, set[str]] = {}
    for second in range(BUCKET, SECONDS + 1, BUCKET):
        close = start + timedelta(seconds=second)
        buckets.append(profile(traffic.until(close), reference.layout))
        current = ModelProfile.merged(reference.layout, buckets[-WINDOW // BUCKET :])
        window = TimeWindow(start=close - timedelta(seconds=WINDOW), end=close)
        verdict = TwoSample().judge(KEY, window, reference, current, SETTINGS)
        drifted[second] = {found.feature for found in verdict.features if found.verdict is Verdict.DRIFTED}
    return drifted


@pytest.mark.parametrize(("incident", "feature"), [(MISSING, "humid"), (UNIT, "temp"), (SEASON, "dewp")])
def test_each_signal_shows_within_two_buckets_of_its_incident_and_not_before(
    drifted: dict[int, set[str]], incident: Incident, feature: str
) -> None:
    (phase,) = (phase for phase in timeline(SECONDS) if phase.incident is incident)
    first = min(second for second, features in drifted.items() if feature in features)
    assert phase.start < first <= phase.start + 2 * BUCKET


def test_nothing_drifts_before_the_first_incident_on_a_feature(drifted: dict[int, set[str]]) -> None:
    (phase,) = (phase for phase in timeline(SECONDS) if phase.incident is MISSING)
    assert not set[str]().union(*(features for second, features in drifted.items() if second <= phase.start))


@pytest.fixture(scope="module")
def drifted(parts: Parts, model: DelayModel, end: datetime) -> dict[int, set[str]]:
    return drifted_at_each_close(parts, model, end, timeline(SECONDS))
