"""The page of performance metrics is the registry's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from driftgauge.performance.document import registry_markdown
from driftgauge.performance.registry import METRICS

PAGE: Final = Path(__file__).parents[3] / "docs" / "performance-metrics.md"


def test_the_page_is_generated_from_the_registry() -> None:
    remedy = "run: python -m driftgauge.performance.document > docs/performance-metrics.md"
    command = [sys.executable, "-W", "error", "-m", "driftgauge.performance.document"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)
    assert PAGE.read_text(encoding="utf-8") == done.stdout == registry_markdown(), remedy


def test_the_page_names_every_metric() -> None:
    page = registry_markdown()
    assert all(f"| `{name}` |" in page for of_task in METRICS.values() for name in of_task)
