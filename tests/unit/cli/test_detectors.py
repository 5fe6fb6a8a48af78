"""`driftgauge detectors list`: the registry, as a table and as JSON."""

from __future__ import annotations

import json

from driftgauge.concept.registry import DETECTORS
from fixtures.program import driftgauge


def test_every_detector_is_listed() -> None:
    done = driftgauge("detectors", "list")
    assert (done.returncode, done.stderr) == (0, "")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["detector", "input", "sees", "warns", "statistic", "unit", "for"]
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(DETECTORS)
    assert "ddm 0 or 1 up yes how far the error rate is above" in " ".join(" ".join(lines).split())


def test_the_json_has_what_the_registry_has() -> None:
    done = driftgauge("detectors", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads(done.stdout)
    assert [found["name"] for found in listed] == list(DETECTORS)
    for found in listed:
        kind = DETECTORS[found["name"]]
        words = (found["takes"], found["warns"], found["statistic"], found["unit"], found["suits"])
        assert words == (kind.takes, kind.warns, kind.statistic, kind.unit, kind.suits)
        assert found["directions"] == list(kind.directions)
        assert {each["name"]: each["default"] for each in found["parameters"]} == kind.parameters.defaults()
        for each in found["parameters"]:
            assert set(each) == {"name", "default", "least", "greatest", "open", "meaning"}
    (delta, *_) = next(found for found in listed if found["name"] == "adwin")["parameters"]
    assert (delta["default"], delta["least"], delta["greatest"], delta["open"]) == (0.002, 0, 1, True)


def test_a_group_without_its_command_shows_its_help() -> None:
    done = driftgauge("detectors")
    assert done.returncode == 2
    assert "List every detector" in done.stdout
