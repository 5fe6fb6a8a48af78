from __future__ import annotations

import numpy as np
import pytest

from driftgauge.quality.check import LEAST_BUCKETS, Soundness
from driftgauge.quality.repeats import FLOOR, LEAST_ROWS, RepeatCount, judge_repeats

ALPHA = 0.25 / 720


def counts(*repeats: int, rows: int = 500) -> list[RepeatCount]:
    return [RepeatCount(repeats=count, rows=rows) for count in repeats]


def test_a_batch_that_was_sent_twice_is_a_fault() -> None:
    found = judge_repeats(counts(*[0] * 24), RepeatCount(repeats=250, rows=500), alpha=ALPHA)
    assert found.verdict is Soundness.FAULTY
    assert (found.value, found.rows) == (0.5, 500)
    assert found.expected == pytest.approx(0.5 / 12_001)
    assert found.threshold == pytest.approx(FLOOR + 0.5 / 12_001)
    assert found.reason.startswith("250 of 500 rows repeat another (50.0%); usual are 0.0% over 24 buckets, a fault ")
    assert "; p = " in found.reason


def test_a_rise_below_the_floor_is_none_however_sure_it_is() -> None:
    found = judge_repeats(counts(*[0] * 24, rows=5_000), RepeatCount(repeats=240, rows=5_000), alpha=ALPHA)
    assert found.verdict is Soundness.SOUND
    assert "p =" not in found.reason


def test_a_model_that_always_repeats_itself_is_sound() -> None:
    found = judge_repeats(counts(*[495, 497, 493] * 8), RepeatCount(repeats=499, rows=500), alpha=ALPHA)
    assert found.verdict is Soundness.SOUND


def test_what_wanders_by_itself_needs_to_rise_further() -> None:
    wandering = counts(20, 200, 35, 160, 90, 250, 15, 120, 60, 180)
    risen = RepeatCount(repeats=230, rows=500)
    assert judge_repeats(wandering, risen, alpha=ALPHA).verdict is Soundness.SOUND
    steady = counts(*[113] * 10)
    assert judge_repeats(steady, risen, alpha=ALPHA).verdict is Soundness.FAULTY


@pytest.mark.parametrize(
    ("history", "current", "reason"),
    [
        (
            counts(*[0] * (LEAST_BUCKETS - 1)),
            RepeatCount(repeats=9, rows=500),
            "7 buckets like it before, at least 8 are needed",
        ),
        (
            counts(*[0] * 24, rows=LEAST_ROWS - 1),
            RepeatCount(repeats=9, rows=500),
            "0 buckets like it before, at least 8",
        ),
        (counts(*[0] * 24), RepeatCount(repeats=9, rows=LEAST_ROWS - 1), "29 rows, at least 30 are needed"),
    ],
)
def test_too_little_is_told(history: list[RepeatCount], current: RepeatCount, reason: str) -> None:
    found = judge_repeats(history, current, alpha=ALPHA)
    assert found.verdict is Soundness.INSUFFICIENT_DATA
    assert found.reason.startswith(reason)
    assert (found.expected, found.threshold, found.value) == (None, None, current.share)


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("rows", [50, 500, 5_000])
def test_false_faults_keep_to_their_budget(rate: float, rows: int) -> None:
    """A year of hours judged by four weeks each: the budget is a quarter of one in 30 days, so three in a year."""
    rng = np.random.default_rng([int(1000 * rate), rows])
    hours = 365 * 24
    repeats = rng.binomial(rows, rate, hours)
    faults = 0
    for now in range(672, hours, 24):  # each 24th hour: a day's worth of the budget is 1/24 of it
        history = counts(*repeats[now - 672 : now].tolist(), rows=rows)
        verdict = judge_repeats(history, RepeatCount(repeats=int(repeats[now]), rows=rows), alpha=ALPHA * 24)
        faults += verdict.verdict is Soundness.FAULTY
    assert faults <= 7, "more than 7 of 3 expected has a chance of 1.2 %"


def test_a_busy_hour_is_held_against_busy_hours() -> None:
    """Of few combinations more rows repeat more: quiet hours must not make busy ones a fault."""
    quiet, busy = counts(*[2] * 24, rows=60), counts(*[2_000] * 12, rows=3_000)
    now = RepeatCount(repeats=2_010, rows=3_000)
    assert judge_repeats(quiet, now, alpha=ALPHA).verdict is Soundness.INSUFFICIENT_DATA
    found = judge_repeats([*quiet, *busy], now, alpha=ALPHA)
    assert (found.verdict, found.expected) == (Soundness.SOUND, pytest.approx(2 / 3, abs=0.001))
