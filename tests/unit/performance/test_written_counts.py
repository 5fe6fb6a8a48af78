"""Counts that were written once are read for ever: neither the bins nor the bytes may change under them."""

from __future__ import annotations

import pytest

from driftgauge.performance.binary import count_binary
from driftgauge.performance.codec import decode, encode
from driftgauge.performance.multiclass import count_multiclass
from driftgauge.performance.regression import count_regression
from driftgauge.performance.score_bins import EDGES
from driftgauge.performance.unlabelled import count_said, count_scores

WRITTEN = {
    "binary": (
        count_binary([1, 0], [1, 0], [0.5, None]),
        "010200000001e803af0d01010000000001000000000131040700ef39fafe422e1631040700c762c1ffde5f0f64040100016204010001",
    ),
    "multiclass": (
        count_multiclass(["a", "z"], ["a", "y"], ["a"]),
        "02050000005b2261225d0200000001000003000101",
    ),
    "multiclass with confidences": (
        count_multiclass(["a", "z"], ["a", "y"], ["a"], [0.5, 0.75]),
        "05050000005b2261225d020000000100000300010102000000014601f4010101",
    ),
    "confidences": (
        count_said(["a", "y"], ["a"], [0.5, 0.75]),
        "06020000000200000001640046010101",
    ),
    "scores": (
        count_scores([1, 0], [0.25, 0.75]),
        "040200000001790257050101020000000479025605bb26162445d9e91b",
    ),
}


REGRESSION = (
    "0303000000010000010002000202020000010000000001000000000100006604010003660401000566040100096604010011000001000000"
    "000100000000010000000001000000000100000000010000"
)


@pytest.mark.parametrize("name", list(WRITTEN))
def test_the_bytes_stay_as_they_were_first_written(name: str) -> None:
    counts, written = WRITTEN[name]
    assert encode(counts).hex() == written
    assert encode(decode(bytes.fromhex(written))).hex() == written


def test_a_regressors_bytes_are_those_of_the_first_release() -> None:
    written = encode(count_regression([1.0, 2.0], [1.0, 2.0])).hex()
    assert written == REGRESSION


def test_the_edges_of_the_bins_stay() -> None:
    chosen = [EDGES[place].item() for place in (0, 1, 100, 250, 400, 499, 500, 600, 999, 1000)]
    first = [8.335e-11, 2.9976091e-06, 0.05486625597025, 0.31166628383161, 0.49809397731044]
    assert chosen == [0.0, *first, 0.5, 0.68833371616839, 0.99999999991665, 1.0]
