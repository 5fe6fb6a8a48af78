"""Parameters are checked when a detector starts, and every problem is told."""

from __future__ import annotations

import json

import pytest

from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import DETECTORS, AnyKind

every_detector = pytest.mark.parametrize("kind", DETECTORS.values(), ids=list(DETECTORS))


@every_detector
def test_defaults_are_in_range_and_survive_json(kind: AnyKind) -> None:
    detector = kind.start()
    assert detector.parameters.plain() == kind.parameters.defaults()
    assert kind.start(json.loads(json.dumps(detector.parameters.plain()))).parameters == detector.parameters
    for about in kind.parameters.described().values():
        assert about.meaning
        assert about.least < about.greatest


@every_detector
def test_an_unknown_one_is_named_with_those_that_are_known(kind: AnyKind) -> None:
    known = ", ".join(kind.parameters.defaults())
    with pytest.raises(ValueError, match=rf"^other: unknown; known are {known}$"):
        kind.start({"other": 1})


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("adwin", {"delta": 0}, "delta: 0 is out of range: above 0, below 1"),
        ("adwin", {"delta": "0.1"}, "delta: a number is wanted, not '0.1'"),
        ("adwin", {"delta": True}, "delta: a number is wanted, not True"),
        ("adwin", {"delta": None}, "delta: a number is wanted, not None"),
        ("adwin", {"clock": 2.0}, "clock: a whole number is wanted, not 2.0"),
        ("adwin", {"clock": 0}, "clock: 0 is out of range: at least 1"),
        ("adwin", {"clock": 0, "grace": -1}, "clock: 0 is out of range: at least 1; grace: -1 is out of range"),
        ("page_hinkley", {"up": 1}, "up: true or false is wanted, not 1"),
        ("page_hinkley", {"threshold": float("nan")}, "threshold: nan is out of range: above 0"),
        ("cusum", {"mean": float("inf")}, "mean: inf is out of range: finite"),
        ("cusum", {"mean": "high"}, "mean: a number is wanted, not 'high'"),
        ("ddm", {"warning": 4}, "warning: it must not be above drift"),
        ("eddm", {"warning": 0.5}, "warning: it must not be below drift"),
        ("hddm_a", {"warning": 0.0001}, "warning: it must not be below drift"),
        ("hddm_w", {"warning": 0.0001}, "warning: it must not be below drift"),
        ("kswin", {"window": 50}, "newest: it must not be more than half of window"),
        ("kswin", {"newest": 3}, "alpha: 3 values can never be as sure as 0.005"),
    ],
)
def test_what_no_detector_can_run_with_is_told(name: str, given: dict[str, Plain], problem: str) -> None:
    with pytest.raises(ValueError, match="^" + problem.replace(".", r"\.")):
        DETECTORS[name].start(given)


def test_a_number_that_may_be_left_open_may_be_a_whole_one() -> None:
    parameters = DETECTORS["cusum"].start({"mean": 3, "scale": None}).parameters.plain()
    assert (parameters["mean"], parameters["scale"]) == (3, None)
