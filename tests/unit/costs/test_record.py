"""The document holds every figure once, says how costs grow, and never holds what is no JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from driftgauge.costs.figures import Circumstances, Figures, Way
from driftgauge.costs.record import best_way, fits, record
from driftgauge.costs.rules import RULES
from fixtures.costs import logging, sound
from fixtures.page import read_page

KEYS = [
    "schema",
    "clock",
    "circumstances",
    "logging",
    "best_way",
    "stream",
    "operations",
    "rollup",
    "evaluation",
    "scrape",
    "queries",
    "tables",
    "fits",
    "recommendations",
]


def test_the_document_is_json_without_nan_whatever_was_left_out() -> None:
    for figures in (sound(), Figures(clock=sound().clock)):
        document = record(figures, Circumstances(), (), {"at": "2026-03-01T00:00:00Z"})
        assert json.loads(json.dumps(document, allow_nan=False)) == document
        assert [key for key in document if key != "at"] == KEYS


def test_what_was_not_measured_is_null() -> None:
    document = record(Figures(clock=sound().clock), Circumstances(), (), {})
    assert document["best_way"] is None
    assert document["stream"] is None
    assert document["circumstances"]["expected_rate"] is None
    assert record(sound(), Circumstances(), (), {})["rollup"][2]["parsing_share"] is None


def test_the_best_way_is_the_cheapest_a_prediction_but_not_nothing() -> None:
    best = best_way(sound().logging)
    assert best is not None
    assert best.way is Way.CLIENT
    batched = (*sound().logging, logging(Way.EXECUTEMANY, 100.0, 200.0, rows=100))
    best = best_way(batched)
    assert best is not None
    assert best.way is Way.EXECUTEMANY


def test_costs_are_fitted_where_they_were_measured_at_two_sizes() -> None:
    found = {(fit.cost, fit.size): fit.growth.exponent for fit in fits(sound())}
    assert set(found) == {
        ("rollup.jsonb.seconds", "rows"),
        ("rollup.typed.seconds", "rows"),
        ("scrape.milliseconds", "series"),
        ("scrape.gzip_bytes", "series"),
        ("evaluation.milliseconds", "models"),
        ("evaluation.milliseconds", "features"),
        ("evaluation.milliseconds", "window_hours"),
    }
    assert found["scrape.milliseconds", "series"] == pytest.approx(1.0)
    assert found["evaluation.milliseconds", "window_hours"] < 0.1
    assert fits(replace(sound(), rollup=(), evaluation=(), scrape=sound().scrape[:1])) == ()


def test_the_page_documents_every_key_and_rule() -> None:
    page, _ = read_page("docs/bench.md")
    keys, rules = (
        re.findall(r"`(\w+)`", cell)
        for cell in (
            " ".join(re.findall(r"^\| (.*?) \|", section, flags=re.MULTILINE))
            for section in (
                page.partition("## The JSON document")[2].partition("\n## ")[0],
                page.partition("## Recommendations")[2].partition("\n## ")[0],
            )
        )
    )
    about = ["at", "program", "machine", "database", "plan"]
    assert keys == ["schema", *about, *KEYS[1:]]
    assert rules == [rule.__name__ for rule in RULES]
