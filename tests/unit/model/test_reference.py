"""The reference that serves a model is the one somebody set, then the most specific."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import Reference, ReferenceSource, reference_for

KEY = ModelKey(model="churn", version="v1", environment="production")


def reference(
    number: int,
    version: str | None = None,
    environment: str | None = None,
    *,
    model: str = "churn",
    source: ReferenceSource = ReferenceSource.TIME_RANGE,
    active: bool = True,
) -> Reference:
    return Reference(
        reference_id=number,
        model=model,
        version=version,
        environment=environment,
        source=source,
        description="",
        rows=1,
        window_start=None,
        window_end=None,
        active=active,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("candidate", "serves"),
    [
        (reference(1), True),
        (reference(1, "v1"), True),
        (reference(1, None, "production"), True),
        (reference(1, "v1", "production"), True),
        (reference(1, "v2"), False),
        (reference(1, None, "staging"), False),
        (reference(1, model="fraud"), False),
    ],
)
def test_a_scope_of_none_serves_everything(candidate: Reference, *, serves: bool) -> None:
    assert candidate.serves(KEY) is serves
    assert (reference_for(KEY, [candidate]) is candidate) is serves


RANKED = [
    reference(1, "v1", "production"),
    reference(2, "v1"),
    reference(3, None, "production"),
    reference(4),
    reference(9, "v1", "production", source=ReferenceSource.AUTOMATIC),
]


@pytest.mark.parametrize("first", range(len(RANKED)))
def test_one_that_was_set_outranks_an_automatic_one_and_then_the_narrowest_wins(first: int) -> None:
    for order in permutations(RANKED[first:]):
        assert reference_for(KEY, order) is RANKED[first]


def test_the_newest_of_the_same_scope_wins() -> None:
    older, newer = reference(1, "v1"), reference(2, "v1")
    assert reference_for(KEY, [newer, older]) is newer


def test_retired_references_serve_nothing() -> None:
    assert reference_for(KEY, [reference(1, active=False)]) is None
    assert reference_for(KEY, []) is None
