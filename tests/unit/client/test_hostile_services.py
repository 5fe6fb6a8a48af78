"""Calls are counted and raise nothing, whatever they are given."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from driftgauge.client import Drop
from driftgauge.client.finishing import finished
from driftgauge.client.spool import Spool
from fixtures.soak import amount
from unit.client.doubles import Recorded, recorded
from unit.client.hostile import Unspeakable, hostile

KEY: Final = uuid4()


def maybe(rng: random.Random, usual: object) -> Any:  # noqa: ANN401 - that is the point
    return hostile(rng) if rng.random() < 0.4 else usual


def within_a_call(logger: Recorded, rng: random.Random) -> None:
    with logger.predict(maybe(rng, {"a": 1}), user_id=maybe(rng, "u"), timestamp=maybe(rng, None)) as call:
        call.prediction, call.score, call.confidence = (maybe(rng, 1) for _ in range(3))
        call.status = maybe(rng, "success")


def decorated(logger: Recorded, rng: random.Random) -> None:
    result = maybe(rng, 1)

    @logger.logged
    def model(features: object) -> object:
        del features
        return result

    assert model(maybe(rng, {"a": 1})) is result


ONE_ROW: Final[tuple[Callable[[Recorded, random.Random], object], ...]] = (
    lambda it, rng: it.log_prediction(
        maybe(rng, {"a": hostile(rng)}),
        latency_ms=maybe(rng, 1),
        prediction=hostile(rng),
        score=maybe(rng, 0.5),
        confidence=maybe(rng, 0.5),
        status=maybe(rng, "success"),
        user_id=maybe(rng, "u"),
        segment=maybe(rng, "s"),
        prediction_id=maybe(rng, None),
        timestamp=maybe(rng, None),
    ),
    lambda it, rng: it.log_outcome(maybe(rng, KEY), hostile(rng), timestamp=maybe(rng, None)),
    lambda it, rng: it.log_metric(maybe(rng, "auc"), maybe(rng, 1), maybe(rng, ""), timestamp=maybe(rng, None)),
    lambda it, rng: it.log_health_check(maybe(rng, "healthy"), maybe(rng, 1), maybe(rng, [hostile(rng)])),
    within_a_call,
    decorated,
)

MANY_ROWS: Final[tuple[Callable[[Recorded, random.Random], object], ...]] = (
    lambda it, rng: it.log_predictions(
        maybe(rng, [{"a": hostile(rng)}, {"a": 1}]),
        latency_ms=maybe(rng, [1, 2]),
        prediction=maybe(rng, [hostile(rng), 1]),
        score=maybe(rng, 0.5),
        prediction_id=maybe(rng, None),
        timestamp=maybe(rng, None),
        names=maybe(rng, None),
    ),
    lambda it, rng: it.log_outcomes(
        maybe(rng, [KEY, KEY]), maybe(rng, ["a", hostile(rng)]), timestamp=maybe(rng, None)
    ),
    lambda it, rng: it.log_feature_importance(maybe(rng, {"a": maybe(rng, 1)}), timestamp=maybe(rng, None)),
    lambda it, rng: it.log_shap_values(
        maybe(rng, KEY),
        maybe(rng, {"a": maybe(rng, 1)}),
        base_value=maybe(rng, None),
        feature_values=maybe(rng, {"a": hostile(rng)}),
        method=maybe(rng, "tree_shap"),
    ),
    lambda it, rng: it.log_lime_explanation(
        maybe(rng, KEY), maybe(rng, {"a": maybe(rng, 1)}), feature_values=maybe(rng, None), timestamp=maybe(rng, None)
    ),
)

KNOWN_TYPES: Final = {str, bytes, float, int, type(None)}


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_hostile_services_are_endured(tmp_path: Path) -> None:
    rng = random.Random(11)  # noqa: S311 - reproducible
    spool = Spool(tmp_path, limit=1 << 40)
    for _ in range(amount(5_000, soak=100_000) // 500):
        logger = recorded()
        for _ in range(500):
            before = logger.stats().accepted
            rng.choice(ONE_ROW)(logger, rng)
            assert logger.stats().accepted == before + 1
            rng.choice(MANY_ROWS)(logger, rng)
        stats = logger.stats()
        assert stats.accepted == stats.queued + sum(stats.dropped.values())
        assert stats.queued == len(logger.shelf.rows) > 100
        for row in logger.shelf.rows:
            assert all(type(value) in KNOWN_TYPES or isinstance(value, bytes | datetime) for value in row[1])
            for value in finished(row):
                assert not isinstance(value, str) or b"\x00" not in value.encode()
        journal = spool.append(logger.shelf.rows, apart=True)
        assert len(spool.load(journal)) == len(logger.shelf.rows)
        spool.remove(journal)
    spool.close()


def test_a_call_in_a_broken_place_does_not_hide_the_services_error(logger: Recorded) -> None:
    with pytest.raises(ZeroDivisionError), logger.predict({"a": 1}, user_id=Unspeakable()):
        _ = 1 / 0
    assert logger.stats().dropped[Drop.INVALID] == 1
