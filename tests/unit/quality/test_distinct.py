"""Texts that turn alike, or too distinct, are told from those that always were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.quality.check import LEAST_BUCKETS, Soundness
from driftgauge.quality.distinct import DISTINCT, FLOOR, SIZES, DistinctCount, bounds, judge_distinct

ALPHA = 0.25 / 720


def counts(*distinct: int, rows: int = 512) -> list[DistinctCount]:
    return [DistinctCount(distinct=count, rows=rows) for count in distinct]


USUAL = counts(*[500, 505, 497, 502, 499, 503] * 4)


@pytest.mark.parametrize("distinct", [1, 40, 400])
def test_texts_that_are_suddenly_alike_are_a_fault(distinct: int) -> None:
    found = judge_distinct(USUAL, [DistinctCount(distinct=distinct, rows=512)], feature="note", alpha=ALPHA)
    assert (found.verdict, found.check, found.feature) == (Soundness.FAULTY, DISTINCT, "note")
    assert (found.value, found.rows) == (distinct / 512, 512)
    assert found.expected == pytest.approx(501 / 512, abs=0.001)
    assert found.threshold == pytest.approx(501 / 512 - FLOOR, abs=0.001)


def test_the_reason_has_every_number() -> None:
    found = judge_distinct(USUAL, [DistinctCount(distinct=3, rows=512)], feature="note", alpha=ALPHA)
    words, _, chance = found.reason.partition("; p = ")
    assert words == (
        "3 of the newest 512 values are distinct (0.6%); usual are 97.8% over 24 buckets,"
        " a fault begins at 87.8% or less"
    )
    assert chance.endswith(", asked for is less than 0.00035")


def test_texts_that_are_suddenly_all_distinct_are_a_fault() -> None:
    usual = counts(*[300, 310, 295, 305] * 6)
    found = judge_distinct(usual, [DistinctCount(distinct=512, rows=512)], feature="note", alpha=ALPHA)
    assert found.verdict is Soundness.FAULTY
    assert found.threshold == pytest.approx(302.5 / 512 + FLOOR, abs=0.001)
    assert "a fault begins at 49.1% or less and at 69.1% or more; p = " in found.reason


@pytest.mark.parametrize("distinct", [455, 512])
def test_a_change_below_the_floor_is_none_however_sure_it_is(distinct: int) -> None:
    usual = counts(*[500 * 8] * 24, rows=4096)
    found = judge_distinct(usual, [DistinctCount(distinct=distinct * 8, rows=4096)], feature="note", alpha=ALPHA)
    assert found.verdict is Soundness.SOUND
    assert "p =" not in found.reason


def test_what_wanders_by_itself_needs_to_fall_further() -> None:
    wandering = counts(380, 480, 395, 460, 420, 500, 375, 440, 410, 470)
    fallen = counts(340)
    assert judge_distinct(wandering, fallen, feature="note", alpha=ALPHA).verdict is Soundness.SOUND
    steady = counts(*[433] * 10)
    assert judge_distinct(steady, fallen, feature="note", alpha=ALPHA).verdict is Soundness.FAULTY


def test_after_a_fault_the_same_is_one_again_and_a_smaller_one_may_be_none() -> None:
    taught = counts(*[512] * 671, 2)
    assert judge_distinct(taught, counts(2), feature="note", alpha=ALPHA).verdict is Soundness.FAULTY
    assert judge_distinct(taught, counts(256), feature="note", alpha=ALPHA).verdict is Soundness.SOUND


def test_what_recurs_each_night_becomes_usual() -> None:
    taught = counts(*[*[512] * 23, 2] * 7)
    assert judge_distinct(taught, counts(2), feature="note", alpha=ALPHA).verdict is Soundness.SOUND


@pytest.mark.parametrize(
    ("history", "current", "reason"),
    [
        (USUAL[: LEAST_BUCKETS - 1], DistinctCount(distinct=1, rows=512), "7 buckets like it before, at least 8 are"),
        (USUAL, DistinctCount(distinct=1, rows=256), "0 buckets like it before, at least 8 are needed"),
        (USUAL, DistinctCount(distinct=1, rows=31), "31 rows, at least 32 are needed"),
    ],
)
def test_too_little_is_told(history: list[DistinctCount], current: DistinctCount, reason: str) -> None:
    found = judge_distinct(history, [current], feature="note", alpha=ALPHA)
    assert found.verdict is Soundness.INSUFFICIENT_DATA
    assert found.reason.startswith(reason)
    assert (found.expected, found.threshold, found.value) == (None, None, current.share)
    assert found.feature == "note"


@pytest.mark.parametrize(
    ("expected", "lower", "upper"), [(0.05, None, 0.15), (0.5, 0.4, 0.6), (0.9, 0.8, 1.0), (0.95, 0.85, None)]
)
def test_only_a_share_that_can_be_has_a_bound(expected: float, lower: float | None, upper: float | None) -> None:
    found = bounds(expected)
    assert found.lower == (None if lower is None else pytest.approx(lower))
    assert found.upper == (None if upper is None else pytest.approx(upper))


@given(
    history=st.lists(st.integers(1, 63), min_size=LEAST_BUCKETS, max_size=12),
    distinct=st.integers(1, 63),
)
def test_a_fall_is_judged_as_the_rise_of_what_is_left(history: list[int], distinct: int) -> None:
    fallen = judge_distinct(
        counts(*history, rows=64), [DistinctCount(distinct=distinct, rows=64)], feature="note", alpha=ALPHA
    )
    risen = judge_distinct(
        counts(*(64 - count for count in history), rows=64),
        [DistinctCount(distinct=64 - distinct, rows=64)],
        feature="note",
        alpha=ALPHA,
    )
    assert fallen.verdict is risen.verdict
    assert fallen.expected is not None
    assert risen.expected == pytest.approx(1 - fallen.expected)


@given(
    history=st.lists(st.integers(1, 64), min_size=LEAST_BUCKETS, max_size=12),
    distinct=st.integers(1, 64),
)
def test_a_fault_lies_beyond_the_threshold_that_is_told(history: list[int], distinct: int) -> None:
    found = judge_distinct(
        counts(*history, rows=64), [DistinctCount(distinct=distinct, rows=64)], feature="note", alpha=ALPHA
    )
    assert found.expected is not None
    assert found.threshold is not None
    assert abs(found.threshold - found.expected) == pytest.approx(FLOOR)
    if found.verdict is Soundness.FAULTY:
        assert (found.value - found.threshold) * (found.threshold - found.expected) >= 0


def looked_at(drawn: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[DistinctCount]:
    """Look at as many of the texts as the check does."""
    sizes = (size for size in SIZES if size <= len(drawn))
    return [DistinctCount(distinct=len(np.unique(drawn[:size])), rows=size) for size in sizes]


def zipf(rng: np.random.Generator, rows: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Draw texts of which some come often, and ever rarer ones without end."""
    return np.searchsorted(ZIPF, rng.random(rows)).astype(np.int64)


WEIGHTS = 1 / np.arange(1.0, 100_001.0)
ZIPF = np.cumsum(WEIGHTS) / WEIGHTS.sum()


@pytest.mark.parametrize(("rows", "share"), [(64, 0.84), (4_096, 0.51)])
def test_among_more_texts_fewer_are_distinct(rows: int, share: float) -> None:
    rng = np.random.default_rng(rows)
    assert np.mean([looked_at(zipf(rng, rows))[-1].share for _ in range(50)]) == pytest.approx(share, abs=0.02)


def test_a_busier_hour_is_not_less_distinct() -> None:
    """Among 5,000 texts fewer are distinct than among 3,000: growing traffic is no fault."""
    rng = np.random.default_rng(0)
    quiet = [zipf(rng, 2_600) for _ in range(24)]
    whole = [DistinctCount(distinct=len(np.unique(texts)), rows=2_600) for texts in quiet]
    busy = zipf(rng, 8_000)
    fell = counts(round(len(np.unique(busy)) / 8_000 * 2_600), rows=2_600)
    assert judge_distinct(whole, fell, feature="note", alpha=ALPHA).verdict is Soundness.FAULTY, "if all were looked at"
    history = [looked_at(texts)[-1] for texts in quiet]
    assert judge_distinct(history, looked_at(busy[:4_000]), feature="note", alpha=ALPHA).verdict is Soundness.SOUND
    fuller = judge_distinct(history, looked_at(busy), feature="note", alpha=ALPHA)
    assert (fuller.verdict, fuller.rows) == (Soundness.INSUFFICIENT_DATA, 4_096), "no bucket had as many"


def test_a_flood_of_like_texts_is_a_fault_though_nobody_knows_so_many() -> None:
    rng = np.random.default_rng(1)
    history = [looked_at(zipf(rng, 600))[-1] for _ in range(24)]
    flood = np.where(rng.random(8_000) < 0.9, -1, zipf(rng, 8_000))
    found = judge_distinct(history, looked_at(flood), feature="note", alpha=ALPHA)
    assert (found.verdict, found.rows) == (Soundness.FAULTY, 512)
    assert "of the newest 512 values are distinct" in found.reason


@pytest.mark.parametrize("rows", [32, 64, 512])
def test_false_faults_keep_to_their_budget(rows: int) -> None:
    """A year of hours judged by four weeks each: the budget is a quarter of one in 30 days, so three in a year."""
    rng = np.random.default_rng(rows)
    days = 365
    year = [looked_at(zipf(rng, rows)) for _ in range(days)]
    before = [bucket[-1] for bucket in year]
    faults = 0
    for now in range(28, days):  # an hour of each day, judged by a day's worth of the budget
        verdict = judge_distinct(before[now - 28 : now], year[now], feature="note", alpha=ALPHA * 24)
        faults += verdict.verdict is Soundness.FAULTY
    assert faults <= 7, "more than 7 of 3 expected has a chance of 1.2 %"
