"""The classic rule, the four states, sign flips, and the order of importance: each against what it is defined as."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.explanation.attributions import Attribution
from driftgauge.explanation.classic import mean_difference, mean_difference_of
from driftgauge.explanation.crossing import State, cross, describe
from driftgauge.explanation.order import compare_order
from driftgauge.explanation.signs import ASSUMED, sign_flip, straying
from driftgauge.model.verdict import Verdict

SHAP = np.array([0.3, 0.4, 0.35, 0.3, 0.4])  # mean .35
MOVED = np.array([0.2, 0.25, 0.3, 0.22, 0.23])  # mean .24


def test_the_classic_rule_on_fixed_arrays() -> None:
    found = mean_difference_of(SHAP, MOVED)
    assert found.reference_mean == pytest.approx(0.35)
    assert found.current_mean == pytest.approx(0.24)
    assert found.difference == pytest.approx(0.11)
    assert found.drifted
    assert not mean_difference_of(SHAP, SHAP - 0.02).drifted


def test_the_classic_rule_is_strict_in_float64() -> None:
    assert not mean_difference(0.25, 0.125, threshold=0.125).drifted
    assert mean_difference(0.25, 0.125 - 2**-54, threshold=0.125).drifted
    assert mean_difference(0.4, 0.3).drifted  # 0.4 - 0.3 is a little more than 0.1 in float64
    assert not mean_difference(0.3, 0.2).drifted  # and 0.3 - 0.2 a little less


def test_the_classic_rule_is_blind_to_a_change_of_the_spread() -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(0.0, 0.05, 1_000)
    after = rng.normal(0.0, 0.5, 1_000)
    assert not mean_difference_of(before - before.mean(), after - after.mean() + 0.02).drifted


@pytest.mark.parametrize(("reference", "current", "threshold"), [(np.nan, 0, 0.1), (0, np.inf, 0.1), (0, 0, -1)])
def test_the_classic_rule_refuses_what_it_cannot_compare(reference: float, current: float, threshold: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        mean_difference(reference, current, threshold=threshold)
    with pytest.raises(ValueError, match="at least one"):
        mean_difference_of([], [1.0])


def test_four_states_and_what_could_not_be_told() -> None:
    judged = (Verdict.STABLE, Verdict.DRIFTED)
    states = [cross(inputs, reasoning) for inputs, reasoning in itertools.product(judged, judged)]
    assert states == [State.UNCHANGED, State.REASONING_CHANGED, State.INPUTS_CHANGED, State.BOTH_CHANGED]
    for untold in (None, Verdict.NO_DATA, Verdict.INSUFFICIENT_DATA):
        assert cross(untold, Verdict.DRIFTED) is None
        assert cross(Verdict.DRIFTED, untold) is None
    assert describe(None, Verdict.STABLE) == "reasoning did not change; inputs were not judged"
    assert describe(Verdict.DRIFTED, None) == "inputs changed; reasoning was not judged"
    assert describe(None, None) == "reasoning and inputs were not judged"
    assert len({describe(inputs, reasoning) for inputs, reasoning in itertools.product(judged, judged)}) == 4


@given(before=st.floats(0.01, 0.99), after=st.floats(0.01, 0.99), n=st.integers(30, 10_000))
def test_sign_flips_are_symmetric_and_zero_without_one(before: float, after: float, n: int) -> None:
    one, other = (Attribution(n=n, signed=n, positive_share=share) for share in (before, after))
    found, back = sign_flip(one, other, ASSUMED), sign_flip(other, one, ASSUMED)
    assert found is not None
    assert back is not None
    assert found.rate == back.rate == abs(before - after)
    assert 0 <= found.p_value <= 1
    same = sign_flip(one, one, 0.0)
    assert same is not None
    assert (same.rate, same.p_value) == (0.0, 1.0)


def test_without_signs_there_is_no_flip() -> None:
    nothing, some = Attribution(n=9, signed=0), Attribution(n=9, signed=9, positive_share=0.5)
    assert sign_flip(nothing, some, 0.1) is None
    assert sign_flip(some, nothing, 0.1) is None


def test_straying_is_what_sampling_does_not_explain() -> None:
    rng = np.random.default_rng(1)

    def buckets(levels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[Attribution]:
        return [Attribution(n=400, signed=400, positive_share=float(rng.binomial(400, p) / 400)) for p in levels]

    assert straying(buckets(np.full(200, 0.5))) < 0.015
    assert straying(buckets(rng.normal(0.5, 0.1, 200))) == pytest.approx(0.1, rel=0.2)
    assert straying(buckets(np.full(7, 0.5))) == ASSUMED
    assert straying([Attribution(n=9, signed=9, positive_share=1.0)] * 50) == ASSUMED
    assert straying([Attribution(n=40, signed=0)] * 50) == ASSUMED


def attribution(magnitude: float | None, *, n: int = 500, deviation: float = 0.6) -> Attribution:
    if magnitude is None:
        return Attribution(n=0, signed=0)
    return Attribution(n=n, signed=n, mean=0.0, magnitude=magnitude, deviation=deviation, positive_share=0.5)


def test_an_order_that_few_predictions_cannot_tell_is_not_told() -> None:
    before = {"a": attribution(0.5), "b": attribution(0.45), "c": attribution(0.1)}
    after = {"a": before["c"], "b": before["b"], "c": before["a"]}
    sure = compare_order(before, after)
    assert sure.ndcg is not None
    assert sure.ndcg < 0.9
    assert sure.by_chance is not None
    assert sure.drifted
    few = {name: attribution(one.magnitude, n=5) for name, one in before.items()}
    unsure = compare_order(few, {"a": few["c"], "b": few["b"], "c": few["a"]})
    assert unsure.ndcg == sure.ndcg
    assert not unsure.drifted


def test_an_order_of_nothing_or_of_what_vanished() -> None:
    nothing = {"a": attribution(0.0), "b": attribution(None)}
    assert compare_order(nothing, nothing).ndcg is None
    assert not compare_order(nothing, nothing).drifted
    before = {"a": attribution(0.9), "b": attribution(0.1), "c": attribution(None)}
    gone = compare_order(before, {"a": attribution(None), "b": attribution(0.1), "c": attribution(0.2)})
    assert gone.drifted
    assert compare_order(before, before) == compare_order(before, before)
