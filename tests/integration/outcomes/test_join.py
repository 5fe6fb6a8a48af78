"""What the join makes of rows that retention, restores, configurations and busy others get into its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import pytest

from driftgauge.errors import ForeignRestore
from driftgauge.exposition.samples import Sample
from driftgauge.jobs import outcome_joining
from driftgauge.jobs.options import FeatureOptions, OutcomeOptions, RollupOptions
from driftgauge.jobs.outcome_joining import JoinReport, OutcomeJoin
from driftgauge.jobs.outcomes import OutcomeJob
from driftgauge.jobs.rebuild import rebuild
from driftgauge.jobs.rollup import Rollup
from driftgauge.performance.evidence import Choice
from driftgauge.performance.metric import Task
from driftgauge.store.database import Database
from driftgauge.store.outcomes import Marks, OutcomeSlice, read_outcomes, wait_for_outcomes_lock
from driftgauge.store.predictions import SliceTooLarge
from driftgauge.store.retention import create_partitions, drop_partitions
from integration.outcomes.oracle import recount
from integration.rollup.oracle import select
from integration.rollup.schedule import ROLLERS, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from driftgauge.store.execute import Connection
    from integration.rollup.schedule import Stage

DAY: Final = timedelta(days=1)
FRAUD: Final = OutcomeOptions(choices={"fraud": Choice(positive="fraud")})


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    stage.admin.execute("DROP TABLE IF EXISTS followed")
    stage.admin.execute("CREATE TABLE followed (task_id bigint, predicted_at double precision)")
    database = Database(lambda: stage.dsn, schema=SCHEMA)
    yield World(stage, database)
    database.close()
    stage.admin.execute("DROP TABLE followed")


class World:
    """A model's service, and the exporter beside it."""

    def __init__(self, stage: Stage, database: Database) -> None:
        self.stage = stage
        self.database = database
        self.now: datetime = self.select("SELECT now() AS now")[0]["now"]

    def select(self, statement: str, *params: object) -> list[dict[str, Any]]:
        return select(self.stage.admin, statement, *params)

    def predict(
        self, *, days_ago: float = 0, said: str = "fraud", segment: str | None = None, model: str = "fraud"
    ) -> UUID:
        key = uuid4()
        self.stage.admin.execute(
            'INSERT INTO prediction_logs (id, model_name, latency_ms, features, segment, predicted_label, "timestamp")'
            " VALUES (%s, %s, 1, '{\"amount\": 1}', %s, %s, %s)",
            (key, model, segment, said, self.now - days_ago * DAY),
        )
        return key

    def turn_out(self, key: UUID, label: str = "fraud", *, days_ago: float = 0) -> None:
        self.stage.admin.execute(
            'INSERT INTO prediction_outcomes (prediction_id, label, "timestamp") VALUES (%s, %s, %s)',
            (key, label, self.now - days_ago * DAY),
        )

    def rollup(self, **options: Any) -> Rollup:  # noqa: ANN401 - RollupOptions' own
        return Rollup(self.database, RollupOptions(**options), lambda _: None)

    def join(self, options: OutcomeOptions = FRAUD) -> JoinReport:
        self.rollup().run()
        return OutcomeJoin(self.database, options, lambda _: None).run()

    def cohorts(self) -> list[tuple[int, int]]:
        rows = self.select("SELECT predictions, outcomes FROM outcome_cohorts WHERE segment = '' ORDER BY cohort_start")
        return [(row["predictions"], row["outcomes"]) for row in rows]

    def unmatched(self) -> int:
        return self.select("SELECT rows_unmatched AS rows FROM watermarks WHERE job = 'outcomes'")[0]["rows"]


def test_an_outcome_of_more_than_a_week_before_its_prediction_is_no_outcome_of_it(world: World) -> None:
    early, just = world.predict(), world.predict()
    world.turn_out(early, days_ago=7.01)
    world.turn_out(just, days_ago=6.99)
    world.join()
    assert world.cohorts() == [(2, 1)]
    assert world.unmatched() == 0, "its prediction is there"
    world.turn_out(early, "fine")
    world.join()
    assert world.cohorts() == [(2, 2)], "nothing is taken back for the one that never counted"


def test_an_outcome_of_a_dropped_prediction_changes_nothing(world: World) -> None:
    with world.database.transaction() as connection:
        create_partitions(connection, since=world.now - 60 * DAY, until=world.now)
    old, new = world.predict(days_ago=40), world.predict()
    world.turn_out(old, days_ago=39)
    world.join()
    assert world.cohorts() == [(1, 1), (1, 0)]
    with world.database.transaction() as connection:
        assert drop_partitions(connection, before=world.now - 20 * DAY)
    world.turn_out(old, "fine")
    world.turn_out(new)
    late = world.predict(days_ago=40)
    world.turn_out(late)
    world.join()
    assert world.cohorts() == [(1, 1), (1, 1)], "whose rows retention has taken, or would have, stay as they were"
    assert world.unmatched() == 2


def test_a_model_gets_its_task_when_there_is_enough_to_tell(world: World) -> None:
    keys = [world.predict(said="yes" if place % 3 else "no") for place in range(8)]
    for key in keys[:5]:
        world.turn_out(key, "no")
    world.join(OutcomeOptions())
    assert world.cohorts() == []
    assert [row["evidence"]["pairs"] for row in world.select("SELECT evidence FROM outcome_evidence")] == [5]
    for key in keys[5:]:
        world.turn_out(key, "yes")
    world.join(OutcomeOptions())
    [task] = world.select("SELECT task, definition FROM outcome_tasks")
    assert (task["task"], task["definition"]["positive"]) == ("binary", "yes")
    assert world.cohorts() == [(8, 8)]
    assert world.select("SELECT FROM outcome_evidence") == []


def test_another_configuration_counts_anew_what_is_there(world: World) -> None:
    for place in range(9):
        world.turn_out(world.predict(said="abc"[place % 3]), "abc"[place % 2])
    world.join(OutcomeOptions())
    for options in (
        FRAUD,
        OutcomeOptions(choices={"fraud": Choice(classes=("a", "b"))}),
        OutcomeOptions(choices={"fraud": Choice(classes=("a", "b"))}, cohort=timedelta(hours=1)),
    ):
        world.join(options)
        assert not [fault for fault in recount(world.stage.admin) if "not followed" not in fault]
    tasks = world.select("SELECT task, active FROM outcome_tasks ORDER BY task_id")
    assert [(task["task"], task["active"]) for task in tasks] == [
        ("multiclass", False),
        ("binary", False),
        ("multiclass", False),
        ("multiclass", True),
    ]
    revision = world.select("SELECT revision FROM watermarks WHERE job = 'outcomes'")
    world.join(options)
    assert world.select("SELECT revision FROM watermarks WHERE job = 'outcomes'") == revision, "nothing has changed"


def test_a_task_that_needs_more_evidence_waits_for_it(world: World) -> None:
    for _ in range(3):
        world.turn_out(world.predict())
    world.join()
    assert world.cohorts() == [(3, 3)]
    several = OutcomeOptions(choices={"fraud": Choice(classes=())})
    world.join(several)
    assert world.cohorts() == [(3, 3)], "what was chosen once fits what nobody chooses"
    world.join(OutcomeOptions(choices={"fraud": Choice(task=Task.MULTICLASS)}))
    assert world.cohorts() == []
    assert [row["evidence"]["pairs"] for row in world.select("SELECT evidence FROM outcome_evidence")] == [3]


def test_a_reference_with_segments_counts_them_apart(world: World) -> None:
    for place in range(12):
        world.turn_out(world.predict(segment="de" if place % 3 else "fr"))
    world.join()
    assert len(world.select("SELECT FROM outcome_cohorts")) == 1
    options = {"automatic_rows": 10, "features_of_others": FeatureOptions(segments=2, segment_rows=1)}
    world.predict(segment="de")
    world.rollup(**options).run()
    world.join()
    rows = world.select("SELECT segment, predictions, outcomes FROM outcome_cohorts ORDER BY segment")
    assert [tuple(row.values()) for row in rows] == [("", 13, 12), ("de", 9, 8), ("fr", 4, 4)]


def test_a_rebuild_counts_anew_and_keeps_what_is_dropped(world: World) -> None:
    with world.database.transaction() as connection:
        create_partitions(connection, since=world.now - 60 * DAY, until=world.now)
    world.turn_out(world.predict(days_ago=40), days_ago=40)
    world.turn_out(world.predict())
    world.turn_out(uuid4())
    world.join()
    before = world.cohorts()
    with world.database.transaction() as connection:
        drop_partitions(connection, before=world.now - 20 * DAY)
    done = rebuild(
        world.database,
        world.rollup(),
        OutcomeJoin(world.database, FRAUD, lambda _: None),
        rollups_kept=400 * DAY,
    )
    assert done is not None
    assert world.cohorts() == before == [(1, 1), (1, 1)]
    assert [row["active"] for row in world.select("SELECT active FROM outcome_tasks ORDER BY task_id")] == [False, True]
    assert world.unmatched() == 1


def test_what_a_slice_leaves_as_it_is_is_not_written_again(world: World) -> None:
    for _ in range(3):
        world.turn_out(world.predict())
    world.join()
    [before] = world.select("SELECT counts, scores FROM outcome_cohorts")
    key = world.predict()
    world.join()
    [predicted] = world.select("SELECT predictions, outcomes, counts, scores FROM outcome_cohorts")
    assert (predicted["predictions"], predicted["outcomes"]) == (4, 3)
    assert predicted["counts"] == before["counts"]
    assert predicted["scores"] != before["scores"]
    world.turn_out(key)
    world.join()
    [paired] = world.select("SELECT outcomes, counts, scores FROM outcome_cohorts")
    assert paired["outcomes"] == 4
    assert paired["counts"] != predicted["counts"]
    assert paired["scores"] == predicted["scores"]


def test_a_configured_task_is_taken_up_without_another_row(world: World) -> None:
    for _ in range(3):
        world.turn_out(world.predict())
    world.join(OutcomeOptions())
    assert world.cohorts() == []
    world.join()
    assert world.cohorts() == [(3, 3)]
    assert world.select("SELECT FROM outcome_evidence") == []


def test_outcomes_of_another_place_are_refused(world: World) -> None:
    world.turn_out(world.predict())
    world.join()
    world.stage.admin.execute("SELECT setval('prediction_outcomes_ingest_seq', 1, false)")
    with pytest.raises(ForeignRestore, match="run 'driftgauge rebuild' to recount"):
        world.join()


def test_a_slice_that_takes_too_long_is_made_smaller(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(connection: Connection, marks: Marks, *, high: int, cohort: timedelta) -> OutcomeSlice:
        if high - marks.outcomes > 3:
            raise SliceTooLarge
        return read_outcomes(connection, marks, high=high, cohort=cohort)

    for _ in range(10):
        world.turn_out(world.predict())
    monkeypatch.setattr(outcome_joining, "read_outcomes", slow)
    assert world.join().rows == 20
    assert world.cohorts() == [(10, 10)]
    monkeypatch.setattr(outcome_joining, "read_outcomes", raising(SliceTooLarge))
    world.turn_out(uuid4())
    with pytest.raises(SliceTooLarge):
        world.join()


def raising(error: type[Exception]) -> Callable[..., OutcomeSlice]:
    def fail(*_: object, **__: object) -> OutcomeSlice:
        raise error

    return fail


def test_a_statement_that_is_ended_by_its_time_limit_is_too_large(world: World) -> None:
    hasty = Database(lambda: world.stage.dsn, schema=SCHEMA, statement_timeout=timedelta(milliseconds=1))
    world.stage.admin.execute(
        "INSERT INTO prediction_outcomes (prediction_id, label)"
        " SELECT gen_random_uuid(), 'fraud' FROM generate_series(1, 20000)"
    )
    marks = Marks(predictions=0, outcomes=0, revision=0, rolled_up=0, floor=None)
    with pytest.raises(SliceTooLarge), hasty.transaction() as connection:
        read_outcomes(connection, marks, high=20_000, cohort=DAY)
    hasty.close()


def test_the_job_tells_how_far_it_is(world: World) -> None:
    world.turn_out(world.predict())
    world.turn_out(uuid4())
    world.stage.admin.execute("INSERT INTO prediction_outcomes (prediction_id) VALUES (gen_random_uuid())")
    world.rollup().run()
    job = OutcomeJob(world.database, OutcomeJoin(world.database, FRAUD, lambda _: None))
    found = {(sample.family, sample.labels): sample.value for sample in job.run() if isinstance(sample, Sample)}
    assert found == {
        ("driftgauge_rollup_lag_seconds", ("prediction_outcomes",)): 0.0,
        ("driftgauge_rollup_blocker_seconds", ("prediction_outcomes",)): 0.0,
        ("driftgauge_rows_processed_total", ("prediction_outcomes",)): 3.0,
        ("driftgauge_rows_quarantined_total", ("prediction_outcomes", "no_time_or_answer")): 1.0,
        ("driftgauge_outcomes_unmatched", ()): 1.0,
    }


def test_the_job_names_a_model_whose_outcomes_tell_no_task(world: World) -> None:
    for _ in range(8):
        world.turn_out(world.predict())
    world.rollup().run()
    job = OutcomeJob(world.database, OutcomeJoin(world.database, OutcomeOptions(), lambda _: None))
    found = {sample.labels: sample.value for sample in job.run() if isinstance(sample, Sample)}
    assert found["fraud", "unversioned", "production"] == 8, "of one class nobody knows what the others are"
    chosen = OutcomeJob(world.database, OutcomeJoin(world.database, FRAUD, lambda _: None))
    assert "ml_outcomes_without_task" not in {sample.family for sample in chosen.run() if isinstance(sample, Sample)}


def test_who_does_not_get_the_lock_leaves_it_to_the_other(world: World) -> None:
    world.turn_out(world.predict())
    world.rollup().run()
    with world.stage.rollers[ROLLERS[0]].transaction() as connection:
        wait_for_outcomes_lock(connection)
        assert OutcomeJoin(world.database, FRAUD, lambda _: None).run().skipped
    assert not OutcomeJoin(world.database, FRAUD, lambda _: None).run().skipped
    assert world.cohorts() == [(1, 1)]
