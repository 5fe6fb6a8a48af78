"""The page of a bench in a real browser: it asks for nothing, fits, and shows its plots, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from driftgauge.bench.page import render_bench
from driftgauge.costs.figures import Circumstances
from driftgauge.costs.rules import advise
from fixtures.costs import sound
from integration.report.test_browser import check
from unit.bench.test_page import ABOUT

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.browser import Open, Scheme


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows(open_page: Open, tmp_path: Path, width: int, scheme: Scheme) -> None:
    held = Circumstances(expected_rate=60_000.0, max_series=1_000_000)
    path = tmp_path / "bench.html"
    path.write_text(render_bench(sound(), advise(sound(), held), ABOUT), encoding="utf-8")
    opened = open_page(path, width=width, scheme=scheme)
    check(opened, path, plots=4)
    assert opened.page.screenshot(full_page=True, path=str(tmp_path / f"bench-{width}-{scheme}.png"))
