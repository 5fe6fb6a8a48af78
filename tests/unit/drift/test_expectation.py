"""What windows are expected to show is learned from the reference's own, with honest uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize, stats

from driftgauge.drift.expectation import LEAST_WINDOWS, Expectation, WindowStatistics, learn
from driftgauge.drift.seasons import DAY, HOUR, NONE, OF_DAYS, WITHIN_A_DAY, Season
from driftgauge.model.bins import FloatArray

MONTH = 672
ROWS = 500.0
HOURS_OF_DAY = WITHIN_A_DAY[:2]


def hours(count: int) -> FloatArray:
    return np.arange(float(count)) * HOUR + HOUR / 2


def windows(values: FloatArray, *, noise: float = 1.0, rows: float = ROWS, step: float = HOUR) -> WindowStatistics:
    count, width = values.shape
    return WindowStatistics(
        values=values,
        times=np.arange(float(count)) * step + step / 2,
        rows=np.full((count, width), rows),
        noise=np.full_like(values[0], noise),
        width=step,
    )


def learned(reference: WindowStatistics, seasons: Sequence[Season] = WITHIN_A_DAY) -> Expectation:
    return learn(reference, np.zeros(len(reference.noise)), seasons)


def p_values_of(expectation: Expectation, values: FloatArray, first: float) -> tuple[FloatArray, FloatArray]:
    """Scores and p-values of hourly windows (windows × k) from the middle of the first on."""
    rows = np.full(values.shape[1], ROWS)
    scores = [
        expectation.z_scores(row, expectation.centers(first + place * HOUR), rows) for place, row in enumerate(values)
    ]
    return np.array(scores), np.array([expectation.p_values(score) for score in scores])


def autoregression(rng: np.random.Generator, count: int, series: int, phi: float, deviation: float) -> FloatArray:
    steps = rng.normal(0, deviation * np.sqrt(1 - phi**2), (count, series))
    steps[0] /= np.sqrt(1 - phi**2)
    for before, after in pairwise(range(count)):
        steps[after] += phi * steps[before]
    return steps


@pytest.mark.parametrize("between", [0.0, 0.1])
def test_new_windows_of_a_steady_stream_have_uniform_p_values(between: float, rng: np.random.Generator) -> None:
    deviation = np.sqrt(between**2 + 1 / ROWS)
    known = learned(windows(rng.normal(2, deviation, (MONTH, 40))), HOURS_OF_DAY)
    assert (known.chosen == 0).mean() > 0.9
    assert known.centers(0.0) == pytest.approx(np.full(40, 2.0), abs=5 * deviation / np.sqrt(MONTH) * 3)
    scores, p_values = p_values_of(known, rng.normal(2, deviation, (100, 40)), MONTH * HOUR)
    assert scores.mean() == pytest.approx(0, abs=0.05)
    assert scores.std() == pytest.approx(1, abs=0.06)
    assert stats.kstest(p_values.ravel(), "uniform").statistic < 0.035  # 1.63/√4000 alone is 0.026


def test_a_daily_wave_is_learned_and_a_shift_stands_out_of_it(rng: np.random.Generator) -> None:
    def stream(first: int, count: int) -> FloatArray:
        wave = 0.5 * np.sin(2 * np.pi * np.arange(first, first + count) / 24)
        return np.tile(wave[:, np.newaxis], 10) + rng.normal(0, 1 / np.sqrt(ROWS), (count, 10))

    known = learned(windows(stream(0, MONTH)), HOURS_OF_DAY)
    assert {known.seasons[int(place)].name for place in known.chosen} == {"the hour of the day"}
    after = stream(MONTH, 48)
    _, usual = p_values_of(known, after, (MONTH + 0.5) * HOUR)
    _, shifted = p_values_of(known, after + 0.25, (MONTH + 0.5) * HOUR)
    assert usual.min() > 1e-5
    assert np.mean(shifted < 1e-3) > 0.97
    assert np.median(shifted) < 1e-6


def test_a_wave_of_the_week_is_learned_from_weeks_enough(rng: np.random.Generator) -> None:
    weekend = (np.arange(MONTH) // 24 % 7 >= 5).astype(np.float64)
    values = np.tile(weekend[:, np.newaxis], 3) + rng.normal(0, 0.02, (MONTH, 3))
    assert set(learned(windows(values)).chosen) <= {2, 3}
    assert set(learned(windows(values[: 13 * 24])).chosen) <= {0, 1}
    assert set(learned(windows(values[:48])).chosen) == {0}


def test_neighbours_that_are_alike_count_for_fewer_windows(rng: np.random.Generator) -> None:
    stream = autoregression(rng, MONTH + 240, 60, 0.9, 0.15) + rng.normal(0, 1 / np.sqrt(ROWS), (MONTH + 240, 60))
    known = learned(windows(stream[:MONTH]), [NONE])
    honest = MONTH * (1 - 0.9**2) / (1 + 0.9**2)
    assert honest / 2 < np.median(known.freedom) < honest * 2
    assert np.median(known.leverage) == pytest.approx((1 + 0.9) / (1 - 0.9) / MONTH, rel=0.5)
    assert np.sqrt(np.median(known.between)) == pytest.approx(0.15, rel=0.15)
    _, p_values = p_values_of(known, stream[MONTH:], (MONTH + 0.5) * HOUR)
    assert np.mean(p_values < 1e-4) < 2e-3


def days_of(hourly: FloatArray, every: int = 1) -> WindowStatistics:
    """Windows of a day that overlap."""
    starts = np.arange(0, len(hourly) - 23, every)
    sums = np.vstack([np.zeros_like(hourly[:1]), np.cumsum(hourly, axis=0)])
    return WindowStatistics(
        values=(sums[starts + 24] - sums[starts]) / 24,
        times=hours(MONTH * 3)[starts] + 11.5 * HOUR,
        rows=np.full((len(starts), hourly.shape[1]), 24 * ROWS),
        noise=np.ones_like(hourly[0], dtype=np.float64),
        width=DAY,
    )


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9, 0.97])
def test_days_of_a_wandering_level_keep_to_their_chances_and_are_worth_as_many_as_fit(
    phi: float, rng: np.random.Generator
) -> None:
    stream = autoregression(rng, 2 * MONTH, 400, phi, 0.15) + rng.normal(0, 1 / np.sqrt(ROWS), (2 * MONTH, 400))
    known = learned(days_of(stream[:MONTH], every=6), OF_DAYS)
    assert np.mean(known.chosen > 0) < 0.03  # a season by luck
    after = days_of(stream[MONTH:]).values
    p_values = np.array(
        [
            known.p_values(known.z_scores(row, known.centers(MONTH * HOUR + place * HOUR), np.full(400, 24 * ROWS)))
            for place, row in enumerate(after)
        ]
    )
    assert 0.2 < np.mean(p_values < 1e-3) * 1e3 < 2
    assert np.mean(p_values < 1e-5) < 5e-5
    apart = np.abs(np.arange(48)[:, np.newaxis] - np.arange(48))
    covariance = 0.15**2 * phi**apart + (apart == 0) / ROWS
    alike, separate = covariance[:24, 24:].mean() / covariance[:24, :24].mean(), MONTH / 24
    assert np.median(known.freedom) == pytest.approx(separate * (1 - alike**2) / (1 + alike**2), rel=0.25)


def test_heavy_tails_make_a_large_score_less_surprising(rng: np.random.Generator) -> None:
    light, heavy = rng.normal(0, 0.2, (MONTH, 30)), rng.standard_t(5, (MONTH, 30)) * 0.2
    of_light, of_heavy = learned(windows(light), [NONE]), learned(windows(heavy), [NONE])
    assert np.isinf(of_light.tails).mean() > 0.8
    assert np.isfinite(of_heavy.tails).mean() > 0.8
    assert (of_heavy.tails > 4).all()
    six = np.full(30, 6.0)
    assert np.median(of_heavy.p_values(six)) > 100 * np.median(of_light.p_values(six))
    _, p_values = p_values_of(of_heavy, rng.standard_t(5, (400, 30)) * 0.2, MONTH * HOUR)
    assert 0.4 < np.mean(p_values < 1e-3) * 1e3 < 3


def test_a_law_of_heavy_tails_keeps_the_variance_of_one() -> None:
    known = Expectation.assumed(np.zeros(1), np.ones(1))
    known.tails[:], known.freedom[:] = 6.0, 1e9
    grid = np.linspace(1e-3, 200, 400_001)
    two_sided = np.array([known.p_values(np.array([z]))[0] for z in grid[::400]])
    second_moment = np.trapezoid(2 * grid[::400] * two_sided, grid[::400])  # E z² = ∫ 2 z P(|Z| > z)
    assert second_moment == pytest.approx(1, rel=0.01)


def test_the_longer_tail_of_skewed_windows_is_no_surprise(rng: np.random.Generator) -> None:
    known = learned(windows(rng.gamma(1, 0.2, (MONTH, 20)), noise=1e-9), [NONE])
    assert (known.skewness > 1).all()
    center, rows = known.centers(0.0), np.full(20, ROWS)
    low, high = known.z_scores(center - 0.3, center, rows), known.z_scores(center + 0.3, center, rows)
    assert (np.abs(low) > np.abs(high)).all()
    scores, _ = p_values_of(known, rng.gamma(1, 0.2, (2_000, 20)), MONTH * HOUR)
    assert 0.3 < np.mean(scores > 3.5) / stats.norm.sf(3.5) < 3
    mirrored = learned(windows(-rng.gamma(1, 0.2, (MONTH, 20)), noise=1e-9), [NONE])
    assert (mirrored.skewness < -1).all()


def test_what_answers_to_a_level_squared_keeps_to_its_chances(rng: np.random.Generator) -> None:
    level = autoregression(rng, MONTH + 2_000, 100, 0.9, 1.0)
    answers = -0.05 * level**2 + 0.05 * level + rng.normal(0, 0.05, level.shape)
    known = learned(windows(answers[:MONTH]), [NONE])
    _, p_values = p_values_of(known, answers[MONTH:], (MONTH + 0.5) * HOUR)
    assert np.mean(p_values < 1e-5) < 2e-5


def test_scores_fall_with_fewer_rows(rng: np.random.Generator) -> None:
    known = learned(windows(rng.normal(0, 1 / np.sqrt(ROWS), (MONTH, 21))))
    few, many = (np.median(known.z_scores(np.full(21, 0.3), np.zeros(21), np.full(21, rows))) for rows in (30.0, 500.0))
    assert few == pytest.approx(0.3 * np.sqrt(30), rel=0.1)
    assert many == pytest.approx(0.3 * np.sqrt(500), rel=0.1)


def test_of_too_few_windows_a_tenth_of_a_deviation_is_assumed() -> None:
    usual = np.array([0.5, -2.0])
    short = learn(windows(np.zeros((LEAST_WINDOWS - 1, 2)), noise=4.0), usual, WITHIN_A_DAY)
    assert short.centers(12_345.0).tolist() == [0.5, -2.0]
    assert short.seasons[0] is NONE
    assert not short.chosen.any()
    scores = short.z_scores(usual + 0.2, short.centers(0.0), np.full(2, 1e12))
    assert scores == pytest.approx([1.0, 1.0])  # 0.1 of √4
    assert short.p_values(scores) == pytest.approx(2 * stats.t.sf([1, 1], 30))


def test_statistics_with_other_windows_are_learned_by_themselves(rng: np.random.Generator) -> None:
    values = rng.normal(0, 0.1, (MONTH, 5)) + np.sin(hours(MONTH) / DAY * 2 * np.pi)[:, np.newaxis] * [0, 1, 0, 1, 0]
    values[::7, 1], values[100:300, 2] = np.nan, np.nan
    values[: MONTH - LEAST_WINDOWS + 1, 4] = np.nan
    usual = np.arange(5.0)
    reference = windows(values)
    together = learn(reference, usual, HOURS_OF_DAY)
    for place in range(4):
        held, alone = ~np.isnan(values[:, place]), np.arange(5) == place
        only = learn(reference.known(held, alone), usual[alone], HOURS_OF_DAY)
        assert together.centers(7 * HOUR)[place] == pytest.approx(only.centers(7 * HOUR)[0])
        for name in ("between", "leverage", "freedom", "tails", "skewness", "chosen"):
            assert getattr(together, name)[place] == pytest.approx(getattr(only, name)[0]), name
    assert [together.seasons[int(place)].name for place in together.chosen[:4]] == [
        season.name for season in (NONE, HOURS_OF_DAY[1], NONE, HOURS_OF_DAY[1])
    ]
    assert together.centers(0.0)[4] == 4.0
    assert (together.between[4], together.freedom[4]) == (pytest.approx(0.01), 30)


def test_windows_of_one_statistic_that_end_early_have_a_poorer_choice_of_seasons(rng: np.random.Generator) -> None:
    values = rng.normal(0, 0.1, (MONTH, 2))
    values[48:, 1] = np.nan
    known = learned(windows(values))
    assert len(known.seasons) == len(WITHIN_A_DAY)
    assert known.chosen[1] == 0
    assert known.freedom[1] < 48 < known.freedom[0]


def test_the_variance_between_windows_solves_paule_and_mandels_equation(rng: np.random.Generator) -> None:
    count, series = 60, 6
    rows = rng.uniform(50, 2_000, (count, 1)).repeat(series, axis=1)
    noise = np.array([0.5, 1.0, 2.0, 1.0, 1.0, 200.0])
    values = rng.normal(0, np.sqrt(0.01 + 1 / rows))
    reference = WindowStatistics(values=values, times=hours(count), rows=rows, noise=noise, width=HOUR)
    known = learned(reference, [NONE])
    found = known.between * (1 - known.leverage) / (1 - 1 / count)  # of windows that tell nothing of their neighbours
    for place in range(series):
        squares = (values[:, place] - values[:, place].mean()) ** 2
        sampling = noise[place] / rows[:, place]

        def excess(between: float, squares: FloatArray = squares, sampling: FloatArray = sampling) -> float:
            return float(np.sum(squares / (between + sampling)) - (count - 1))

        expected = optimize.brentq(excess, 0, 10) if excess(0) > 0 else 0.0
        assert found[place] == pytest.approx(expected, abs=1e-9)
    assert found[-1] == pytest.approx(0, abs=1e-9)


def refitted_choice(reference: WindowStatistics, seasons: Sequence[Season], reach: int) -> list[int]:
    """Choose by fitting again without each day and `reach` days around it."""
    days = reference.times // DAY
    errors: list[list[FloatArray]] = []
    for season in seasons:
        x = season.columns(reference.times)
        errors.append([])
        for day in np.unique(days):
            kept = np.abs(days - day) > reach
            weights = np.linalg.lstsq(x[kept], reference.values[kept], rcond=1e-9)[0]
            errors[-1].append(np.sum((reference.values - x @ weights)[days == day] ** 2, axis=0))
    chosen: list[int] = []
    for column in np.array(errors).transpose(2, 0, 1):
        best = 0
        for place, error in enumerate(column):
            gains = column[best] - error
            clear = gains.mean() > 2 * gains.std(ddof=1) / np.sqrt(len(gains))
            best = place if clear and error.sum() < 0.97 * column[best].sum() else best
        chosen.append(best)
    return chosen


def test_the_season_is_chosen_by_days_that_it_was_not_fitted_to(rng: np.random.Generator) -> None:
    amplitudes = np.linspace(0, 0.12, 40)  # from none to clear, the close calls between
    wave = np.sin(2 * np.pi * np.arange(240) / 24)[:, np.newaxis] * amplitudes
    reference = windows(wave + rng.normal(0, 0.1, (240, 40)))
    chosen = learned(reference, HOURS_OF_DAY).chosen.tolist()
    assert chosen == refitted_choice(reference, HOURS_OF_DAY, 0)
    assert 0.1 < np.mean(chosen) < 0.9


def test_days_that_share_rows_are_left_out_together(rng: np.random.Generator) -> None:
    hourly = rng.normal(0, 0.1, (MONTH, 40)) + np.sin(hours(MONTH) / DAY / 7 * 2 * np.pi)[:, np.newaxis] * np.linspace(
        0, 0.06, 40
    )
    starts = np.arange(0, MONTH - 23, 6)
    reference = WindowStatistics(
        values=np.stack([hourly[start : start + 24].mean(axis=0) for start in starts]),
        times=hours(MONTH)[starts] + 11.5 * HOUR,
        rows=np.full((len(starts), 40), 24 * ROWS),
        noise=np.ones(40),
        width=DAY,
    )
    known = learned(reference, OF_DAYS)
    assert known.chosen.tolist() == refitted_choice(reference, OF_DAYS, 1)
    assert known.chosen.tolist() != refitted_choice(reference, OF_DAYS, 0)
    assert 0.1 < known.chosen.mean() < 0.9
    separate = MONTH / 24
    assert (known.freedom <= separate).all()
    assert known.freedom.max() > separate / 4


def test_statistics_that_never_change_are_expected_exactly() -> None:
    known = learned(windows(np.full((MONTH, 1), 3.0), noise=0.0))
    assert np.isfinite([known.between, known.leverage, known.freedom]).all()
    center, rows = known.centers(5.0), np.array([ROWS])
    assert known.p_values(known.z_scores(center, center, rows))[0] > 0.1
    assert known.p_values(known.z_scores(center + 0.1, center, rows))[0] < 1e-9


def test_gaps_between_windows_make_no_neighbours(rng: np.random.Generator) -> None:
    couples = autoregression(rng, 2, 300 * 20, 0.9, 0.2)  # each is alike, and tells nothing of the next
    values = couples.reshape(2, 300, 20).transpose(1, 0, 2).reshape(600, 20)
    close = windows(values)
    spaced = replace(close, times=(np.arange(300)[:, np.newaxis] * 10 * HOUR + [0, HOUR]).ravel())
    assert (learned(spaced, [NONE]).freedom < learned(close, [NONE]).freedom).all()
    assert np.median(learned(spaced, [NONE]).freedom) < 200
