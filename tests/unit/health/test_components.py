"""Each component is in [0, 1], falls with what it looks at, and is unknown where nothing is known of that."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.health.components import COMPONENTS, Yardstick, share_within
from driftgauge.health.facts import (
    CheckFacts,
    ConceptFacts,
    DriftFacts,
    Facts,
    JudgedFacts,
    SilenceFacts,
    TrafficFacts,
)
from driftgauge.model.traffic import LATENCY_BOUNDS

BY: Final = Yardstick()
SLOTS: Final = len(LATENCY_BOUNDS) + 1


def value(component: str, facts: Facts, by: Yardstick = BY) -> float | None:
    return COMPONENTS[component].measure(facts, by).value


def why(component: str, facts: Facts) -> str:
    return COMPONENTS[component].measure(facts, BY).reason


def traffic(predictions: int = 100, successes: int | None = None, *, slot: int = 0) -> Facts:
    """Return predictions that all took as long as a bucket of latencies says."""
    buckets = tuple(predictions if place == slot else 0 for place in range(SLOTS))
    return Facts(
        traffic=TrafficFacts(
            hours=1,
            predictions=predictions,
            successes=predictions if successes is None else successes,
            latency_buckets=buckets,
            latency_sum=0.0,
        )
    )


def drift(share: float | None, weight: float | None = None, *, drifted: int = 1) -> Facts:
    found = DriftFacts(
        drifted_features=drifted, judged_features=4, drifted_share=share, drifted_weight=weight, reason="too few rows"
    )
    return Facts(drift=found)


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_nobody_knows_is_unknown_and_says_why(name: str) -> None:
    found = COMPONENTS[name].measure(Facts(), BY)
    assert found.value is None
    assert found.reason
    assert COMPONENTS[name].name == name
    assert 0 < COMPONENTS[name].weight <= 1


def test_success_is_the_share_that_succeeded_of_enough_predictions() -> None:
    assert value("success", traffic(50, 40)) == 0.8
    assert value("success", traffic(50, 0)) == 0
    assert value("success", traffic(49, 0)) is None
    assert why("success", traffic(49, 0)) == "49 predictions, at least 50 are needed"
    assert value("success", traffic(3, 0), Yardstick(minimum_predictions=1)) == 0


@pytest.mark.parametrize(("slot", "expected"), [(0, 1.0), (6, 1.0), (7, 2 / 3 / 0.95), (8, 0.0), (SLOTS - 1, 0.0)])
def test_latency_is_the_share_within_the_objective_by_its_target(slot: int, expected: float) -> None:
    assert value("latency", traffic(slot=slot)) == pytest.approx(expected)


def test_latencies_that_are_none_are_too_few() -> None:
    facts = traffic(100)
    assert facts.traffic is not None
    unknown = TrafficFacts(hours=1, predictions=100, successes=100, latency_buckets=(0,) * SLOTS, latency_sum=0)
    assert value("latency", Facts(traffic=unknown)) is None
    assert why("latency", Facts(traffic=unknown)) == "0 latencies, at least 50 are needed"


@given(seed=st.integers(0, 2**32), objective=st.floats(0.001, 10))
def test_the_share_within_is_off_by_at_most_the_bucket_of_the_objective(seed: int, objective: float) -> None:
    latencies = np.random.default_rng(seed).lognormal(-2, 1.5, 500)
    slots = np.searchsorted(LATENCY_BOUNDS, latencies)
    buckets = [int(count) for count in np.bincount(slots, minlength=SLOTS)]
    exact = float((latencies <= objective).mean())
    place = int(np.searchsorted(LATENCY_BOUNDS, objective))
    assert abs(share_within(buckets, objective) - exact) <= buckets[place] / 500 + 1e-12


@pytest.mark.parametrize("bound", LATENCY_BOUNDS)
def test_the_share_within_a_bound_is_exact(bound: float) -> None:
    buckets = list(range(1, SLOTS + 1))
    place = LATENCY_BOUNDS.index(bound)
    assert share_within(buckets, bound) == pytest.approx(sum(buckets[: place + 1]) / sum(buckets))


@given(buckets=st.lists(st.integers(0, 1000), min_size=SLOTS, max_size=SLOTS).filter(any), data=st.data())
def test_a_longer_objective_holds_no_less(buckets: list[int], data: st.DataObject) -> None:
    first, second = sorted(data.draw(st.tuples(st.floats(0.001, 10), st.floats(0.001, 10))))
    assert 0 <= share_within(buckets, first) <= share_within(buckets, second) + 1e-12 <= 1 + 2e-12


def test_drift_of_data_goes_by_importance_where_that_is_known() -> None:
    assert value("data_drift", drift(0.25)) == 0.75
    assert value("data_drift", drift(0.25, 0.9)) == pytest.approx(0.1)
    assert why("data_drift", drift(0.25, 0.9)) == "1 of 4 features drifted, with 90 % of the importance"
    assert value("data_drift", drift(None)) is None
    assert why("data_drift", drift(None)) == "too few rows"


def test_any_recent_drift_of_the_concept_takes_all() -> None:
    assert value("concept_drift", Facts(concept=ConceptFacts(watching=0, drifted=()))) is None
    assert value("concept_drift", Facts(concept=ConceptFacts(watching=3, drifted=()))) == 1
    names = tuple(f"adwin of m{place}" for place in range(5))
    found = Facts(concept=ConceptFacts(watching=9, drifted=names))
    assert value("concept_drift", found) == 0
    assert why("concept_drift", found) == "drifted by adwin of m0, adwin of m1, adwin of m2, 2 more"


@pytest.mark.parametrize(
    ("name", "field"),
    [("performance", "performance"), ("data_quality", "quality"), ("explanation_drift", "explanations")],
)
def test_what_is_judged_counts_by_its_share(name: str, field: str) -> None:
    def facts(judged: int, *wanting: str) -> Facts:
        return Facts(**{field: JudgedFacts(judged=judged, wanting=wanting)})  # pyright: ignore[reportArgumentType] - by name

    assert value(name, facts(0)) is None
    assert value(name, facts(4)) == 1
    assert value(name, facts(4, "a")) == 0.75
    assert value(name, facts(2, "a", "b")) == 0
    assert why(name, facts(4, "a")).endswith(": a")


@pytest.mark.parametrize(("silent", "expected"), [(0, 1), (3600, 1), (5400, 0.75), (7200, 0.5), (10_800, 0), (9e9, 0)])
def test_freshness_falls_from_the_usual_silence_to_three_times_it(silent: float, expected: float) -> None:
    assert value("freshness", Facts(silence=SilenceFacts(silent=silent, limit=3600))) == pytest.approx(expected)


@pytest.mark.parametrize("limit", [None, 0.0])
def test_a_silence_without_a_limit_is_unknown(limit: float | None) -> None:
    assert value("freshness", Facts(silence=SilenceFacts(silent=9, limit=limit))) is None


@pytest.mark.parametrize(
    ("status", "score", "expected"),
    [
        ("healthy", 1.0, 1.0),
        ("healthy", 0.4, 0.4),
        ("healthy", -3.0, 0.0),
        ("healthy", math.inf, 1.0),
        ("unhealthy", 1.0, 0.0),
        ("unhealthy", 0.4, 0.4),
        ("degraded", 1.0, 1.0),
    ],
)
def test_a_logged_check_counts_by_its_score(status: str, score: float, expected: float) -> None:
    assert value("logged_checks", Facts(check=CheckFacts(status=status, score=score))) == expected


def test_a_long_status_is_cut() -> None:
    assert len(why("logged_checks", Facts(check=CheckFacts(status="x" * 9_000, score=1.0)))) < 60


def judged() -> st.SearchStrategy[JudgedFacts]:
    return st.integers(0, 50).flatmap(
        lambda many: st.integers(0, many).map(
            lambda wanting: JudgedFacts(judged=many, wanting=tuple(map(str, range(wanting))))
        )
    )


def all_facts() -> st.SearchStrategy[Facts]:
    shares = st.floats(0, 1)
    return st.builds(
        Facts,
        traffic=st.none()
        | st.builds(
            TrafficFacts,
            hours=st.just(1.0),
            predictions=st.integers(100, 10_000),
            successes=st.integers(0, 100),
            latency_buckets=st.lists(st.integers(0, 100), min_size=SLOTS, max_size=SLOTS).map(tuple),
            latency_sum=st.floats(0, 1e6),
        ),
        silence=st.none() | st.builds(SilenceFacts, silent=st.floats(0, 1e9), limit=st.none() | st.floats(0, 1e7)),
        drift=st.none()
        | st.builds(
            DriftFacts,
            drifted_features=st.integers(0, 9),
            judged_features=st.integers(0, 9),
            drifted_share=st.none() | shares,
            drifted_weight=st.none() | shares,
            reason=st.just("why"),
        ),
        concept=st.none()
        | st.builds(ConceptFacts, watching=st.integers(0, 3), drifted=st.lists(st.just("adwin")).map(tuple)),
        performance=st.none() | judged(),
        quality=st.none() | judged(),
        explanations=st.none() | judged(),
        check=st.none()
        | st.builds(CheckFacts, status=st.sampled_from(["healthy", "unhealthy"]), score=st.floats(allow_nan=False)),
    )


@given(facts=all_facts(), objective=st.floats(0.001, 10), target=st.floats(0.01, 1))
def test_every_component_stays_within_0_and_1(facts: Facts, objective: float, target: float) -> None:
    by = Yardstick(latency_objective=objective, latency_target=target)
    for component in COMPONENTS.values():
        found = component.measure(facts, by)
        assert found.value is None or 0 <= found.value <= 1
        assert found.reason
