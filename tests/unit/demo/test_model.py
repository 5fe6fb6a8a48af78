from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from driftgauge.demo.model import DelayModel, area_under_curve, train
from driftgauge.demo.traffic import SUMMER, TRAINING, Parts

if TYPE_CHECKING:
    from driftgauge.demo.flights import Flights


def test_the_same_seed_gives_the_same_scores(flights: Flights, parts: Parts) -> None:
    some = flights.between(*TRAINING).take(np.arange(5_000))
    first, second = train(some, seed=3), train(some, seed=3)
    assert np.array_equal(first.score(parts.winter.features), second.score(parts.winter.features))


def test_the_model_has_learnt_something_that_lasts(flights: Flights, model: DelayModel, parts: Parts) -> None:
    assert area_under_curve(model, parts.history) > 0.65
    assert area_under_curve(model, flights.between(*SUMMER)) > 0.65


def test_scores_are_probabilities_even_for_unknown_categories(model: DelayModel, parts: Parts) -> None:
    features = {name: column[:50] for name, column in parts.summer.features.items()}
    unknown = {**features, "carrier": np.array(["??"] * 50, dtype=object), "dest": np.array([None] * 50, dtype=object)}
    for batch in (features, unknown):
        scores = model.score(batch)
        assert ((scores > 0) & (scores < 1)).all()
