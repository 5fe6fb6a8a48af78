"""What is set of health: weights of components that there are, per model, by a rule that uses them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError
from driftgauge.health.components import COMPONENTS

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "driftgauge.yml"
KNOWN: Final = ", ".join(COMPONENTS)


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / NAME
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS, components=COMPONENTS)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_the_narrowest_setting_wins_weight_by_weight(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """\
health:
  weights: {latency: 0.5, data_drift: 0.1}
  latency_objective: 100ms
models:
  flights:
    health: {weights: {latency: 0}, latency_objective: 2s, threshold: 0, minimum_predictions: 7}
  plain:
    health: {latency_target: 1}
  simple:
    health: {rule: components}
""",
    )
    flights, others = settings.health_of("flights"), settings.health_of("churn")
    assert flights.weights == {"latency": 0, "data_drift": 0.1}
    assert (flights.latency_objective, flights.threshold) == (timedelta(seconds=2), 0)
    assert (flights.minimum_predictions, flights.latency_target) == (7, 0.95)
    assert others == settings.health
    assert others.weights == {"latency": 0.5, "data_drift": 0.1}
    assert settings.health_of("plain").latency_target == 1
    assert settings.health_of("simple").rule == "components"


def test_an_unknown_component_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    text = """\
health:
  weights: {latncy: 0.5, mood: 1}
models:
  m: {health: {weights: {fresh: 0}}}
"""
    none, also = "no component of health is named", f"; known: {KNOWN}"
    assert problems(tmp_path, text) == [
        f"{NAME}:2: health.weights.latncy: {none} latncy; did you mean latency?{also}",
        f"{NAME}:2: health.weights.mood: {none} mood{also}",
        f"{NAME}:4: models.m.health.weights.fresh: {none} fresh; did you mean freshness?{also}",
    ]


def test_components_that_nobody_knows_are_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text("health: {weights: {mine: 1}}", encoding="utf-8")
    assert load_config(path, environ={}, known_tests=DEFAULT_TESTS).health.weights == {"mine": 1}


def test_weights_that_the_classic_rule_would_not_use_are_told(tmp_path: Path) -> None:
    refused = "are of the rule components; the classic rule has its own"
    assert problems(tmp_path, "health: {rule: classic, weights: {latency: 0.5}}") == [
        f"{NAME}:1: health.weights: {refused}"
    ]
    text = """\
health: {weights: {latency: 0.5}}
models:
  m: {health: {rule: classic}}
  n:
    health: {rule: classic, weights: {success: 0.5}}
"""
    assert problems(tmp_path, text) == [f"{NAME}:5: models.n.health.weights: {refused}"]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ("weights: {latency: 1.1}", "weights.latency"),
        ("weights: {latency: -0.1}", "weights.latency"),
        ("weights: {latency: .nan}", "weights.latency"),
        ("latency_target: 0", "latency_target"),
        ("latency_objective: 11s", "latency_objective"),
        ("latency_objective: 100", "latency_objective"),
        ("minimum_predictions: 0", "minimum_predictions"),
        ("threshold: 2", "threshold"),
        ("rule: mine", "rule"),
        ("window: 2d", "window"),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path: Path, keys: str, key: str) -> None:
    [told] = problems(tmp_path, f"health: {{{keys}}}")
    assert told.startswith(f"{NAME}:1: health.{key}: ")
