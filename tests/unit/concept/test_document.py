"""The page of detectors is the registry's."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from driftgauge.concept.document import references, registry_markdown
from driftgauge.concept.registry import DETECTORS, AnyKind

PAGE: Final = Path(__file__).parents[3] / "docs" / "concept-drift-detectors.md"


def test_the_page_is_generated_from_the_registry() -> None:
    remedy = "run: python -m driftgauge.concept.document > docs/concept-drift-detectors.md"
    command = [sys.executable, "-W", "error", "-m", "driftgauge.concept.document"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)
    assert PAGE.read_text(encoding="utf-8") == done.stdout == registry_markdown(), remedy


@pytest.mark.parametrize("kind", DETECTORS.values(), ids=list(DETECTORS))
def test_every_detector_names_its_source(kind: AnyKind) -> None:
    assert re.search(r"\d{4}", references(kind))


def test_no_cell_of_a_table_breaks_it() -> None:
    rows = [line for line in registry_markdown().splitlines() if line.startswith("| `")]
    parameters = sum(len(kind.parameters.defaults()) for kind in DETECTORS.values())
    assert sorted({row.count("|") for row in rows}) == [6, 8]
    assert len(rows) == len(DETECTORS) + parameters


def test_the_example_is_so() -> None:
    example = doctest.DocTestParser().get_doctest(registry_markdown(), {}, "page", str(PAGE), 0)
    told: list[str] = []
    found = doctest.DocTestRunner().run(example, out=told.append)
    assert found.attempted >= 8
    assert not found.failed, "".join(told)
