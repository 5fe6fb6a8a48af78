"""Versions that serve, and those that another has replaced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from driftgauge.alerting.serving import UNKNOWN_LIMIT, Version, newest_predictions, serving
from driftgauge.model.identity import ModelKey

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEYS = st.builds(
    ModelKey, model=st.sampled_from("ab"), version=st.sampled_from("123"), environment=st.sampled_from("pq")
)
MOMENTS = st.integers(0, 200).map(lambda hours: NOON + timedelta(hours=hours))
VERSIONS = st.dictionaries(KEYS, st.none() | MOMENTS).map(
    lambda found: [Version(key=key, last_at=last_at) for key, last_at in found.items()]
)


@given(versions=VERSIONS, hours=st.integers(0, 100))
def test_the_last_to_predict_always_serves_and_who_only_logs_metrics_does(versions: list[Version], hours: int) -> None:
    limits = {version.key: timedelta(hours=hours) for version in versions}
    kept = serving(versions, limits)
    newest = newest_predictions(versions)
    for version in versions:
        last = newest.get((version.key.model, version.key.environment))
        if version.last_at is None or version.last_at == last:
            assert version in kept
        else:
            assert last is not None
            assert (version in kept) == (last - version.last_at <= timedelta(hours=hours))


def test_where_nobody_knows_how_long_a_version_may_be_silent_it_is_a_day() -> None:
    old, new = (ModelKey(model="a", version=name, environment="p") for name in "12")
    for late, many in ((UNKNOWN_LIMIT, 2), (UNKNOWN_LIMIT + timedelta(seconds=1), 1)):
        both = [Version(key=old, last_at=NOON), Version(key=new, last_at=NOON + late)]
        assert len(serving(both, {new: timedelta(minutes=1)})) == many
