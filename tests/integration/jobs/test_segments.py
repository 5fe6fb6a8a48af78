"""Segments: the rows of each are profiled and judged apart, beside all rows together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from driftgauge.drift.policy import Learned, PolicySettings
from driftgauge.drift.two_sample import TwoSample
from driftgauge.jobs.options import FeatureOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.queries import drift_alerts, latest_drift
from integration.jobs.stage import HOUR, KEY, ROLLUP, SETTINGS, Stage, judged_by, normal, series, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from driftgauge.exposition.samples import AnySample

SHARES = {"de": 0.2, "fr": 0.3, None: 0.5}
WINDOW = 4 * HOUR


def log(
    stage: Stage, rows: int, *, hours_ago: int, shifts: Mapping[str | None, float], shares: Mapping[str | None, float]
) -> None:
    """Log four hours of two features, `age` shifted in some segments."""
    start = stage.border - hours_ago * HOUR
    for place, (segment, share) in enumerate(shares.items()):
        count = round(rows * share)
        columns = {
            "age": normal(count, mean=shifts.get(segment, 0.0), seed=hours_ago + place),
            "fare": normal(count, seed=1000 + hours_ago + place),
        }
        stage.log(columns, spread(start, start + WINDOW, count), segment=segment)


def with_history(stage: Stage, options: FeatureOptions = FeatureOptions()) -> Stage:  # noqa: B008 - it is frozen
    """Freeze a reference from 4,000 rows of a day ago."""
    rollup = replace(ROLLUP, automatic_rows=4_000, features_of_others=options)
    stage = replace(stage, rollup=rollup)
    log(stage, 4_000, hours_ago=24, shifts={}, shares=SHARES)
    stage.roll()
    return stage


def verdicts(samples: tuple[AnySample, ...]) -> dict[str, str]:
    """Return the verdict on each segment."""
    return {labels[0]: labels[1] for labels, value in series(samples, "ml_segment_drift_verdict").items() if value}


def test_drift_in_one_segment_is_found_where_all_rows_hardly_moved(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 0.5}, shares=SHARES)
    stage.roll()
    job = stage.drift_job()
    samples = job.run()
    assert job.standings[KEY].drifted_features == ()
    assert job.drifted_features(KEY) == ("age (de)",)
    assert verdicts(samples) == {"de": "drifted", "fr": "stable"}
    assert series(samples, "ml_segment_drift_window_rows") == {("de",): 400, ("fr",): 600}
    assert series(samples, "ml_drift_window_rows") == {(): 2_000}
    assert series(samples, "ml_segment_feature_drifted") == {
        ("de", "age"): 1,
        ("de", "fare"): 0,
        ("fr", "age"): 0,
        ("fr", "fare"): 0,
    }
    ratios = series(samples, "ml_segment_feature_drift_ratio")
    assert ratios["de", "age"] > 1 > ratios["fr", "age"]
    assert series(samples, "ml_segment_drifted_features_ratio") == {("de",): 0.5, ("fr",): 0.0}
    assert job.standings[KEY.of_segment("de")].describe_reference() == "#1, automatic, 800 rows"


def test_what_is_written_of_a_segment(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 0.5}, shares=SHARES)
    stage.roll()
    stage.drift_job().run()
    results = stage.select("SELECT DISTINCT segment, feature_name FROM data_drift_results ORDER BY 1, 2")
    assert [tuple(row.values()) for row in results] == [("", "age"), ("", "fare"), ("de", "age")]
    datasets = stage.select("SELECT segment, verdict, rows FROM dataset_drift_results ORDER BY 1")
    assert [tuple(row.values()) for row in datasets] == [
        ("", "stable", 2_000),
        ("de", "drifted", 400),
        ("fr", "stable", 600),
    ]
    [alert] = stage.select("SELECT * FROM drift_alerts_open")
    assert (alert["segment"], alert["feature_name"]) == ("de", "age")
    assert alert["message"].startswith("segment de: age drifted: ")


def test_the_read_api_tells_of_segments_when_asked(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 0.5}, shares=SHARES)
    stage.roll()
    stage.drift_job().run()
    with stage.database.transaction(read_only=True) as connection:
        [whole] = latest_drift(connection, KEY.model)
        [segment] = latest_drift(connection, KEY.model, segment="de")
        every = latest_drift(connection, KEY.model, segment=None)
        [alert] = drift_alerts(connection, KEY.model)
        assert drift_alerts(connection, KEY.model, segment="de") == [alert]
        assert drift_alerts(connection, KEY.model, segment="") == []
    assert (whole.segment, whole.rows, segment.segment, segment.rows) == ("", 2_000, "de", 400)
    assert [(one.feature, one.verdict, bool(one.reason)) for one in segment.features] == [
        ("age", "drifted", True),
        ("fare", "stable", False),
    ]
    assert [one.segment for one in every] == ["", "de", "fr"]
    assert (alert.segment, alert.feature) == ("de", "age")


def test_a_feature_that_drifted_in_all_rows_raises_one_alert(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts=dict.fromkeys(SHARES, 1.0), shares=SHARES)
    stage.roll()
    job = stage.drift_job()
    samples = job.run()
    assert job.drifted_features(KEY) == job.standings[KEY].drifted_features == ("age",)
    assert verdicts(samples) == {"de": "drifted", "fr": "drifted"}
    [alert] = stage.select("SELECT segment, feature_name FROM drift_alerts_open")
    assert alert == {"segment": "", "feature_name": "age"}


@pytest.mark.parametrize(
    ("options", "segments"),
    [
        (FeatureOptions(), ["fr", "de"]),
        (FeatureOptions(segments=1), ["fr"]),
        (FeatureOptions(segments=0), []),
        (FeatureOptions(segment_rows=1_000), ["fr"]),
    ],
)
def test_the_largest_segments_of_the_reference_are_frozen_with_it(
    stage: Stage, options: FeatureOptions, segments: list[str]
) -> None:
    stage = with_history(stage, options)
    assert stage.select("SELECT segments FROM reference_profiles") == [{"segments": segments}]
    kept = stage.select("SELECT DISTINCT segment FROM profile_rollups ORDER BY 1")
    assert [row["segment"] for row in kept] == ["", *sorted(segments)]


def test_a_segment_that_is_new_counts_in_all_rows_only(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={}, shares={"it": 0.5, "de": 0.5})
    stage.roll()
    samples = stage.drift_job().run()
    assert series(samples, "ml_drift_window_rows") == {(): 2_000}
    assert series(samples, "ml_segment_drift_window_rows") == {("de",): 1_000, ("fr",): 0}
    assert verdicts(samples) == {"de": "stable", "fr": "no_data"}


def test_a_segment_of_few_rows_is_not_judged(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 3.0}, shares={"de": 0.04, None: 0.96})
    stage.roll()
    assert verdicts(stage.drift_job().run())["de"] == "insufficient_data"
    assert not stage.select("SELECT FROM drift_alerts")


def test_persistence_is_counted_segment_by_segment(stage: Stage) -> None:
    stage = with_history(stage)
    options = judged_by(SETTINGS, window=WINDOW)
    lasting = stage.drift_job(lambda model: replace(options(model), persistence=2))
    log(stage, 2_000, hours_ago=8, shifts={"fr": 0.5}, shares=SHARES)
    log(stage, 2_000, hours_ago=4, shifts={"de": -0.6, "fr": 0.5}, shares=SHARES)  # all rows stay
    stage.roll()
    for end in (stage.border - 4 * HOUR, stage.border):
        stage.execute("UPDATE watermarks SET horizon_at = %s", end)
        lasting.run()
    assert stage.select("SELECT segment, feature_name FROM drift_alerts_open") == [
        {"segment": "fr", "feature_name": "age"}
    ]


def test_late_rows_of_a_segment_judge_it_again(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={}, shares=SHARES)
    stage.roll()
    job = stage.drift_job()
    assert verdicts(job.run()) == {"de": "stable", "fr": "stable"}
    before = dict(job.standings)
    log(stage, 2_000, hours_ago=4, shifts={"de": 1.0}, shares={"de": 0.2})
    stage.roll()
    assert verdicts(job.run()) == {"de": "drifted", "fr": "stable"}
    assert job.standings[KEY.of_segment("fr")] is before[KEY.of_segment("fr")]
    [row] = stage.select("SELECT rows FROM dataset_drift_results WHERE segment = 'de'")
    assert row["rows"] == 800


def test_a_segment_whose_reference_is_retired_is_judged_no_more(stage: Stage) -> None:
    stage = with_history(stage)
    job = stage.drift_job()
    log(stage, 2_000, hours_ago=4, shifts={}, shares=SHARES)
    stage.roll()
    assert verdicts(job.run()).keys() == {"de", "fr"}
    stage.set_reference({"age": normal(2_000), "fare": normal(2_000, seed=1)}, version="1", environment="production")
    assert verdicts(job.run()) == {}
    assert job.standings.keys() == {KEY}
    assert job.standings[KEY].verdict is Verdict.STABLE


def open_alerts(stage: Stage) -> list[str]:
    """Return the segments whose age somebody should hear of."""
    found = stage.select("SELECT segment, feature_name FROM drift_alerts_open ORDER BY segment")
    assert {row["feature_name"] for row in found} <= {"age"}
    return [row["segment"] for row in found]


def test_a_segment_raises_its_alert_once_late_rows_take_that_of_all_rows_back(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 3.0}, shares=SHARES)
    stage.roll()
    job = stage.drift_job()
    job.run()
    assert open_alerts(stage) == [""]
    log(stage, 20_000, hours_ago=4, shifts={}, shares={None: 1.0})
    stage.roll()
    job.run()
    assert open_alerts(stage) == ["de"]


def test_a_segment_takes_its_alert_back_once_late_rows_raise_one_of_all_rows(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 0.5}, shares=SHARES)
    stage.roll()
    job = stage.drift_job()
    job.run()
    assert open_alerts(stage) == ["de"]
    log(stage, 4_000, hours_ago=4, shifts={None: 1.0}, shares={None: 1.0})
    stage.roll()
    job.run()
    assert open_alerts(stage) == [""]


def test_what_all_rows_do_not_tell_yet_a_segment_tells(stage: Stage) -> None:
    stage = with_history(stage)
    options = judged_by(SETTINGS, window=WINDOW)
    lasting = stage.drift_job(lambda model: replace(options(model), persistence=2))
    log(stage, 2_000, hours_ago=8, shifts={"fr": 0.5, "de": -0.6}, shares=SHARES)  # all rows stay
    log(stage, 2_000, hours_ago=4, shifts={"fr": 1.0}, shares=SHARES)
    stage.roll()
    for end in (stage.border - 4 * HOUR, stage.border):
        stage.execute("UPDATE watermarks SET horizon_at = %s", end)
        lasting.run()
    assert lasting.standings[KEY].drifted_features == ("age",)
    assert open_alerts(stage) == ["fr"], "in all rows it drifted for the first time"


def test_segments_wait_until_all_rows_could_be_judged(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts=dict.fromkeys(SHARES, 1.0), shares=SHARES)
    stage.roll()
    policy = FailingOnce()
    job = stage.drift_job(policy=policy)
    with pytest.raises(ZeroDivisionError):
        job.run()
    assert not stage.select("SELECT FROM dataset_drift_results")
    job.run()
    assert open_alerts(stage) == [""]
    assert job.standings.keys() == {KEY, KEY.of_segment("de"), KEY.of_segment("fr")}


def test_a_new_reference_takes_back_what_its_predecessors_segments_were_judged(stage: Stage) -> None:
    stage = with_history(stage)
    log(stage, 2_000, hours_ago=4, shifts={"de": 0.5}, shares=SHARES)
    stage.roll()
    stage.drift_job().run()
    assert open_alerts(stage) == ["de"]
    stage.set_reference({"age": normal(2_000), "fare": normal(2_000, seed=1)}, version="1", environment="production")
    stage.drift_job().run()
    assert open_alerts(stage) == []
    assert stage.select("SELECT DISTINCT segment FROM dataset_drift_results") == [{"segment": ""}]
    assert stage.select("SELECT DISTINCT segment FROM data_drift_results") == [{"segment": ""}]


def test_names_of_the_greatest_length_fit_the_indexes(stage: Stage) -> None:
    letters = iter(np.random.default_rng(1).permutation(np.arange(0x4E00, 0x9FA5)).tolist())  # that do not compress

    def name(characters: int) -> str:
        return "".join(chr(next(letters)) for _ in range(characters))

    key = ModelKey(model=name(166), version=name(166), environment=name(166))
    segment, feature = name(33), name(200)
    stage = replace(stage, rollup=replace(ROLLUP, automatic_rows=1_000))
    for hours_ago, shift in ((24, 0.0), (4, 3.0)):
        start = stage.border - hours_ago * HOUR
        for part, move in ((segment, shift), (name(34), 0.0), (None, -shift)):
            column = {feature: normal(500, mean=move, seed=hours_ago)}
            stage.log(column, spread(start, start + WINDOW, 500), key=key, segment=part)
    stage.roll()
    job = stage.drift_job()
    job.run()
    assert job.failures.problem is None
    assert [row["segment"] for row in stage.select("SELECT segment FROM dataset_drift_results ORDER BY 1")] == [
        "",
        segment,
    ]


class FailingOnce(TwoSample):
    """Fails the first time that it judges all rows of a model."""

    failed = False

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        if not key.segment and not self.failed:
            self.failed = True
            raise ZeroDivisionError
        return super().judge(key, window, reference, current, settings)
