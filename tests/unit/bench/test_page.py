"""The page of a bench is valid, holds nothing but itself, and shows the figures and how they grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from driftgauge.bench.page import ALL_WELL, render_bench, sections_of
from driftgauge.bench.tables import tables_of
from driftgauge.costs.figures import Circumstances, Figures
from driftgauge.costs.rules import advise
from driftgauge.costs.spread import spread
from driftgauge.report.page import POLICY
from fixtures.costs import sound
from fixtures.document import check_page, elements, text

ABOUT: Final[dict[str, Any]] = {
    "at": datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
    "program": "driftgauge 0",
    "machine": {"architecture": "x86_64", "cores": 2, "python": "3.11.7", "load": 0.1},
    "database": {"version": "18.1", "name": "ml", "embedded": False},
    "plan": {"quick": False, "sizes": [100], "rounds": 7, "prediction_ms": 1.0, "batch_ms": 100.0},
}


def page_of(figures: Figures, circumstances: Circumstances | None = None) -> str:
    return render_bench(figures, advise(figures, circumstances or Circumstances()), ABOUT)


def test_figures_and_exponents_are_on_the_page() -> None:
    root = check_page(page_of(sound()))
    said = text(root)
    assert "The cheapest way of logging is client: 2.5 µs a prediction, where an INSERT takes 1,200." in said
    assert "10,000 new rows are rolled up at 100,000 rows/s with features as jsonb" in said
    assert "Judging 180,000 rows in 720 h takes 1.2 × what 250 rows in 1 h take." in said
    assert ALL_WELL in said
    plots = list(elements(root, "svg"))
    assert len(plots) == 4
    assert "features as jsonb: size ^ 0.70" in plots[0].attrib["aria-label"]
    assert "logarithmic" in plots[0].attrib["aria-label"]


def test_each_recommendation_is_on_the_page_with_where_its_figures_stand() -> None:
    held = Circumstances(expected_rate=60_000.0, max_series=1_000_000)
    found = advise(sound(), held)
    said = text(check_page(page_of(sound(), held)))
    assert len(found) == 3
    for advice in found:
        assert advice.text in said
        assert all(drawn.pointer in said for drawn in advice.drawn)


def test_the_policy_lets_nothing_in() -> None:
    root = check_page(page_of(sound()))
    policies = [one.attrib["content"] for one in elements(root, "meta") if "http-equiv" in one.attrib]
    assert policies == [POLICY]


def test_what_was_left_out_is_not_on_the_page() -> None:
    bare = Figures(clock=sound().clock)
    assert tables_of(bare) == ()
    assert set(sections_of(bare)) == {None}
    root = check_page(page_of(bare))
    assert [one.attrib["id"] for one in elements(root, "h2")] == ["summary", "recommendations"]


def test_one_size_is_told_but_not_drawn() -> None:
    one = replace(sound(), rollup=sound().rollup[:1], scrape=sound().scrape[:1], evaluation=sound().evaluation[:1])
    root = check_page(page_of(one))
    assert not list(elements(root, "svg"))
    assert "1,000 new rows are rolled up at" in text(root)


def test_figures_of_nothing_make_a_page_all_the_same() -> None:
    scrape = tuple(replace(one, milliseconds=spread((0.0, 0.0))) for one in sound().scrape)
    check_page(page_of(replace(sound(), scrape=scrape)))


def test_a_table_that_is_read_whole_is_named() -> None:
    tables = tuple(replace(one, whole=True) for one in sound().tables)
    said = text(check_page(page_of(replace(sound(), tables=tables))))
    assert "Postgres would read all of public.loans." in said
    assert "missing index" in said
