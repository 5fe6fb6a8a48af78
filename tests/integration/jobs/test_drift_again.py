"""The drift job a second time: late rows, new references, other exporters, models that fail."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import psycopg
import pytest

from driftgauge.errors import SchemaMismatch
from driftgauge.model.bins import BinLayout
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store.profiles import compact_days
from driftgauge.store.references import Layouts
from driftgauge.store.results import try_drift_lock
from integration.jobs.shifted import OTHER_PLANS, PLANS, alerts, columns, results, states
from integration.jobs.stage import DAY, HOUR, KEY, SETTINGS, Stage, judged_by, normal, series, spread


def two_models(stage: Stage, feature: str) -> ModelKey:
    """Two judged models; the first, by name, has the given feature."""
    first = replace(KEY, model="a first model")
    moments = spread(stage.border - 2 * HOUR, stage.border - HOUR, 300)
    for key, name in ((first, feature), (KEY, "age")):
        stage.set_reference({name: normal(500)}, model=key.model)
        stage.log({name: normal(300, seed=1)}, moments, key=key)
    stage.roll()
    return first


def hex_name() -> str:
    """A name that no index holds: too long, and it compresses badly."""
    return np.random.default_rng(0).bytes(2048).hex()


def test_a_window_is_judged_once(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    versions = "SELECT id, xmin::text, timestamp FROM data_drift_results ORDER BY id"
    before, standing = shifted.select(versions), job.standings[KEY]
    shifted.log(columns(300, shift=5.0), spread(shifted.border, shifted.border + HOUR / 3600, 300))  # the open hour
    shifted.roll()
    job.run()
    assert job.standings[KEY] is standing
    assert shifted.select(versions) == before


def test_a_new_process_judges_again_and_writes_the_same_rows(shifted: Stage) -> None:
    shifted.drift_job().run()
    before, raised = results(shifted), alerts(shifted)
    shifted.drift_job().run()
    assert [row | {"timestamp": None} for row in results(shifted)] == [row | {"timestamp": None} for row in before]
    assert alerts(shifted) == raised


def test_late_rows_replace_the_judgement_and_withdraw_its_alert(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    before = results(shifted)
    shifted.execute("UPDATE drift_alerts SET acknowledged = TRUE WHERE starts_with(message, 'plan drifted')")
    late = columns(8_000, seed=3)
    shifted.log(late, spread(shifted.border - 4 * HOUR, shifted.border, 8_000))
    shifted.roll()
    samples = job.run()
    assert series(samples, "ml_feature_drifted") == {("age",): 0.0, ("fare",): 0.0, ("plan",): 0.0}
    assert series(samples, "ml_drift_window_rows") == {(): 8_800.0}
    after = results(shifted)
    assert [row["id"] for row in after] == [row["id"] for row in before]
    assert {row["rows"] for row in after} == {8_800}
    assert {row["verdict"] for row in after} == {"stable"}
    assert alerts(shifted).keys() == {"plan"}, "withdrawn, unless acknowledged"


def test_late_rows_that_still_drift_keep_one_alert_with_the_new_numbers(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    before = alerts(shifted)
    shifted.log(columns(400, shift=1.2, plans=OTHER_PLANS, seed=9), spread(shifted.border - HOUR, shifted.border, 400))
    shifted.roll()
    job.run()
    after = alerts(shifted)
    assert after.keys() == before.keys()
    for name, alert in after.items():
        assert alert["message"] == f"{name} drifted: {alert['reason']}"
        assert alert["message"] != before[name]["message"]


def test_an_acknowledged_alert_is_neither_changed_nor_doubled(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    shifted.execute("UPDATE drift_alerts SET acknowledged = TRUE")
    before = shifted.select("SELECT * FROM drift_alerts ORDER BY id")
    shifted.log(columns(400, shift=1.2, plans=OTHER_PLANS, seed=9), spread(shifted.border - HOUR, shifted.border, 400))
    shifted.roll()
    job.run()
    psi_only = judged_by(replace(SETTINGS, tests=("psi",)))
    shifted.drift_job(psi_only).run()
    assert shifted.select("SELECT * FROM drift_alerts ORDER BY id") == before


def test_an_empty_window_that_fills_late_keeps_no_row_of_its_emptiness(stage: Stage) -> None:
    stage.set_reference(columns(2000))
    stage.log(columns(200), spread(stage.border - 9 * HOUR, stage.border - 8 * HOUR, 200))
    stage.roll()
    job = stage.drift_job()
    assert states(job.run()) == "no_data"
    assert {(row["statistical_test"], row["verdict"], row["rows"]) for row in results(stage)} == {
        ("none", "no_data", 0)
    }
    stage.log(columns(400, seed=2), spread(stage.border - HOUR, stage.border, 400))
    stage.roll()
    assert states(job.run()) == "stable"
    assert {row["verdict"] for row in results(stage)} == {"stable"}


def test_tests_that_are_no_longer_made_leave_no_row_of_the_window(shifted: Stage) -> None:
    shifted.drift_job().run()
    samples = shifted.drift_job(judged_by(replace(SETTINGS, tests=("ks",)))).run()
    assert {(row["feature_name"], row["statistical_test"]) for row in results(shifted)} == {
        ("age", "ks"),
        ("fare", "ks"),
        ("plan", "none"),
    }
    assert {labels[-1] for labels in series(samples, "ml_feature_drift_score")} == {"ks"}
    assert alerts(shifted).keys() == {"age"}


def test_a_new_reference_is_used_at_the_next_run(shifted: Stage) -> None:
    job = shifted.drift_job()
    assert states(job.run()) == "drifted"
    shifted.set_reference(columns(2000, shift=1.0, plans=OTHER_PLANS, seed=8))
    samples = job.run()
    assert states(samples) == "stable"
    assert {row["reference_id"] for row in results(shifted)} == {2}
    assert alerts(shifted) == {}
    assert series(samples, "ml_reference_info").keys() == {("2", "file", "3", "2000")}


def test_a_window_ends_where_the_roll_up_has_come_to(shifted: Stage) -> None:
    shifted.execute("UPDATE watermarks SET horizon_at = %s", shifted.border - HOUR / 2)
    job = shifted.drift_job()
    job.run()
    assert job.standings[KEY].window.end == shifted.border - HOUR
    shifted.roll()
    job.run()
    assert job.standings[KEY].window.end == shifted.border


def test_a_verdict_that_turns_back_raises_its_alert_again(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    raised = alerts(shifted).keys()
    for shift, seed, drifted in ((0.0, 3, False), (1.0, 4, True)):
        rows = 8_000 if not drifted else 20_000
        late = columns(rows, shift=shift, plans=OTHER_PLANS if drifted else PLANS, seed=seed)
        shifted.log(late, spread(shifted.border - 4 * HOUR, shifted.border, rows))
        shifted.roll()
        job.run()
        assert alerts(shifted).keys() == (raised if drifted else set())


def test_two_exporters_at_once_write_each_result_and_alert_once(shifted: Stage) -> None:
    late = columns(100, shift=1.0, plans=OTHER_PLANS, seed=6)
    for _ in range(5):
        shifted.log(late, spread(shifted.border - HOUR, shifted.border, 100))
        shifted.roll()
        with ThreadPoolExecutor(2) as exporters:
            runs = [exporters.submit(shifted.drift_job().run) for _ in range(2)]
        assert runs[0].result() == runs[1].result()
    rows = results(shifted)
    assert len({(row["feature_name"], row["statistical_test"]) for row in rows}) == len(rows)
    assert {row["rows"] for row in rows} == {1300}
    assert alerts(shifted).keys() == {"age", "plan"}


def test_a_model_that_fails_stops_no_other_and_keeps_its_standing(stage: Stage) -> None:
    first = two_models(stage, "age")
    job = stage.drift_job()
    job.run()
    before = dict(job.standings)
    stage.set_reference({hex_name(): normal(500)}, model=first.model)  # as one frozen by an older version may be
    stage.log(columns(300, shift=1.0), spread(stage.border - HOUR, stage.border, 300))
    stage.roll()
    assert job.run(), "the others go on"
    assert "index row" in str(job.failures.problem)
    for _ in range(2):
        assert job.standings[first] is before[first]
        assert job.standings[KEY].rows == 600
        assert job.run(), "nothing else was to be judged, and the others' samples stay"
    assert {row["rows"] for row in results(stage) if row["model_name"] == KEY.model} == {600}
    assert {row["feature_name"] for row in results(stage)} == {"age"}


def test_a_model_that_never_was_judged_has_no_standing_when_it_fails(stage: Stage) -> None:
    two_models(stage, hex_name())
    job = stage.drift_job()
    assert job.run()
    assert "index row" in str(job.failures.problem)
    assert job.standings.keys() == {KEY}


def test_models_that_are_new_are_judged_run_by_run_each_once_a_round(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftgauge.jobs.drift.SECONDS_OF_LEARNING", 0)
    first = two_models(stage, hex_name())
    job = stage.drift_job()
    assert job.run() == ()
    assert job.behind
    assert states(job.run()) == "stable"
    assert not job.behind, "the one that failed has been tried in this round"
    assert job.failures.models == [first]
    stage.log({"age": normal(300, seed=2)}, spread(stage.border - 2 * HOUR, stage.border - HOUR, 300))
    stage.roll()
    assert job.run()
    assert job.standings[KEY].rows == 600, "what is known is judged at each run"
    assert not job.behind
    assert job.failures.models == [first], "it is tried again in each round"


def test_where_every_new_model_fails_the_round_fails_in_the_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftgauge.jobs.drift.SECONDS_OF_LEARNING", 0)
    two_models(stage, "age")
    stage.admin.execute("ALTER TABLE dataset_drift_results ADD CHECK (rows < 0)")
    job = stage.drift_job()
    assert job.run() == ()
    assert job.behind
    with pytest.raises(psycopg.errors.CheckViolation):
        job.run()
    assert not job.behind


def test_until_a_new_job_has_judged_a_model_it_shows_what_the_one_before_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftgauge.jobs.drift.SECONDS_OF_LEARNING", 0)
    two_models(stage, "age")
    before = stage.drift_job()
    while before.run() and before.behind:
        pass
    samples = before.run()
    after = stage.drift_job()
    after.inherit(before.standings)
    assert after.run() == samples
    assert after.behind
    assert len(after.standings) == 1
    assert after.run() == samples
    assert not after.behind


def test_a_database_that_goes_away_fails_the_run_and_every_model_keeps_its_standing(stage: Stage) -> None:
    two_models(stage, "age")
    job = stage.drift_job()
    job.run()
    before = dict(job.standings)
    stage.log(columns(300, shift=1.0), spread(stage.border - HOUR, stage.border, 300))
    stage.roll()
    stage.admin.execute("ALTER TABLE data_drift_results RENAME TO away")
    with pytest.raises(SchemaMismatch, match="data_drift_results"):
        job.run()
    assert job.standings == before
    stage.admin.execute("ALTER TABLE away RENAME TO data_drift_results")
    assert job.run()
    assert job.standings[KEY].rows == 600


def test_what_its_threads_wait_for_postgres_is_charged_to_the_thread_that_runs_the_job(stage: Stage) -> None:
    first = two_models(stage, "age")
    job = stage.drift_job()
    job.run()
    for key in (first, KEY):
        stage.log({"age": normal(300, seed=2)}, spread(stage.border - 2 * HOUR, stage.border - HOUR, 300), key=key)
    stage.roll()
    stage.admin.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END'"
    )
    stage.admin.execute(
        "CREATE TRIGGER slow AFTER INSERT ON dataset_drift_results FOR EACH STATEMENT EXECUTE FUNCTION slow()"
    )
    before = stage.database.meter.spent
    job.run()
    assert {standing.rows for standing in job.standings.values()} == {600}
    assert stage.database.meter.spent - before >= 2 * 0.3


def test_who_does_not_get_a_models_lock_judges_without_writing_until_it_does(shifted: Stage) -> None:
    job = shifted.drift_job()
    with shifted.database.transaction() as other:
        assert try_drift_lock(other, KEY)
        samples = job.run()
        assert states(samples) == "drifted"
        assert results(shifted) == []
        assert alerts(shifted) == {}
    assert job.run() == samples
    assert alerts(shifted).keys() == {"age", "plan"}


def test_the_lock_of_one_model_is_not_that_of_another(shifted: Stage) -> None:
    with shifted.database.transaction() as other:
        assert try_drift_lock(other, replace(KEY, version="1.production", environment=""))
        shifted.drift_job().run()
    assert alerts(shifted).keys() == {"age", "plan"}


def test_an_unchanged_model_takes_no_transaction(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    shifted.execute("ALTER TABLE data_drift_results RENAME TO moved")
    standing = job.standings[KEY]
    job.run()
    assert job.standings[KEY] is standing


def test_a_window_that_ends_in_compacted_days_is_cut_to_whole_days(stage: Stage) -> None:
    midnight = floor_to(stage.border, DAY)
    stage.set_reference({"age": normal(500)})
    stage.log({"age": normal(480, seed=1)}, spread(midnight - 2 * DAY, midnight, 480))
    stage.roll()
    with stage.database.transaction() as connection:
        compact_days(connection, Layouts(), before=midnight)
    stage.execute("UPDATE watermarks SET horizon_at = %s", midnight - 8 * HOUR)
    jobs = [stage.drift_job(judged_by(window=width)) for width in (4 * HOUR, 20 * HOUR)]
    samples = [job.run() for job in jobs]
    assert (samples[0], jobs[0].standings) == ((), {}), "no whole day in it"
    standing = jobs[1].standings[KEY]
    assert standing.window == TimeWindow(start=midnight - 2 * DAY, end=midnight - DAY)
    assert (standing.rows, standing.verdict) == (240, Verdict.STABLE)


def test_what_cannot_be_judged_again_keeps_its_standing(shifted: Stage) -> None:
    job = shifted.drift_job()
    job.run()
    standing = job.standings[KEY]
    shifted.execute("UPDATE watermarks SET compacted_before = %s", floor_to(shifted.border, DAY) + 2 * DAY)
    shifted.execute("UPDATE watermarks SET horizon_at = %s", floor_to(shifted.border, DAY) + 8 * HOUR)
    assert job.run() == standing.samples
    assert job.standings[KEY] is standing


def test_retired_references_are_forgotten(shifted: Stage) -> None:
    def held() -> int:
        gc.collect()
        return sum(isinstance(thing, BinLayout | ModelProfile) for thing in gc.get_objects())

    job = shifted.drift_job()
    job.run()
    before = held()
    for _ in range(3):
        shifted.set_reference(columns(500))
        job.run()
    assert held() == before
