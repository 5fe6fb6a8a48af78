from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from driftgauge.quality.check import Soundness
from driftgauge.quality.silence import LEAST_LIMIT, Gap, judge_silence, silence_limit

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
START = datetime(2026, 3, 1, 22, tzinfo=UTC)


def gap(day: int, hours: float) -> Gap:
    return Gap(start=START + day * DAY, end=START + day * DAY + hours * HOUR)


def test_the_limit_is_twice_the_longest_usual_gap() -> None:
    assert silence_limit([gap(0, 8), gap(1, 7.5), gap(2, 0.1)], [], history=3 * DAY) == 16 * HOUR


def test_a_gap_in_which_the_model_was_told_to_be_silent_is_not_usual() -> None:
    gaps = [gap(0, 8), gap(1, 30), gap(4, 7)]
    assert silence_limit(gaps, [START + DAY + 20 * HOUR], history=7 * DAY) == 16 * HOUR
    assert silence_limit(gaps, [START + DAY], history=7 * DAY) == 60 * HOUR, "it had begun to be silent only then"
    assert silence_limit(gaps, [START + DAY + 30 * HOUR], history=7 * DAY) == 16 * HOUR


def test_a_busy_model_may_be_silent_for_a_while() -> None:
    assert silence_limit([gap(0, 1 / 60)], [], history=DAY) == LEAST_LIMIT
    assert silence_limit([], [], history=DAY) == LEAST_LIMIT


def test_less_than_a_day_says_nothing() -> None:
    assert silence_limit([gap(0, 8)], [], history=DAY - MINUTE) is None
    found = judge_silence(9 * HOUR, None)
    assert (found.verdict, found.value, found.threshold) == (Soundness.INSUFFICIENT_DATA, 9 * 3600, None)


@pytest.mark.parametrize(
    ("silent", "verdict", "words"),
    [
        (16 * HOUR, Soundness.SOUND, "no prediction for 16 h 0 min; its longest usual gap allows 16 h 0 min"),
        (16 * HOUR + MINUTE, Soundness.FAULTY, "no prediction for 16 h 1 min; its longest usual gap allows 16 h 0 min"),
        (12 * MINUTE, Soundness.SOUND, "no prediction for 12 min; its longest usual gap allows 16 h 0 min"),
        (-5 * MINUTE, Soundness.SOUND, "no prediction for 0 min; its longest usual gap allows 16 h 0 min"),
    ],
)
def test_silence_beyond_the_limit_is_a_fault(silent: timedelta, verdict: Soundness, words: str) -> None:
    found = judge_silence(silent, 16 * HOUR)
    assert (found.verdict, found.reason) == (verdict, words)
    assert (found.expected, found.threshold) == (8 * 3600, 16 * 3600)
    assert found.value == max(silent.total_seconds(), 0)


def test_what_recurs_is_usual_after_all() -> None:
    weekends = [gap(4, 48), gap(11, 48)]
    told = [weekend.start + 10 * HOUR for weekend in weekends]
    assert silence_limit([gap(0, 1), weekends[0]], told, history=9 * DAY) == 2 * HOUR
    assert silence_limit([gap(0, 1), *weekends], told, history=14 * DAY) == 96 * HOUR
