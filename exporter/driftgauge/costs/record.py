"""The JSON document of a bench: every figure, how costs grow, and what that advises; null where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from driftgauge.costs.advice import Advice
from driftgauge.costs.figures import Circumstances, Figures, LoggingCost, RowKind, Way
from driftgauge.costs.growth import Growth, fit_growth
from driftgauge.costs.spread import Spread

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What grows with what, and how."""

    cost: str
    size: str
    growth: Growth


def fits(figures: Figures) -> tuple[Fit, ...]:
    """Return how each cost grows, of those that were measured at two sizes or more."""
    series: list[tuple[str, str, list[tuple[float, float]]]] = [
        *(
            (
                f"rollup.{kind}.seconds",
                "rows",
                [(one.rows, one.seconds.median) for one in figures.rollup if one.kind is kind],
            )
            for kind in RowKind
        ),
        ("scrape.milliseconds", "series", [(one.series, one.milliseconds.median) for one in figures.scrape]),
        ("scrape.gzip_bytes", "series", [(one.series, float(one.gzip_size)) for one in figures.scrape]),
        *_of_evaluation(figures),
    ]
    found = ((cost, size, fit_growth(points)) for cost, size, points in series)
    return tuple(Fit(cost=cost, size=size, growth=growth) for cost, size, growth in found if growth is not None)


def best_way(logging: Sequence[LoggingCost]) -> LoggingCost | None:
    """Return the way of logging that costs the calling thread least a prediction; None if none was measured."""
    return min(
        (cost for cost in logging if cost.way is not Way.NOTHING), key=lambda cost: cost.a_prediction, default=None
    )


def record(
    figures: Figures, circumstances: Circumstances, advice: Sequence[Advice], about: dict[str, Any]
) -> dict[str, Any]:
    """Return the document; `about` says when, where and how it was measured."""
    best = best_way(figures.logging)
    return {
        "schema": SCHEMA,
        **about,
        "clock": {"resolution_ns": figures.clock.resolution, "overhead_ns": figures.clock.overhead},
        "circumstances": {
            "expected_rate": circumstances.expected_rate,
            "expected_models": circumstances.expected_models,
            "rollup_every_seconds": circumstances.rollup_every,
            "drift_every_seconds": circumstances.drift_every,
            "slice_rows": circumstances.slice_rows,
            "max_series": circumstances.max_series,
            "queue_rows": circumstances.queue_rows,
        },
        "logging": [
            {
                "way": one.way.value,
                "rows_per_call": one.rows_a_call,
                "calls": one.calls,
                "p50_us": told(one.p50),
                "p99_us": told(one.p99),
                "us_per_prediction": one.a_prediction,
                "predictions_per_second": told(one.rate),
            }
            for one in figures.logging
        ],
        "best_way": None if best is None else best.way.value,
        "stream": None
        if figures.stream is None
        else {
            "accepted": figures.stream.accepted,
            "stored": figures.stream.stored,
            "dropped": figures.stream.dropped,
            "rows_per_second": told(figures.stream.rate),
        },
        "operations": [
            {
                "operation": one.operation,
                "unit": one.unit,
                "without": told(one.without),
                "logged": told(one.logged),
                "loss": told(one.loss),
            }
            for one in figures.operations
        ],
        "rollup": [
            {
                "kind": one.kind.value,
                "rows": one.rows,
                "seconds": told(one.seconds),
                "rows_per_second": one.rate,
                "reading_share": one.reading_share,
                "parsing_share": one.parsing_share,
            }
            for one in figures.rollup
        ],
        "evaluation": [
            {
                "models": one.models,
                "features": one.features,
                "window_hours": one.hours,
                "rows": one.rows,
                "milliseconds": told(one.milliseconds),
            }
            for one in figures.evaluation
        ],
        "scrape": [
            {
                "series": one.series,
                "milliseconds": told(one.milliseconds),
                "bytes": one.size,
                "gzip_bytes": one.gzip_size,
            }
            for one in figures.scrape
        ],
        "queries": [
            {
                "question": one.question,
                "calls": one.calls,
                "answers": one.answers,
                "p50_ms": told(one.p50),
                "p99_ms": told(one.p99),
            }
            for one in figures.questions
        ],
        "tables": [
            {
                "table": one.table,
                "purpose": one.purpose,
                "rows": one.rows,
                "cost": one.cost,
                "whole": one.whole,
                "mend": one.mend,
            }
            for one in figures.tables
        ],
        "fits": [
            {"cost": fit.cost, "size": fit.size, "exponent": fit.growth.exponent, "last_exponent": fit.growth.last}
            for fit in fits(figures)
        ],
        "recommendations": [
            {
                "rule": one.rule,
                "text": one.text,
                "figures": [{"pointer": drawn.pointer, "value": drawn.value} for drawn in one.drawn],
            }
            for one in advice
        ],
    }


def told(found: Spread) -> dict[str, float | int]:
    """Return a figure with its rounds summed up."""
    return {
        "median": found.median,
        "mean": found.mean,
        "std": found.std,
        "min": found.least,
        "max": found.greatest,
        "rounds": len(found.rounds),
    }


def _of_evaluation(figures: Figures) -> list[tuple[str, str, list[tuple[float, float]]]]:
    """Return judging by models, by features and by hours, all else alike."""
    found: dict[tuple[str, tuple[float, float]], list[tuple[float, float]]] = {}
    for one in figures.evaluation:
        cost = one.milliseconds.median
        found.setdefault(("models", (one.features, one.hours)), []).append((one.models, cost))
        found.setdefault(("features", (one.models, one.hours)), []).append((one.features, cost))
        found.setdefault(("window_hours", (one.models, one.features)), []).append((one.hours, cost))
    longest: dict[str, list[tuple[float, float]]] = {}
    for (size, _), points in found.items():
        if len(points) > len(longest.get(size, [])):
            longest[size] = points
    return [("evaluation.milliseconds", size, points) for size, points in longest.items()]
