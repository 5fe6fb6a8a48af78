"""`driftgauge tests list`: the registry, as a table and as JSON."""

from __future__ import annotations

import json
import math

from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.drift.registry import TESTS
from driftgauge.drift.shifts import SHIFTS
from fixtures.program import driftgauge


def test_every_test_is_listed_and_the_default_ones_are_marked() -> None:
    done = driftgauge("tests", "list")
    assert (done.returncode, done.stderr) == (0, "")
    heading, *lines, legend = done.stdout.splitlines()
    assert heading.split() == ["test", "features", "threshold", "unit", "by", "what", "the", "score", "says"]
    assert legend.startswith("* = made by default;")
    named = [line for line in lines if not line.startswith(" ")]
    assert [line.split()[0] for line in named] == [*SHIFTS, *TESTS]
    assert {line.split()[0] for line in named if line.split()[1] == "*"} == set(DEFAULT_TESTS)
    words = " ".join(" ".join(lines).split())
    assert "fisher_exact categorical with two categories 0.2 Cohen's h p-value how much the odds" in words
    assert "location_shift numeric 0.1 standard deviations of the reference reference how far the mean moved" in words
    assert "wasserstein * numeric 0.1 reference standard deviations distance how far values moved on average" in words


def test_the_json_has_what_the_registry_has() -> None:
    done = driftgauge("tests", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads(done.stdout)
    assert [found["name"] for found in listed] == [*SHIFTS, *TESTS]
    for found in listed[: len(SHIFTS)]:
        shift = SHIFTS[found["name"]]
        assert (found["threshold"], found["unit"], found["kinds"]) == (shift.floor, shift.unit, sorted(shift.kinds))
    for found in listed[len(SHIFTS) :]:
        test = TESTS[found["name"]]
        assert found == {
            "name": test.name,
            "default": test.name in DEFAULT_TESTS,
            "kinds": sorted(test.kinds),
            "binary": test.binary,
            "p_value": not test.distance,
            "threshold": test.default_threshold,
            "unit": test.unit,
            "greatest": None if math.isinf(test.greatest) else test.greatest,
            "meaning": test.meaning,
        }
    endless = {found["name"] for found in listed if found["greatest"] is None}
    assert endless == {"kl", "psi", "wasserstein", "welch_t", *SHIFTS}


def test_a_group_without_its_command_shows_its_help() -> None:
    done = driftgauge("tests")
    assert done.returncode == 2
    assert "List every shift" in done.stdout
