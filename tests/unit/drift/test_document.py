"""The page of drift tests is the registry's, and what it says of shifts is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from scipy.special import ndtri

from driftgauge.drift.document import references, registry_markdown
from driftgauge.drift.registry import TESTS
from driftgauge.drift.test import DriftTest
from fixtures.columns import pair

PAGE: Final = Path(__file__).parents[3] / "docs" / "drift-tests.md"
every_test = pytest.mark.parametrize("test", TESTS.values(), ids=list(TESTS))
SHIFT: Final = re.compile(r"shift of (0\.\d+) standard deviations makes (0\.\d+)")
MIX: Final = re.compile(r"50:50 mix that turns (\d\d):\d\d makes (0\.\d+)")
ROWS: Final = 100_000


def test_the_page_is_generated_from_the_registry() -> None:
    remedy = "run: python -m driftgauge.drift.document > docs/drift-tests.md"
    command = [sys.executable, "-W", "error", "-m", "driftgauge.drift.document"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)
    assert PAGE.read_text(encoding="utf-8") == done.stdout == registry_markdown(), remedy


@every_test
def test_every_test_names_its_source(test: DriftTest) -> None:
    assert re.search(r"\d{4}", references(test))


@every_test
def test_what_is_said_of_a_shift_is_so(test: DriftTest) -> None:
    normal = ndtri((np.arange(ROWS) + 0.5) / ROWS)
    for shift, score in SHIFT.findall(test.meaning):
        found = test.measure(*pair(normal, normal + float(shift))).score
        assert found == pytest.approx(float(score), rel=0.05)
    for share, score in MIX.findall(test.meaning):
        now = ["a"] * int(share) + ["b"] * (100 - int(share))
        found = test.measure(*pair(["a", "b"] * ROWS, now * 1000)).score
        assert found == pytest.approx(float(score), rel=0.05)
