"""The tables of a bench, as the terminal and the page show them."""

from __future__ import annotations

from typing import Final

from driftgauge.costs.figures import Figures, Way
from driftgauge.costs.record import best_way
from driftgauge.costs.spread import Spread
from driftgauge.costs.wording import many, much, share
from driftgauge.report.section import Table, table_of

NUMBERS: Final = frozenset(
    {
        "rows a call",
        "p50, µs",
        "p99, µs",
        "µs a prediction",
        "predictions/s",
        "without, /s",
        "with, /s",
        "loss",
        "rows",
        "s",
        "rows/s",
        "reading",
        "parsing",
        "models",
        "features",
        "window, h",
        "rows judged",
        "ms",
        "ms a model",
        "series",
        "kB",
        "kB gzipped",
        "answers",
        "p50, ms",
        "p99, ms",
        "least to most",
        "cost",
    }
)


def tables_of(figures: Figures) -> tuple[Table, ...]:
    """Return a table a subject."""
    return (
        *logging_tables(figures),
        *operation_tables(figures),
        *rollup_tables(figures),
        *evaluation_tables(figures),
        *scrape_tables(figures),
        *question_tables(figures),
        *read_tables(figures),
    )


def logging_tables(figures: Figures) -> tuple[Table, ...]:
    """Return what logging costs the thread that logs."""
    best = best_way(figures.logging)
    return table_of(
        figures.logging,
        "Logging, in the thread that logs",
        {
            "way": lambda one: f"{one.way} (best)" if one is best else one.way.value,
            "rows a call": lambda one: many(one.rows_a_call),
            "p50, µs": lambda one: much(one.p50.median),
            "p99, µs": lambda one: much(one.p99.median),
            "µs a prediction": lambda one: much(one.a_prediction),
            "predictions/s": lambda one: "" if one.way is Way.NOTHING else much(one.rate.median),
            "least to most": lambda one: _range(one.p50),
        },
        numbers=NUMBERS,
    )


def operation_tables(figures: Figures) -> tuple[Table, ...]:
    """Return what operations lose by logging."""
    return table_of(
        figures.operations,
        "Operations with and without logging",
        {
            "operation": lambda one: one.operation,
            "what": lambda one: one.unit,
            "without, /s": lambda one: much(one.without.median),
            "with, /s": lambda one: much(one.logged.median),
            "loss": lambda one: share(one.loss.median),
            "least to most": lambda one: f"{share(one.loss.least)} to {share(one.loss.greatest)}",
        },
        numbers=NUMBERS,
    )


def rollup_tables(figures: Figures) -> tuple[Table, ...]:
    """Return how fast new rows are rolled up."""
    return table_of(
        figures.rollup,
        "Rolling up new rows of 25 features, all of the last hour",
        {
            "features": lambda one: one.kind.value,
            "rows": lambda one: many(one.rows),
            "s": lambda one: much(one.seconds.median),
            "rows/s": lambda one: much(one.rate),
            "reading": lambda one: "" if one.reading_share is None else share(one.reading_share),
            "parsing": lambda one: "" if one.parsing_share is None else share(one.parsing_share),
            "least to most": lambda one: _range(one.seconds),
        },
        numbers=NUMBERS - {"features"},
    )


def evaluation_tables(figures: Figures) -> tuple[Table, ...]:
    """Return how long judging takes."""
    return table_of(
        figures.evaluation,
        "Judging, results written",
        {
            "models": lambda one: many(one.models),
            "features": lambda one: many(one.features),
            "window, h": lambda one: much(one.hours),
            "rows judged": lambda one: many(one.rows),
            "ms": lambda one: much(one.milliseconds.median),
            "ms a model": lambda one: much(one.milliseconds.median / one.models),
            "least to most": lambda one: _range(one.milliseconds),
        },
        numbers=NUMBERS,
    )


def scrape_tables(figures: Figures) -> tuple[Table, ...]:
    """Return what a scrape costs."""
    return table_of(
        figures.scrape,
        "Rendering, once a cycle, and what a scrape sends",
        {
            "series": lambda one: many(one.series),
            "ms": lambda one: much(one.milliseconds.median),
            "kB": lambda one: much(one.size / 1000),
            "kB gzipped": lambda one: much(one.gzip_size / 1000),
            "least to most": lambda one: _range(one.milliseconds),
        },
        numbers=NUMBERS,
    )


def question_tables(figures: Figures) -> tuple[Table, ...]:
    """Return how long questions take, the slowest first."""
    slowest_first = sorted(figures.questions, key=lambda one: one.p50.median, reverse=True)
    return table_of(
        slowest_first,
        "Questions of the read API",
        {
            "question": lambda one: one.question,
            "answers": lambda one: many(one.answers),
            "p50, ms": lambda one: much(one.p50.median),
            "p99, ms": lambda one: much(one.p99.median),
        },
        numbers=NUMBERS,
    )


def read_tables(figures: Figures) -> tuple[Table, ...]:
    """Return how tables that are there would be read."""
    return table_of(
        figures.tables,
        "Tables that are there, by EXPLAIN",
        {
            "table": lambda one: one.table,
            "to": lambda one: one.purpose,
            "rows": lambda one: many(one.rows),
            "cost": lambda one: much(one.cost),
            "read": lambda one: "whole" if one.whole else "in part",
        },
        numbers=NUMBERS,
    )


def _range(found: Spread) -> str:
    return f"{much(found.least)} to {much(found.greatest)}"
