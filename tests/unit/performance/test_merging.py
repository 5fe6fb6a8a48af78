"""Counts add up and are taken back: whatever the order, they are those of a full recount."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from driftgauge.performance.binary import BinaryCounts, count_binary
from driftgauge.performance.codec import decode, encode
from driftgauge.performance.metric import Counts
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.registry import measured
from driftgauge.performance.regression import RegressionCounts, count_regression
from driftgauge.performance.sums import exact_sum, fraction, pair, times
from driftgauge.performance.unlabelled import ConfidenceCounts, ScoreCounts, count_said, count_scores

CLASSES: Final = ("a", "b")
labels = st.integers(0, 1)
scores = st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, 0.65, 1e-12, 1 - 1e-12]))
values = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1e-9, -1.0, 1e15, 1e40, float("nan")]))
names = st.sampled_from(["a", "b", "c", "d"])

Row = tuple[int, int, float | None] | tuple[str, str, float | None] | tuple[float, float]


class Kind(ABC):
    """How one task's rows are counted and merged."""

    @abstractmethod
    def count(self, rows: Sequence[Row]) -> Counts:
        """Count some rows."""

    @abstractmethod
    def merge(self, counts: Sequence[Counts]) -> Counts:
        """Add counts up."""


class Binary(Kind):
    def count(self, rows: Sequence[Row]) -> BinaryCounts:
        scores = [row[2] if len(row) > 2 else None for row in rows]
        return count_binary([row[0] for row in rows], [row[1] for row in rows], scores)

    def merge(self, counts: Sequence[Counts]) -> Counts:
        return BinaryCounts.merged(one for one in counts if isinstance(one, BinaryCounts))


class Multiclass(Kind):
    def count(self, rows: Sequence[Row]) -> MulticlassCounts:
        confidences = [row[2] if len(row) > 2 else None for row in rows]
        return count_multiclass([str(row[0]) for row in rows], [str(row[1]) for row in rows], CLASSES, confidences)

    def merge(self, counts: Sequence[Counts]) -> Counts:
        return MulticlassCounts.merged(CLASSES, (one for one in counts if isinstance(one, MulticlassCounts)))


class Regression(Kind):
    def count(self, rows: Sequence[Row]) -> RegressionCounts:
        return count_regression([float(row[0]) for row in rows], [float(row[1]) for row in rows])

    def merge(self, counts: Sequence[Counts]) -> Counts:
        return RegressionCounts.merged(one for one in counts if isinstance(one, RegressionCounts))


KINDS: Final = {
    "binary": (Binary(), st.tuples(labels, labels, scores)),
    "multiclass": (Multiclass(), st.tuples(names, names, scores)),
    "regression": (Regression(), st.tuples(values, values)),
}
every_kind = pytest.mark.parametrize("kind", list(KINDS))


def minus(whole: Counts, taken: Counts) -> Counts:
    if isinstance(whole, BinaryCounts) and isinstance(taken, BinaryCounts):
        return whole.minus(taken)
    if isinstance(whole, MulticlassCounts) and isinstance(taken, MulticlassCounts):
        return whole.minus(taken)
    assert isinstance(whole, RegressionCounts)
    assert isinstance(taken, RegressionCounts)
    return whole.minus(taken)


@every_kind
@given(data=st.data())
def test_any_order_of_adds_merges_and_corrections_equals_a_full_recount(kind: str, data: st.DataObject) -> None:
    counted, row = KINDS[kind]
    first = data.draw(st.lists(row, max_size=12))
    corrected = data.draw(st.lists(row, min_size=len(first), max_size=len(first)))
    changed = [data.draw(st.booleans()) for _ in first]
    now = [new if change else old for old, new, change in zip(first, corrected, changed, strict=True)]
    parts = [counted.count([old]) for old in first]
    for old, new, change in zip(first, corrected, changed, strict=True):
        if change:
            parts.append(minus(counted.count([new]), counted.count([old])))
    shuffled = data.draw(st.permutations(parts))
    while len(shuffled) > 1:  # merge neighbours at any place: the tree of merges is arbitrary, too
        place = data.draw(st.integers(0, len(shuffled) - 2))
        shuffled[place : place + 2] = [counted.merge(shuffled[place : place + 2])]
    assert encode(counted.merge(shuffled)) == encode(counted.count(now))  # every bit: even the sums are exact


@every_kind
@given(data=st.data())
def test_merging_is_commutative_and_minus_undoes_it(kind: str, data: st.DataObject) -> None:
    counted, row = KINDS[kind]
    one, other = (counted.count(data.draw(st.lists(row, max_size=8))) for _ in range(2))
    whole = counted.merge([one, other])
    assert encode(whole) == encode(counted.merge([other, one]))
    assert encode(minus(whole, other)) == encode(one)


@every_kind
@given(data=st.data())
def test_metrics_of_merged_counts_are_those_of_all_rows(kind: str, data: st.DataObject) -> None:
    counted, row = KINDS[kind]
    rows = data.draw(st.lists(row, max_size=16))
    cut = data.draw(st.integers(0, len(rows)))
    merged = measured(counted.merge([counted.count(rows[:cut]), counted.count(rows[cut:])]))
    for name, expected in measured(counted.count(rows)).items():
        found = merged[name]
        assert (found.value is None, found.reason, found.rows) == (
            expected.value is None,
            expected.reason,
            expected.rows,
        )
        if expected.value is not None:
            assert found.value == pytest.approx(expected.value, rel=1e-9)
            assert np.isfinite(expected.value)
            assert expected.error is None or expected.error >= 0


@every_kind
@given(data=st.data())
def test_counts_are_read_back_as_they_were_written(kind: str, data: st.DataObject) -> None:
    counted, row = KINDS[kind]
    whole = counted.count(data.draw(st.lists(row, max_size=8)))
    for counts in (whole, minus(counted.count([]), whole)):
        written = encode(counts)
        assert encode(decode(written)) == written
        assert type(decode(written)) is type(counts)


@given(st.lists(st.tuples(labels, scores), max_size=8), st.lists(st.tuples(labels, scores), max_size=8))
def test_scores_without_outcomes_merge_and_are_read_back(
    first: list[tuple[int, float | None]], later: list[tuple[int, float | None]]
) -> None:
    one, other = (count_scores([row[0] for row in rows], [row[1] for row in rows]) for rows in (first, later))
    whole = ScoreCounts.merged([one, other])
    assert encode(whole) == encode(ScoreCounts.merged([other, one]))
    assert encode(whole.minus(other)) == encode(one)
    assert encode(decode(encode(whole))) == encode(whole)


@given(st.lists(st.tuples(names, names, scores), max_size=8), st.lists(st.tuples(names, names, scores), max_size=8))
def test_confidences_without_outcomes_merge_and_are_read_back(
    first: list[tuple[str, str, float | None]], later: list[tuple[str, str, float | None]]
) -> None:
    one, other, both = (
        count_said([said for _, said, _ in rows], CLASSES, [sure for _, _, sure in rows])
        for rows in (first, later, first + later)
    )
    assert encode(one.plus(other)) == encode(other.plus(one)) == encode(both)
    assert encode(ConfidenceCounts.empty(CLASSES).plus(one)) == encode(one)
    assert encode(decode(encode(both))) == encode(both)
    assert encode(ConfidenceCounts.of(Multiclass().count(first))) == encode(one)


@every_kind
@given(data=st.data())
def test_a_correction_alone_has_no_metrics_and_raises_nothing(kind: str, data: st.DataObject) -> None:
    counted, row = KINDS[kind]
    old, new = (counted.count(data.draw(st.lists(row, max_size=4))) for _ in range(2))
    for found in measured(minus(new, old)).values():
        assert found.value is None or np.isfinite(found.value)
        assert found.value is not None or found.reason
    if old.n:
        taken = measured(minus(counted.count([]), old)).values()
        assert {found.reason for found in taken} == {
            "more rows were taken away than were there: this is a correction to be merged"
        }


def test_true_values_that_hardly_differ_explain_no_share_of_huge_errors() -> None:
    found = measured(count_regression([0.0, 1.0886809078016377e-84], [1.0, 0.0]))["r2"]
    assert (found.value, found.rows) == (None, 2)
    assert found.reason == "the true values of all 2 rows are the same, next to the errors"


def test_a_correction_uncovers_what_a_wrong_outcome_hid() -> None:
    typo, right = count_regression([1e30], [2.0]), count_regression([1.0], [2.0])
    rest = count_regression(np.arange(100.0), np.arange(100.0) + 0.25)
    corrected = RegressionCounts.merged([rest, typo]).minus(typo).plus(right)
    assert measured(corrected)["mae"].value == pytest.approx((25 + 1) / 101, rel=1e-12)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "0 bytes are no counts"),
        (b"\x09", "unknown format 9 of counts"),
        (encode(BinaryCounts.empty())[:-3], "bytes are no counts"),
        (encode(RegressionCounts.empty()) + b"\x00\x00", "2 bytes follow the counts"),
    ],
)
def test_bytes_that_are_no_counts_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(data)


def test_a_cohort_of_few_rows_takes_few_bytes() -> None:
    rng = np.random.default_rng(5)
    drawn = rng.random(1_000)
    assert len(encode(count_binary(drawn[:10] > 0.5, drawn[:10] > 0.5, drawn[:10]))) < 300
    assert len(encode(count_binary(drawn > 0.5, drawn > 0.4, drawn))) < 12_000


def test_many_classes_and_many_rows_are_written_wider() -> None:
    classes = [f"class {number}" for number in range(300)]
    counts = count_multiclass(classes * 2, classes * 2, classes)
    assert encode(decode(encode(counts))) == encode(counts)
    many = replace(MulticlassCounts.empty(["a"]), confusion=counts.confusion[:2, :2] * 2**40)
    assert encode(decode(encode(many))) == encode(many)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40))
def test_sums_are_exact(drawn: list[float]) -> None:
    found = fraction(exact_sum(np.array(drawn, dtype=np.float64)))
    assert found == sum((Fraction(value) for value in drawn), Fraction(0))


@given(st.floats(-1e60, 1e60), st.floats(-1e60, 1e60))
def test_products_are_exact_to_thirty_digits(one: float, other: float) -> None:
    assume(abs(one * other) > 1e-200 or not one * other)
    product = times(times(pair(np.array(one)), pair(np.array(other))), pair(np.array(other)))
    exact = Fraction(one) * Fraction(other) ** 2
    assert abs(fraction(exact_sum(product)) - exact) <= abs(exact) / 10**30 + Fraction(1, 10**300)
