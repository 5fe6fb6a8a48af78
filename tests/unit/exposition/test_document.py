"""The page of metrics is the inventory's."""

from __future__ import annotations

from pathlib import Path

from driftgauge.exposition.document import inventory_markdown

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_the_page_is_generated_from_the_inventory() -> None:
    remedy = "run: python -m driftgauge.exposition.document > docs/metrics.md"
    assert PAGE.read_text(encoding="utf-8") == inventory_markdown(), remedy
