"""docs/health.md tells every component with the weight that it has unless set otherwise, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from driftgauge.health.components import COMPONENTS, Yardstick

PAGE: Final = (Path(__file__).parents[3] / "docs" / "health.md").read_text(encoding="utf-8")


def test_the_page_lists_the_components_with_their_weights() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    assert rows == [(name, f"{component.weight:g}") for name, component in COMPONENTS.items()]


def test_the_page_tells_the_default_yardstick() -> None:
    by = Yardstick()
    assert f"`health.latency_objective` ({1000 * by.latency_objective:g} ms)" in PAGE
    assert f"`health.latency_target` ({100 * by.latency_target:g} %)" in PAGE
    assert f"at least {by.minimum_predictions} (`health.minimum_predictions`)" in PAGE
