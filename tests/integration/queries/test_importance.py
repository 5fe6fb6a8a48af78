"""What is asked about importances: the newest comparison of each version, one made now, and what was logged."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from driftgauge.errors import BadInput
from driftgauge.explanation.importance import Rules, compare
from driftgauge.explanation.loggings import loggings
from driftgauge.model.identity import ModelKey
from driftgauge.queries import importance_drift, importance_history
from driftgauge.store.importance_changes import Comparison, LoggingKey, write_comparison
from integration.queries.conftest import DAY, HOUR, TICK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.queries.conftest import Shelf

BEFORE = {"age": 0.6, "plan": 0.3, "gone": 0.1}
AFTER = {"age": 0.3, "plan": 0.6, "new": 0.1}


def log(shelf: Shelf, importances: Mapping[str, float], at: datetime, **columns: object) -> None:
    for name, value in importances.items():
        shelf.put("feature_importance_history", feature_name=name, importance_value=value, timestamp=at, **columns)


def store(
    shelf: Shelf,
    at: datetime,
    *,
    version: str = "1",
    environment: str = "production",
    previous: LoggingKey | None = None,
    before: Mapping[str, float] | None = None,
    after: Mapping[str, float] = AFTER,
) -> None:
    comparison = Comparison(
        key=LoggingKey(at=at, version=version),
        previous=previous,
        found=compare(before, after),
        rules=Rules(),
        fingerprint="",
    )
    write_comparison(shelf.connection, ModelKey(model="churn", version=version, environment=environment), comparison)


def test_the_newest_comparison_of_each_version_is_told_the_last_logged_first(shelf: Shelf) -> None:
    first, second = shelf.now - 3 * DAY, shelf.now - 2 * DAY
    store(shelf, first, after=BEFORE)
    store(shelf, shelf.now - HOUR, previous=LoggingKey(at=first, version="1"), before=BEFORE, after=BEFORE)
    store(shelf, second, version="2", previous=LoggingKey(at=first, version="1"), before=BEFORE)
    store(shelf, first, environment="staging", after=BEFORE)
    one, two, three = importance_drift(shelf.connection, "churn")
    assert (one.version, one.compared_with, one.drifted) == ("1", "logging", False)
    assert (two.version, two.previous_version, two.previous_timestamp) == ("2", "1", first)
    assert (three.environment, three.compared_with, three.drifted) == ("staging", "nothing", None)
    expected = compare(BEFORE, AFTER)
    assert (two.ndcg, two.spearman, two.kendall) == (expected.ndcg, expected.spearman, expected.kendall)
    assert (two.appeared, two.vanished, two.drifted, two.reason) == (["new"], ["gone"], True, expected.reason)
    assert [(each.feature, each.current, each.change, each.state) for each in two.features] == [
        (each.feature, each.current, each.change, each.state) for each in expected.features
    ]
    assert [one.version for one in importance_drift(shelf.connection, "churn", version="2")] == ["2"]
    assert len(importance_drift(shelf.connection, "churn", environment="production")) == 2
    assert importance_drift(shelf.connection, "other") == []


def test_any_two_versions_are_compared_now(shelf: Shelf) -> None:
    log(shelf, {"age": 9.0}, shelf.now - 4 * DAY)
    log(shelf, BEFORE, shelf.now - 3 * DAY)
    log(shelf, AFTER, shelf.now - DAY, version="2")
    log(shelf, AFTER, shelf.now - DAY, version="3")
    log(shelf, AFTER, shelf.now - DAY, version="2", environment="staging")
    [found] = importance_drift(shelf.connection, "churn", version="2", against="1", environment="production")
    assert (found.drifted, found.reason) == (True, compare(BEFORE, AFTER).reason)
    assert (found.timestamp, found.previous_timestamp) == (shelf.now - DAY, shelf.now - 3 * DAY)
    staging = importance_drift(shelf.connection, "churn", version="2", against="1", environment="staging")
    assert [one.reason for one in staging] == ["version 1 has logged no importances in staging"]
    others = importance_drift(shelf.connection, "churn", against="1", environment="production")
    assert [one.version for one in others] == ["2", "3"]
    [mild] = importance_drift(
        shelf.connection,
        "churn",
        version="2",
        environment="production",
        against="1",
        rules=Rules(threshold=0.5, ndcg_threshold=0.5),
    )
    assert (mild.drifted, mild.threshold) == (False, 0.5)


def test_a_version_is_not_held_against_itself(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match="version 1 cannot be held against itself"):
        importance_drift(shelf.connection, "churn", version="1", against="1")
    with pytest.raises(BadInput, match="against is empty"):
        importance_drift(shelf.connection, "churn", against="")


def test_the_history_is_ranked_logging_by_logging(shelf: Shelf) -> None:
    log(shelf, BEFORE, shelf.now - 3 * DAY)
    log(shelf, {"age": 0.2, "plan": 0.4, "odd": math.nan}, shelf.now - DAY)
    log(shelf, {"late": 0.3}, shelf.now - DAY + timedelta(minutes=59))
    found = importance_history(shelf.connection, "churn")
    assert [(each.timestamp, each.feature, each.importance, each.rank) for each in found] == [
        (shelf.now - DAY, "plan", 0.4, 1),
        (shelf.now - DAY, "late", 0.3, 2),
        (shelf.now - DAY, "age", 0.2, 3),
        (shelf.now - DAY, "odd", None, None),
        (shelf.now - 3 * DAY, "age", 0.6, 1),
        (shelf.now - 3 * DAY, "plan", 0.3, 2),
        (shelf.now - 3 * DAY, "gone", 0.1, 3),
    ]


def test_the_history_has_whole_loggings_within_its_days_and_limit(shelf: Shelf) -> None:
    for days in (1, 2, 3):
        log(shelf, BEFORE, shelf.now - days * DAY)
    log(shelf, AFTER, shelf.now + TICK)
    log(shelf, AFTER, shelf.now - HOUR, version="2")
    assert len(importance_history(shelf.connection, "churn", version="1", days=2.5)) == 6
    assert len(importance_history(shelf.connection, "churn", version="1", limit=5)) == 3
    assert len(importance_history(shelf.connection, "churn", version="1", limit=2)) == 0
    assert [each.version for each in importance_history(shelf.connection, "churn", limit=3)] == ["2"] * 3
    short = importance_history(shelf.connection, "churn", span=timedelta(days=3))
    assert len([each for each in short if each.version == "1"]) == 3
    with pytest.raises(BadInput, match="days is 0"):
        importance_history(shelf.connection, "churn", days=0)


def test_loggings_are_those_of_the_exporter(shelf: Shelf) -> None:
    times = [shelf.now - DAY + minutes * timedelta(minutes=1) for minutes in (0, 20, 59, 60, 100, 130)]
    for place, at in enumerate(times):
        log(shelf, {"age": float(place)}, at)
    expected = loggings(((at, "age", float(place)) for place, at in enumerate(times)), HOUR)
    found = importance_history(shelf.connection, "churn")
    assert [each.timestamp for each in reversed(found)] == [one.at for one in expected]
