from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta
from pathlib import Path

import numpy as np
import pytest

from alert_quality import judging
from alert_quality.drifted import row
from alert_quality.features import features_of
from alert_quality.judging import KEY, START, Judge, default_options
from alert_quality.peers import hand_over
from alert_quality.simulation import Hours, freeze, profiles_of, raw_batches
from alert_quality.stationary import Cell, always_fire, full_grid, judge_month, short_grid
from alert_quality.streams import Stream
from driftgauge.config import Settings
from driftgauge.drift.policies import POLICIES
from driftgauge.drift.policy import Learned, PolicySettings
from driftgauge.model.identity import ModelKey
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import ModelVerdict, Verdict
from driftgauge.model.window import TimeWindow

FEATURES = features_of(5)


def hours(count: int) -> Hours:
    return Hours(features=FEATURES, rows=100, levels=np.zeros((count, len(FEATURES))))


class EverySecond:
    """Alarms in every second window that it is asked about, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[TimeWindow, int]] = []

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        assert width == default_options().window
        assert reference.bucket == timedelta(hours=1)
        assert reference.windows is not None
        assert (len(reference.windows), reference.windows[-1].end) == (10, START)
        return Learned(total=reference.total)

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        assert settings == default_options().policy
        assert key == KEY
        assert reference.total.rows == 1_000
        assert current.windows is not None
        assert (current.windows[0].start, current.windows[-1].end) == (window.start, window.end)
        rows = current.total.rows
        self.asked.append((window, rows))
        verdict = Verdict.STABLE if len(self.asked) % 2 else Verdict.DRIFTED
        return ModelVerdict(key=key, window=window, rows=rows, verdict=verdict, drifted_share=0.0, features=())


class Noting:
    """Notes the rows and the chance of each judgement, and alarms in the last of eight."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, float]] = []

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        assert width == default_options().window
        return Learned(total=reference.total)

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        rows = current.total.rows
        assert reference.total.rows == 2 * rows
        self.asked.append((rows, settings.alpha))
        verdict = Verdict.DRIFTED if len(self.asked) == 8 else Verdict.STABLE
        return ModelVerdict(key=key, window=window, rows=rows, verdict=verdict, drifted_share=0.0, features=())


def test_each_hour_closes_a_full_window_of_the_default_width(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, policy = np.random.default_rng(1), EverySecond()
    monkeypatch.setattr(judging, "POLICY", policy)
    layout, reference = freeze(hours(10), rng)
    flags = Judge.of(reference, default_options()).alarms(profiles_of(layout, hours(27), rng))
    assert flags.tolist() == [False, True, False, True]
    assert [rows for _, rows in policy.asked] == [2_400] * 4
    assert {window.width for window, _ in policy.asked} == {timedelta(hours=24)}
    ends = [window.end for window, _ in policy.asked]
    assert ends == [START + timedelta(hours=24 + place) for place in range(4)], "the first hour follows the reference"


def test_judgements_are_by_what_the_exporter_judges_by_unless_configured() -> None:
    assert isinstance(judging.POLICY, type(POLICIES[Settings().drift.policy](UTC)))


def test_a_month_is_the_same_each_time_and_has_chance_of_its_own() -> None:
    cell = Cell(stream=Stream.AR1, rows=50, features=5, reference_hours=48, months=2)
    flags = [judge_month(cell, 0, judgements=40) for _ in range(2)]
    assert flags[0].shape == (40,)
    assert (flags[0] == flags[1]).all()
    assert cell.seed(0) != cell.seed(1)


def test_a_model_of_segments_alarms_where_all_its_rows_or_one_of_them_does(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = Noting()
    monkeypatch.setattr("alert_quality.judging.POLICY", policy)
    cell = Cell(stream=Stream.IID, rows=90, features=5, reference_hours=48, months=1, segments=3)
    flags = judge_month(cell, 0, judgements=2)
    assert "90 rows an hour in 3 segments" in str(cell)
    assert [rows for rows, _ in policy.asked] == 2 * [2_160] + 6 * [720]
    alpha = default_options().policy.alpha
    assert [chance for _, chance in policy.asked] == pytest.approx(2 * [alpha / 2] + 6 * [alpha / 6])
    assert flags.tolist() == [False, True], "the third segment alarms in its second window"


def test_the_grids_name_each_setting_once_and_the_full_one_holds_the_short_one() -> None:
    full, short = full_grid(30), short_grid(30)
    assert len({str(cell) for cell in full}) == len(full) == 2 * 4 * 3 * 2 + 4 * 3 + 3
    assert {str(cell) for cell in short} < {str(cell) for cell in full}
    assert len({str(cell) for cell in short}) == len(short)
    assert {cell.months for cell in full} == {30}
    assert all(cell.months >= 1 for cell in short_grid(1))


def test_always_firing_is_shown_as_720_alarms_in_one_episode() -> None:
    line = always_fire()
    assert (line["alarms"], line["episodes"], line["months > 1"]) == ("720", "1.00", "1.00")


def test_a_line_of_drift_shows_shares_delay_and_what_alarmed_before() -> None:
    late = np.array([False, False, True])
    line = row("mean", [late, np.array([True, True, True])])
    assert (line["≤ 1"], line["≤ 2"], line["≤ 24"]) == ("0.50", "1.00", "1.00")
    assert (line["median"], line["before"]) == ("1.5", "0.50")


def test_peers_are_handed_the_very_rows(tmp_path: Path) -> None:
    batches = raw_batches(hours(3), np.random.default_rng(2))
    hand_over(batches, tmp_path / "rows.npz")
    with np.load(tmp_path / "rows.npz") as columns:
        assert set(columns.files) == {feature.name for feature in FEATURES}
        assert (columns["number_000"][100:200] == batches[1].numeric["number_000"]).all()
        category: list[str] = columns["category_000"][200:].tolist()
    assert Counter(category) == batches[2].categories["category_000"]
