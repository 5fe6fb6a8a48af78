"""A drift report by driftgauge: both halves profiled on the bins of the first, judged by the default tests."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from measuring import columns, server_seconds, tell

from driftgauge import __version__
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.two_sample import TwoSample
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.source import profile_source
from driftgauge.store.columns import open_query, query_session
from driftgauge.store.database import Database

SETTINGS = PolicySettings(
    tests=tuple(DEFAULT_TESTS), minimum_rows=500, alarms_per_30_days=1.0, judgements_per_30_days=720.0
)


def main() -> None:
    """Freeze the first half, profile the second on its bins, judge."""
    dsn, answer = sys.argv[1:]
    before = server_seconds(dsn)
    select = f"SELECT {', '.join(columns())} FROM driftgauge.halves WHERE "  # noqa: S608 - our own names
    database = Database(lambda: dsn, schema="driftgauge")
    with query_session(database) as connection:
        source = open_query(connection, select + "NOT current")
        frozen = profile_source(source, source.kinds)
        source = open_query(connection, select + "current")
        batches = source.read(source.kinds)
        current = ModelProfile.merged(frozen.layout, (profile_batch(frozen.layout, batch) for batch in batches))
    database.close()
    policy = TwoSample()
    now = datetime.now(UTC)
    verdict = policy.judge(
        ModelKey(model="bench", version="1", environment="production"),
        TimeWindow(start=now - timedelta(days=1), end=now),
        policy.learn(ProfileSeries.untimed(frozen.profile), timedelta(days=1)),
        ProfileSeries.untimed(current),
        SETTINGS,
    )
    drifted = sum(feature.verdict is Verdict.DRIFTED for feature in verdict.features)
    tell(answer, before=before, dsn=dsn, drifted=drifted, version=__version__)


if __name__ == "__main__":
    main()
