"""A page in a real browser: it asks for nothing, complains of nothing, fits, and shows its plots, light and dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from driftgauge.report.page import render_page
from driftgauge.report.report import make_report
from fixtures.reported import HOSTILE, everything, nothing

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.browser import Open, Opened, Scheme
    from fixtures.program import Run
    from integration.jobs.stage import Stage

ALL_NAMES = " ".join(HOSTILE)
OVERFLOWING = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
BOXES = "all => all.map(one => { const box = one.getBoundingClientRect(); return [box.width, box.height]; })"
SMALL_TEXT = """
all => all.filter(one => one.getBoundingClientRect().height > 0)
    .map(one => one.getBoundingClientRect().height).filter(height => height < 5).length
"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
TEXT_COLOURS = "all => [...new Set(all.map(one => getComputedStyle(one).fill))]"


def check(opened: Opened, path: Path, *, plots: int) -> None:
    page = opened.page
    assert opened.requests == [path.as_uri()], "a page asks for nothing but itself"
    assert opened.complaints == []
    assert not page.evaluate(OVERFLOWING)
    boxes = page.eval_on_selector_all("svg", BOXES)
    assert len(boxes) == plots
    assert all(width > 100 and height > 50 for width, height in boxes)
    assert page.eval_on_selector_all("svg text", SMALL_TEXT) == 0
    assert page.locator("h1").is_visible()
    sentences = page.locator(".summary li")
    assert 1 <= sentences.count() <= 5
    assert all(sentences.nth(place).is_visible() for place in range(sentences.count()))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_everything_shows(open_page: Open, tmp_path: Path, width: int, scheme: Scheme) -> None:
    path = tmp_path / "churn.html"
    made = make_report(everything(ALL_NAMES, model=ALL_NAMES))
    path.write_text(render_page(made), encoding="utf-8")
    opened = open_page(path, width=width, scheme=scheme)
    check(opened, path, plots=sum(len(section.plots) for section in made.sections))
    lightness = sum(map(int, re.findall(r"\d+", opened.page.evaluate(BACKGROUND))[:3])) / 3
    assert (lightness > 127) == (scheme == "light")
    inks = opened.page.eval_on_selector_all("svg text", TEXT_COLOURS)
    for ink in inks:
        shade = sum(map(int, re.findall(r"\d+", ink)[:3])) / 3
        assert abs(shade - lightness) > 60, f"{ink} on {lightness}"
    assert opened.page.screenshot(full_page=True)


def test_a_page_of_nothing_shows(open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "churn.html"
    path.write_text(render_page(make_report(nothing())), encoding="utf-8")
    check(open_page(path, width=390), path, plots=0)


def test_what_is_folded_opens_without_a_script(open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "churn.html"
    path.write_text(render_page(make_report(everything())), encoding="utf-8")
    page = open_page(path).page
    folded = page.locator("details").first
    assert not folded.locator("table").is_visible()
    folded.locator("summary").click()
    assert folded.locator("table").is_visible()


def test_a_script_that_got_in_would_not_run(open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "churn.html"
    whole = render_page(make_report(nothing()))
    smuggled = "<script>document.title = 'ran'</script><img src='https://example.com/x.png' alt=''>"
    path.write_text(whole.replace("</main>", f"{smuggled}</main>"), encoding="utf-8")
    opened = open_page(path)
    assert opened.page.title() != "ran"
    assert len(opened.complaints) >= 2, "the policy tells of both"
    assert all("Content Security Policy" in complaint for complaint in opened.complaints)


def test_the_page_of_real_jobs_shows(served: Stage, run: Run, open_page: Open, tmp_path: Path) -> None:
    del served
    path = tmp_path / "churn.html"
    assert run("report", "--model", "churn", "--html", str(path)).code == 0
    opened = open_page(path)
    check(opened, path, plots=opened.page.locator("svg").count())
    assert opened.page.locator("figcaption", has_text="accuracy by cohort").is_visible()
    assert "2 of 3 judged features drifted" in opened.page.locator(".summary").inner_text()
