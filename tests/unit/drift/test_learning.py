"""What is normal for a window is learned from the right buckets of the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.expectation import LEAST_WINDOWS
from driftgauge.drift.learning import AT_ONCE, LEAST_ROWS, OVERLAP, Norm, learn_standard
from driftgauge.drift.rare import RareShare
from driftgauge.drift.seasons import OF_DAYS, WITHIN_A_DAY
from driftgauge.drift.shares import RareCounts
from driftgauge.model.bins import BinLayout, FloatArray
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import Column, batch_of

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hourly(columns: Sequence[Mapping[str, Column]], places: Sequence[int], width: timedelta = HOUR) -> ProfileSeries:
    """Buckets at so many widths from the start."""
    layout = fit_layout([batch_of(each) for each in columns])
    return ProfileSeries(
        layout=layout,
        windows=tuple(TimeWindow(start=START + place * width, end=START + (place + 1) * width) for place in places),
        profiles=[profile_batch(layout, batch_of(each)) for each in columns],
    )


def numbers(rng: np.random.Generator, buckets: int, rows: int = 40) -> list[dict[str, Column]]:
    return [{"x": rng.normal(0, 1, rows)} for _ in range(buckets)]


def norms(reference: ProfileSeries, width: timedelta) -> dict[timedelta | None, Norm]:
    return {norm.width: norm for norm in learn_standard(reference, width).norms}


def test_a_bucket_and_the_whole_window_have_a_norm_each(rng: np.random.Generator) -> None:
    reference = hourly(numbers(rng, 96), range(96))
    found = norms(reference, DAY)
    assert list(found) == [HOUR, DAY]  # the newest bucket is judged first
    assert found[HOUR].windows == 96
    assert found[DAY].windows == (96 - 24) // (24 // OVERLAP) + 1
    assert found[HOUR].expectation.seasons == WITHIN_A_DAY
    assert found[DAY].expectation.seasons == OF_DAYS


def test_windows_of_one_bucket_have_one_norm(rng: np.random.Generator) -> None:
    assert list(norms(hourly(numbers(rng, 20), range(20)), HOUR)) == [HOUR]


def means_of(profiles: Sequence[ModelProfile]) -> FloatArray:
    return np.array([profile.sums.sum() / profile.counts.sum() for profile in profiles])


@pytest.mark.parametrize("buckets", [1, 2, 6, 9, 10, 24])
def test_windows_are_the_sums_of_their_buckets_whatever_is_between_them(buckets: int, rng: np.random.Generator) -> None:
    places = [place for place in range(10 * 24) if place % 24 not in {3, 4, 5} and not 60 <= place < 90]
    assert len(places) > AT_ONCE
    rows = rng.integers(40, 90, len(places))
    columns: list[dict[str, Column]] = [
        {"c": ["b"] * int(size // 3) + ["a"] * int(size - size // 3), "x": np.full(size, float(place))}
        for place, size in zip(places, rows, strict=True)
    ]
    reference = hourly(columns, places)
    found = norms(reference, buckets * HOUR)[buckets * HOUR]
    step = max(buckets // OVERLAP, 1)
    held = [
        [place for place in places if start <= place < start + buckets]
        for start in range(0, places[-1] + 1 - buckets + 1, step)
    ]
    held = [each for each in held if each]
    assert found.windows == len(held)
    rows_of = dict(zip(places, map(int, rows), strict=True))
    totals = np.array([sum(rows_of[place] for place in each) for each in held])
    law = found.rare["missing_share"]["x"]
    assert law.successes + law.failures == pytest.approx(totals.sum() + 1)  # none missing: as many rows as windows hold
    share = np.sum([sum(rows_of[place] // 3 for place in each) for each in held]) / totals.sum()
    b = found.expectation.centers((START + 12 * HOUR).timestamp())[1]
    assert np.sin(b / 2) ** 2 == pytest.approx(share, abs=0.01)


def test_the_middle_of_a_window_tells_its_hour() -> None:
    rng = np.random.default_rng(5)
    columns: list[dict[str, Column]] = [{"x": rng.normal(hour % 24 == 7, 0.2, 60)} for hour in range(24 * 8)]
    reference = hourly(columns, range(24 * 8))
    expectation = norms(reference, HOUR)[HOUR].expectation
    centers = [expectation.centers((START + hour * HOUR + HOUR / 2).timestamp())[0] for hour in range(24, 48)]
    assert int(np.argmax(centers)) == 7
    assert np.partition(centers, -2)[-2] < 0.1 < max(centers) - 1


def test_buckets_with_too_few_values_teach_nothing_of_their_statistics(rng: np.random.Generator) -> None:
    few = [{"x": rng.normal(50, 1, LEAST_ROWS - 1)} for _ in range(30)]
    enough = [{"x": rng.normal(0, 1, LEAST_ROWS)} for _ in range(30)]
    reference = hourly([each for couple in zip(few, enough, strict=True) for each in couple], range(60))
    expectation = norms(reference, HOUR)[HOUR].expectation
    statistics = learn_standard(reference, HOUR).statistics
    usual, _ = statistics.compute(reference.total.counts[np.newaxis], reference.total.sums[np.newaxis])
    center = expectation.centers(START.timestamp())[0]
    assert abs(usual[0, 0]) < 0.2
    assert center < -0.8  # of the mixture's deviation of about 25
    assert expectation.freedom[0] < 30


@pytest.mark.parametrize("timed", [True, False])
def test_where_nothing_tells_how_windows_differ_something_is_assumed(timed: bool, rng: np.random.Generator) -> None:  # noqa: FBT001
    short = hourly(numbers(rng, LEAST_WINDOWS - 1), range(LEAST_WINDOWS - 1))
    reference = short if timed else ProfileSeries.untimed(short.total)
    (norm,) = learn_standard(reference, DAY).norms
    assert (norm.width, norm.windows) == (None, 0)
    assert norm.expectation.centers(0.0)[0] == pytest.approx(0, abs=1e-9)
    assert norm.rare["missing_share"]["x"].share < 0.01


def test_a_reference_too_short_for_the_width_lends_it_how_single_buckets_differ(rng: np.random.Generator) -> None:
    found = norms(hourly(numbers(rng, 48), range(48)), DAY)
    assert list(found) == [HOUR, DAY]
    assert found[DAY].windows == found[HOUR].windows == 48
    hour, day = found[HOUR].expectation, found[DAY].expectation
    assert day.between == pytest.approx(hour.between + hour.noise / 40)


def test_what_single_buckets_lend_has_their_season_in_it_but_does_not_follow_it(rng: np.random.Generator) -> None:
    columns: list[dict[str, Column]] = [{"x": rng.normal(hour % 24 < 12, 0.5, 60)} for hour in range(24 * 5)]
    found = norms(hourly(columns, range(24 * 5)), 4 * DAY)
    hour, days = found[HOUR].expectation, found[4 * DAY].expectation
    morning, evening = ((START + at * HOUR).timestamp() for at in (6, 18))
    assert hour.centers(morning)[0] - hour.centers(evening)[0] > 1
    assert days.centers(morning)[0] == days.centers(evening)[0] == pytest.approx(0, abs=0.05)
    assert days.between[0] > 100 * hour.between[0]


@pytest.mark.parametrize("width", [timedelta(minutes=90), timedelta(minutes=30), timedelta(hours=2, minutes=30)])
def test_of_a_width_that_buckets_do_not_tile_something_is_assumed(width: timedelta, rng: np.random.Generator) -> None:
    found = norms(hourly(numbers(rng, 48), range(48)), width)
    assert list(found) == [None]
    assert found[None].windows == 0


def test_buckets_of_several_widths_teach_nothing(rng: np.random.Generator) -> None:
    reference = hourly(numbers(rng, 48), range(48))
    assert reference.windows is not None
    last = TimeWindow(start=reference.windows[-1].start, end=reference.windows[-1].end + HOUR)
    uneven = ProfileSeries(
        layout=reference.layout, windows=(*reference.windows[:-1], last), profiles=reference.profiles
    )
    assert list(norms(uneven, DAY)) == [None]


class ReadOnce(Sequence[ModelProfile]):
    """Profiles that count how often they are read, which in production decodes them."""

    def __init__(self, profiles: Sequence[ModelProfile]) -> None:
        self.profiles, self.reads = profiles, 0

    def __len__(self) -> int:
        return len(self.profiles)

    def __getitem__(self, place: int) -> ModelProfile:  # type: ignore[override]
        self.reads += 1
        return self.profiles[place]


def test_each_bucket_is_read_once_a_width_however_windows_overlap(rng: np.random.Generator) -> None:
    reference = hourly(numbers(rng, 96), range(96))
    profiles = ReadOnce(reference.profiles)
    counted = ProfileSeries(layout=reference.layout, windows=reference.windows, profiles=profiles)
    assert counted.total.rows == 96 * 40
    profiles.reads = 0
    learn_standard(counted, DAY)
    assert profiles.reads == 2 * 96


def layout_and_profile(columns: Mapping[str, Column], now: Mapping[str, Column]) -> tuple[BinLayout, ModelProfile]:
    layout = fit_layout([batch_of(columns)])
    return layout, profile_batch(layout, batch_of(now))


def test_rows_without_a_value_and_values_never_seen_are_counted() -> None:
    layout, profile = layout_and_profile(
        {"c": ["a", "b"], "x": np.array([1.0, 2.0])},
        {"c": ["a", "new", None, "newer", "b"], "x": np.array([1.0, np.nan, np.inf, 9.0, np.nan])},
    )
    assert list(layout.features) == ["c", "x"]
    counts = RareCounts.of(profile)
    assert counts.hits.tolist() == [[1, 0, 2, 0], [3, 0, 0, 1]]
    assert (counts.rows.tolist(), counts.values.tolist()) == ([5, 5], [4, 2])


def test_each_share_is_of_the_features_that_can_have_it(rng: np.random.Generator) -> None:
    columns: list[dict[str, Column]] = [{"c": ["a", "b"] * 20, "x": rng.normal(0, 1, 40)} for _ in range(24)]
    (norm,) = norms(hourly(columns, range(24)), HOUR).values()
    assert {name: list(laws) for name, laws in norm.rare.items()} == {
        "missing_share": ["c", "x"],
        "invalid_share": ["c", "x"],
        "unseen_share": ["c"],
        "out_of_range_share": [],
    }


@pytest.mark.parametrize(("hours", "known"), [(167, []), (168, ["x"])])
def test_a_reference_of_less_than_a_week_does_not_know_the_range(
    rng: np.random.Generator, hours: int, known: list[str]
) -> None:
    columns: list[dict[str, Column]] = [{"c": ["a", "b"] * 20, "x": rng.normal(0, 1, 40)} for _ in range(hours)]
    (norm,) = norms(hourly(columns, range(hours)), HOUR).values()
    assert list(norm.rare["out_of_range_share"]) == known


def test_an_edge_that_wanders_is_expected_to_leave_the_range(rng: np.random.Generator) -> None:
    def law_of(levels: FloatArray) -> RareShare:
        reference = hourly([{"x": rng.uniform(level, level + 1, 100)} for level in levels], range(len(levels)))
        return norms(reference, HOUR)[HOUR].rare["out_of_range_share"]["x"]

    steady, wandering = law_of(np.zeros(168)), law_of(rng.normal(0, 0.1, 168))
    assert steady.tail(20, 100) < 1e-12
    assert wandering.tail(20, 100) > 1e-3
    assert wandering.tail(60, 100) < wandering.tail(20, 100) / 10


def test_beyond_few_values_there_is_no_range(rng: np.random.Generator) -> None:
    reference = hourly([{"x": rng.integers(0, 3, 100).astype(np.float64)} for _ in range(168)], range(168))
    law = norms(reference, HOUR)[HOUR].rare["out_of_range_share"]["x"]
    assert law.tail(20, 100) < 1e-12  # though a third lies at either end


def test_missing_shares_that_differ_by_hour_are_less_surprising(rng: np.random.Generator) -> None:
    def stream(often: int) -> list[dict[str, Column]]:
        lost = [often if hour % 2 else 10 - often for hour in range(48)]
        return [{"x": np.append(rng.normal(0, 1, 100 - gone), np.full(gone, np.nan))} for gone in lost]

    even, uneven = (norms(hourly(stream(often), range(48)), HOUR)[HOUR].rare["missing_share"]["x"] for often in (5, 10))
    assert even.share == pytest.approx(0.05, abs=0.001)
    assert uneven.share == pytest.approx(0.05, abs=0.001)
    assert uneven.tail(20, 100) > 100 * even.tail(20, 100)


def test_categories_that_the_reference_had_once_make_new_ones_likely(rng: np.random.Generator) -> None:
    def names() -> Column:
        return [f"v{name}" for name in rng.zipf(1.6, 60)]

    reference = hourly([{"c": names()} for _ in range(48)], range(48))
    law = norms(reference, HOUR)[HOUR].rare["unseen_share"]["c"]
    later = [profile_batch(reference.layout, batch_of({"c": names()})) for _ in range(300)]
    unseen = np.array([RareCounts.of(profile).hits[0, 2] for profile in later])
    assert unseen.mean() > 1
    assert law.share == pytest.approx(unseen.mean() / 60, rel=0.3)
    assert np.mean([law.tail(int(count), 60) < 0.001 for count in unseen]) < 0.01
    known = norms(hourly([{"c": ["a", "b"] * 30}] * 48, range(48)), HOUR)[HOUR].rare["unseen_share"]["c"]
    assert known.share < 0.001
