"""The score is the product of what its parts leave: in [0, 1], falling with each, and the classic one of its parts."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.health.classic import classic_score
from driftgauge.health.components import COMPONENTS, Yardstick
from driftgauge.health.facts import ConceptFacts, DriftFacts, Facts, JudgedFacts, TrafficFacts
from driftgauge.health.score import (
    CLASSIC_WEIGHTS,
    Part,
    Rule,
    classic_parts,
    combine,
    score_classic,
    score_components,
)
from driftgauge.model.traffic import LATENCY_BOUNDS

SHARES = st.floats(0, 1)
PARTS = st.builds(Part, component=st.just("one"), value=st.none() | SHARES, weight=SHARES, reason=st.just(""))


@given(parts=st.lists(PARTS, max_size=9))
def test_the_score_is_within_0_and_1_and_what_the_factors_come_to(parts: list[Part]) -> None:
    score = combine(parts)
    known = [part for part in parts if part.value is not None]
    assert (score is None) == (not any(part.weight > 0 for part in known))
    if score is not None:
        assert 0 <= score <= 1
        assert score == pytest.approx(prod(part.factor for part in known))
        assert score == pytest.approx(prod(1 - part.takes_away for part in parts))
        assert all(score <= part.factor + 1e-12 for part in parts)


@given(parts=st.lists(PARTS.filter(lambda part: part.value is not None), min_size=1, max_size=6), data=st.data())
def test_no_part_that_gets_worse_raises_the_score(parts: list[Part], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(parts) - 1))
    value = parts[place].value
    assert value is not None
    worse = [*parts]
    worse[place] = replace(parts[place], value=data.draw(st.floats(0, value)))
    before, after = combine(parts), combine(worse)
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert after <= before + 1e-12


@given(part=PARTS)
def test_a_part_takes_away_at_most_its_weight(part: Part) -> None:
    assert -1e-12 <= part.takes_away <= part.weight + 1e-12
    assert replace(part, value=0.0).factor == 1 - part.weight
    assert replace(part, value=1.0).factor == pytest.approx(1)
    assert replace(part, value=None).factor == 1


@given(
    rate=st.none() | SHARES,
    latency=st.none() | st.floats(0, 1e9),
    data=st.booleans(),
    concept=st.booleans(),
)
def test_the_classic_formula_is_the_product_with_its_weights(
    rate: float | None, latency: float | None, *, data: bool, concept: bool
) -> None:
    found = classic_parts(success_rate=rate, mean_latency_ms=latency, data_drift=data, concept_drift=concept)
    expected = classic_score(success_rate=rate, mean_latency_ms=latency, data_drift=data, concept_drift=concept)
    assert found.score == expected, "to the last bit"
    assert [part.component for part in found.parts] == list(CLASSIC_WEIGHTS)
    assert found.rule is Rule.CLASSIC
    if found.score is not None:
        assert combine(found.parts) == found.score


def facts(**of: object) -> Facts:
    traffic = TrafficFacts(
        hours=1,
        predictions=1000,
        successes=900,
        latency_buckets=(0, 0, 0, 0, 0, 0, 0, 1000, *[0] * (len(LATENCY_BOUNDS) - 7)),
        latency_sum=201.0,
    )
    return replace(Facts(traffic=traffic), **of)  # pyright: ignore[reportArgumentType] - by name


DRIFT = DriftFacts(drifted_features=1, judged_features=9, drifted_share=1 / 9, drifted_weight=None, reason="")
CONCEPT = ConceptFacts(watching=1, drifted=("adwin of error_rate",))


def test_the_classic_rule_reads_the_same_facts() -> None:
    by = Yardstick()
    assert score_classic(facts(), by).score == pytest.approx(0.9 * 0.8), "201 ms on average"
    assert score_classic(facts(drift=DRIFT), by).score == pytest.approx(0.9 * 0.8 * 0.7)
    assert score_classic(facts(drift=DRIFT, concept=CONCEPT), by).score == pytest.approx(0.9 * 0.8 * 0.7 * 0.6)
    nothing = score_classic(Facts(drift=DRIFT), by)
    assert nothing.score is None
    assert nothing.parts[0].reason == "0 predictions, at least 50 are needed"
    untimed = facts().traffic
    assert untimed is not None
    untimed = replace(untimed, latency_buckets=(0,) * (len(LATENCY_BOUNDS) + 1))
    assert score_classic(Facts(traffic=untimed), by).score == 0.9


def test_components_weigh_what_is_set_and_else_their_own() -> None:
    found = score_components(facts(drift=DRIFT), Yardstick(), {"success": 0.5, "data_drift": 0})
    weights = {part.component: part.weight for part in found.parts}
    assert list(weights) == list(COMPONENTS)
    assert (weights["success"], weights["data_drift"], weights["latency"]) == (0.5, 0, 0.2)
    factors = {part.component: part.factor for part in found.parts}
    assert factors["success"] == pytest.approx(0.95)
    assert factors["data_drift"] == 1
    assert found.score == pytest.approx(0.95 * factors["latency"])


def test_every_component_lowers_the_score_by_its_weight() -> None:
    wanting = JudgedFacts(judged=1, wanting=("all",))
    found = score_components(Facts(performance=wanting, quality=wanting, concept=CONCEPT), Yardstick(), {})
    assert found.score == pytest.approx(0.5 * 0.7 * 0.6)
    assert {part.component for part in found.parts if part.value is None} == {
        "success",
        "latency",
        "freshness",
        "data_drift",
        "explanation_drift",
        "logged_checks",
    }


def test_of_nothing_there_is_no_score() -> None:
    assert score_components(Facts(), Yardstick(), {}).score is None
    assert score_components(facts(), Yardstick(), {"success": 0, "latency": 0}).score is None
