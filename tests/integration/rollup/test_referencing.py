"""References are frozen once, and every row is profiled on the one that serves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from driftgauge.jobs.options import FeatureOptions
from driftgauge.jobs.profiler import Profiler
from driftgauge.model.bins import FeatureKind
from driftgauge.model.window import TimeWindow
from driftgauge.store.predictions import LAST_SEQ
from driftgauge.store.references import read_reference_series, read_references
from driftgauge.store.watermarks import lock_watermark, wait_for_rollup_lock
from integration.rollup.oracle import recount, select
from integration.rollup.profile_oracle import count_profile, unpack_profile
from integration.rollup.rows import NEVER, log, minutes_ago, roller, set_reference
from integration.rollup.schedule import ROLLERS, Stage

if TYPE_CHECKING:
    from driftgauge.jobs.rollup import Rollup
    from driftgauge.model.reference import Reference


def references(stage: Stage) -> list[tuple[object, ...]]:
    statement = "SELECT model_name, version, source, rows, active FROM reference_profiles ORDER BY reference_id"
    return [tuple(row.values()) for row in select(stage.admin, statement)]


def replace(stage: Stage, rollup: Rollup, **choice: Any) -> Reference:  # noqa: ANN401 - set_reference's own
    """Set a reference as the command does: frozen and profiled in one transaction, under the roll-up lock."""
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        wait_for_rollup_lock(connection)
        watermark = lock_watermark(connection, LAST_SEQ)
        reference = set_reference(connection, rollup.options, **choice)
        Profiler(rollup.options).reprofile(connection, reference, watermark, high=watermark.ingest_seq)
    return reference


def test_an_automatic_reference_waits_for_enough_rows_and_takes_the_first(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=5)
    log(stage.admin, [{"age": age} for age in range(4)])
    rollup.run()
    assert references(stage) == []
    log(stage.admin, [{"age": 99}] * 3, at=minutes_ago(200))
    rollup.run()
    assert references(stage) == [("churn", "v1", "automatic", 5, True)]
    [row] = select(stage.admin, "SELECT layout FROM reference_profiles")
    assert row["layout"]["age"]["edges"][:-1] == [0, 1, 2, 3, 99]
    assert select(stage.admin, "SELECT sum(rows) AS rows FROM profile_rollups") == [{"rows": 7}]
    assert not recount(stage.admin, rollup.options)


def test_an_automatic_reference_is_frozen_once(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=2)
    for age in range(6):
        log(stage.admin, [{"age": age}])
        rollup.run()
    assert references(stage) == [("churn", "v1", "automatic", 2, True)]
    assert not recount(stage.admin, rollup.options)


def test_each_version_gets_an_automatic_reference_of_its_own(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=2, slice_rows=3)
    for version in ("v1", "v2"):
        log(stage.admin, [{"age": 1}, {"age": 2}], version=version)
    rollup.run()
    assert references(stage) == [("churn", "v1", "automatic", 2, True), ("churn", "v2", "automatic", 2, True)]
    assert not recount(stage.admin, rollup.options)


def test_rows_without_features_make_no_reference_until_some_have_one(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=3)
    log(stage.admin, [{}, {"age": None}, {"age": [1]}])
    rollup.run()
    assert references(stage) == []
    log(stage.admin, [{"age": 1}])
    rollup.run()
    assert references(stage) == []  # still its first three rows; a reference has to be set


def test_absurd_times_do_not_count_towards_an_automatic_reference(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=3)
    log(stage.admin, [{"age": 1}] * 5, at=datetime(1960, 1, 1, tzinfo=UTC))
    log(stage.admin, [{"age": 1}] * 2)
    rollup.run()
    assert references(stage) == []
    log(stage.admin, [{"age": 2}])
    rollup.run()
    assert references(stage) == [("churn", "v1", "automatic", 3, True)]
    assert not recount(stage.admin, rollup.options)


def test_the_buckets_of_a_reference_are_a_recount_of_its_rows(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=6)
    documents = [{"age": age, "plan": "pro" if age % 2 else "free"} for age in range(6)]
    log(stage.admin, documents[:4], at=minutes_ago(500))
    log(stage.admin, documents[4:])
    rollup.run()
    [reference] = select(stage.admin, "SELECT layout FROM reference_profiles")
    buckets = select(stage.admin, "SELECT profile, rows FROM reference_buckets ORDER BY bucket_start")
    assert [bucket["rows"] for bucket in buckets] == [4, 2]
    parts = documents[:4], documents[4:]
    for bucket, part in zip(buckets, parts, strict=True):
        expected = count_profile(reference["layout"], [{"features": document} for document in part])
        assert unpack_profile(reference["layout"], bucket["profile"]) == expected


def test_a_reference_that_was_set_takes_over_every_row(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=2, slice_rows=4)
    log(stage.admin, [{"age": age} for age in range(5)], at=minutes_ago(500))
    rollup.run()
    log(stage.admin, [{"age": "n/a"}, {"age": 7, "plan": "pro"}])
    rollup.run()
    replace(stage, rollup, version="v1")
    log(stage.admin, [{"age": 8, "plan": "new"}])
    rollup.run()
    assert references(stage) == [("churn", "v1", "automatic", 2, True), ("churn", "v1", "time_range", 7, True)]
    assert not recount(stage.admin, rollup.options)


def test_a_reference_for_every_version_serves_those_without_their_own(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=NEVER)
    for version in ("v1", "v2", "v3"):
        log(stage.admin, [{"age": 1}, {"age": 2}], version=version)
    rollup.run()
    own = replace(stage, rollup, version="v1")
    wide = replace(stage, rollup)
    log(stage.admin, [{"age": 3}], version="v1")
    log(stage.admin, [{"age": 3}], version="v4")
    rollup.run()
    served = select(stage.admin, "SELECT version, reference_id FROM profile_rollups ORDER BY version")
    by_version = {row["version"]: row["reference_id"] for row in served}
    assert by_version == {"v1": own.reference_id} | dict.fromkeys(("v2", "v3", "v4"), wide.reference_id)
    assert not recount(stage.admin, rollup.options)


def test_a_reference_set_for_every_version_takes_over_from_automatic_ones(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=2)
    log(stage.admin, [{"age": 1}, {"age": 2}])
    rollup.run()
    wide = replace(stage, rollup)
    log(stage.admin, [{"age": 3}])
    rollup.run()
    found = select(
        stage.admin, "SELECT sum(rows) AS rows FROM profile_rollups WHERE reference_id = %s", wide.reference_id
    )
    assert found == [{"rows": 3}]
    assert not recount(stage.admin, rollup.options)


def test_a_reference_retired_between_slices_leaves_its_rows_to_the_next(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=2, slice_rows=2)
    log(stage.admin, [{"age": age} for age in range(6)])
    slices = 0

    def at(statement: str) -> None:
        nonlocal slices
        slices += statement == "rollup/try_lock"
        if slices == 2 and statement == "rollup/try_lock":
            stage.admin.execute("UPDATE reference_profiles SET active = FALSE")

    with stage.boundaries.call(at):
        rollup.run()
    assert [active for *_, active in references(stage)] == [False, True]
    assert not recount(stage.admin, rollup.options)


def test_references_come_back_as_they_were_registered(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=NEVER)
    log(stage.admin, [{"age": 1}, {"age": 2}])
    rollup.run()
    window = TimeWindow(start=minutes_ago(60), end=minutes_ago(0))
    registered = replace(stage, rollup, window=window)
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        assert read_references(connection, active_only=True) == [registered]
        layout = Profiler(rollup.options).layouts.of(connection, registered.reference_id)
        profile = read_reference_series(connection, layout, registered.reference_id).total
    assert (profile.rows, profile.feature("age").n) == (2, 2)
    assert (registered.window_start, registered.window_end) == (window.start, window.end)


def test_what_the_operator_decides_about_features_is_kept(stage: Stage) -> None:
    options = FeatureOptions(kinds={"zip": FeatureKind.CATEGORICAL}, ignored=frozenset({"id"}))
    rollup = roller(stage, automatic_rows=2, features={"churn": options})
    log(stage.admin, [{"zip": 8001, "id": 1, "age": 3}, {"zip": 8002, "id": 2, "age": 4}])
    rollup.run()
    [row] = select(stage.admin, "SELECT layout FROM reference_profiles")
    assert {name: bins["kind"] for name, bins in row["layout"].items()} == {"age": "numeric", "zip": "categorical"}
    assert not recount(stage.admin, rollup.options)


def test_rows_below_the_retention_floor_are_not_profiled_again(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=NEVER)
    log(stage.admin, [{"age": 1}] * 3, at=minutes_ago(60 * 24 * 30))
    log(stage.admin, [{"age": 1}] * 2)
    rollup.run()
    stage.admin.execute("UPDATE watermarks SET retention_floor = now() - %s", (timedelta(days=10),))
    replace(stage, rollup)
    assert select(stage.admin, "SELECT sum(rows) AS rows FROM profile_rollups") == [{"rows": 2}]
