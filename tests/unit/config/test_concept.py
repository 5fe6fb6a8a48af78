"""What is set of concept drift: per model, detector and parameter, checked by the detectors themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.concept.registry import DETECTORS, READERS
from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "driftgauge.yml"
KNOWN: Final = ", ".join(DETECTORS)


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / NAME
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS, detectors=READERS)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_the_defaults_are_known(tmp_path: Path) -> None:
    concept = load(tmp_path, "").concept
    assert concept.detectors == ("adwin",)
    assert concept.alpha is None
    assert (concept.window, concept.reference_window) == (timedelta(days=7), timedelta(days=28))


def test_the_narrowest_setting_wins_parameter_by_parameter(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        """\
concept:
  detectors: [adwin, cusum]
  parameters: {cusum: {threshold: 12, down: false}, adwin: {delta: 0.01}}
models:
  flights:
    concept: {detectors: [cusum], parameters: {cusum: {warm_up: 500, down: true}}, metrics: [f1]}
  quiet:
    concept: {detectors: [], metrics: []}
""",
    )
    flights, others = settings.concept_of("flights"), settings.concept_of("churn")
    assert (flights.detectors, flights.metrics) == (("cusum",), ("f1",))
    assert flights.parameters == {
        "adwin": {"delta": 0.01},
        "cusum": {"threshold": 12, "down": True, "warm_up": 500},
    }
    assert others.detectors == ("adwin", "cusum")
    assert others.parameters["cusum"] == {"threshold": 12, "down": False}
    assert (settings.concept_of("quiet").detectors, settings.concept_of("quiet").metrics) == ((), ())


def test_an_unknown_detector_is_named_where_it_stands(tmp_path: Path) -> None:
    text = """\
concept:
  detectors: [adwn]
  parameters: {xyz: {a: 1}}
models:
  m: {concept: {detectors: [page_hinkly]}}
"""
    assert problems(tmp_path, text) == [
        f"{NAME}:2: concept.detectors[0]: no detector is named adwn; did you mean adwin?",
        f"{NAME}:3: concept.parameters.xyz: no detector is named xyz; known: {KNOWN}",
        f"{NAME}:5: models.m.concept.detectors[0]: no detector is named page_hinkly; did you mean page_hinkley?",
    ]


def test_parameters_are_told_by_the_detector(tmp_path: Path) -> None:
    text = """\
concept:
  parameters:
    adwin: {delta: 2, clok: 3}
    ddm: {warning: 4}
models:
  m: {concept: {parameters: {ddm: {drift: 5}, cusum: {warm_up: 0.5}}}}
"""
    assert problems(tmp_path, text) == [
        f"{NAME}:3: concept.parameters.adwin: clok: unknown; known are delta, clock, max_buckets, min_window, grace",
        f"{NAME}:4: concept.parameters.ddm: warning: it must not be above drift",
        f"{NAME}:6: models.m.concept.parameters.cusum: warm_up: a whole number is wanted, not 0.5",
    ], "of m, the drift is 5"


def test_what_is_no_number_or_switch_is_no_parameter(tmp_path: Path) -> None:
    text = "concept: {parameters: {adwin: {delta: small}, cusum: {down: [1], threshold: }}}"
    assert problems(tmp_path, text) == [
        f"{NAME}:1: concept.parameters.{key}: expected a number, true or false"
        for key in ("adwin.delta", "cusum.down", "cusum.threshold")
    ]


def test_a_window_without_two_values_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, "concept: {window: 1d}") == [
        f"{NAME}:1: concept.window: 1d holds no two values, one of which comes each outcomes.cohort (1d)"
    ]
    assert load(tmp_path, "concept: {window: 1d}\noutcomes: {cohort: 12h}").concept.window == timedelta(days=1)


@pytest.mark.parametrize("alpha", ["0", "1", ".nan"])
def test_a_level_is_between_0_and_1(tmp_path: Path, alpha: str) -> None:
    [told] = problems(tmp_path, f"concept: {{alpha: {alpha}}}")
    assert told.startswith(f"{NAME}:1: concept.alpha: ")


def test_detectors_that_nobody_knows_are_not_looked_at(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text("concept: {detectors: [mine]}", encoding="utf-8")
    assert load_config(path, environ={}, known_tests=DEFAULT_TESTS).concept.detectors == ("mine",)
