"""A bench as a page: the report's layout, a section a subject, and how costs grow on logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from driftgauge.bench.tables import (
    evaluation_tables,
    logging_tables,
    operation_tables,
    question_tables,
    read_tables,
    rollup_tables,
    scrape_tables,
)
from driftgauge.costs.advice import Advice
from driftgauge.costs.figures import Figures, RowKind, Way
from driftgauge.costs.growth import fit_growth
from driftgauge.costs.record import best_way
from driftgauge.costs.spread import Spread
from driftgauge.costs.wording import many, much, share
from driftgauge.report.figures import Curve, Growing
from driftgauge.report.page import render
from driftgauge.report.section import Section, Tone, table_of

SENTENCES: Final = 5
HOURS_A_DAY: Final = 24
ALL_WELL: Final = "Nothing to recommend: no figure is out of bounds."
KINDS: Final = {RowKind.JSONB: "features as jsonb", RowKind.TYPED: "a column a feature"}


def render_bench(figures: Figures, advice: Sequence[Advice], about: dict[str, Any]) -> str:
    """Return the page."""
    sections = [section for section in (_recommendations(advice), *sections_of(figures)) if section is not None]
    return render(
        "bench.html",
        sections,
        about=about,
        advice=advice,
        clock=figures.clock,
        tone=Tone.ATTENTION if advice else Tone.GOOD,
        sentences=[one.conclusion for one in sections if one.headline][:SENTENCES],
    )


def sections_of(figures: Figures) -> tuple[Section | None, ...]:
    """Return what was measured, a section a subject; None for one that was left out."""
    return (
        _logging(figures),
        _operations(figures),
        _rollup(figures),
        _evaluation(figures),
        _scrape(figures),
        _questions(figures),
        _tables(figures),
    )


def _recommendations(advice: Sequence[Advice]) -> Section:
    count = len(advice)
    said = f"{count} {'recommendation is' if count == 1 else 'recommendations are'} drawn from these figures."
    return Section(
        key="recommendations",
        title="Recommendations",
        conclusion=said if advice else ALL_WELL,
        tone=Tone.ATTENTION if advice else Tone.GOOD,
        headline=False,
        tables=table_of(
            advice,
            "What to do, and the figures of the JSON document that say so",
            {
                "rule": lambda one: one.rule.replace("_", " "),
                "why": lambda one: one.text,
                "found": lambda one: ", ".join(drawn.pointer for drawn in one.drawn),
            },
        ),
    )


def _logging(figures: Figures) -> Section | None:
    best = best_way(figures.logging)
    if best is None:
        return None
    said = f"The cheapest way of logging is {best.way}: {much(best.a_prediction)} µs a prediction"
    inserted = next((one for one in figures.logging if one.way is Way.INSERT and one is not best), None)
    if inserted is not None:
        said += f", where an INSERT takes {much(inserted.a_prediction)}"
    stream = figures.stream
    stored = stream and (
        f"One logger stored {much(stream.rate.median)} rows/s; of {many(stream.accepted)} rows "
        f"{many(stream.dropped)} were dropped."
    )
    return Section(
        key="logging",
        title="Logging",
        conclusion=f"{said}.",
        tone=None,
        notes=(stored,) if stored else (),
        tables=logging_tables(figures),
    )


def _operations(figures: Figures) -> Section | None:
    if not figures.operations:
        return None
    losses = ", ".join(f"{share(one.loss.median)} of {one.operation}" for one in figures.operations)
    return Section(
        key="operations",
        title="Operations",
        conclusion=f"Of the throughput, logging takes {losses}.",
        tone=None,
        tables=operation_tables(figures),
    )


def _rollup(figures: Figures) -> Section | None:
    if not figures.rollup:
        return None
    largest = {
        kind: max(found, key=lambda one: one.rows)
        for kind in RowKind
        if (found := [one for one in figures.rollup if one.kind is kind])
    }
    rates = ", ".join(f"{much(one.rate)} rows/s with {KINDS[kind]}" for kind, one in largest.items())
    rows = max(one.rows for one in largest.values())
    curves = [
        _curve(KINDS[kind], [(one.rows, one.seconds) for one in figures.rollup if one.kind is kind]) for kind in RowKind
    ]
    return Section(
        key="rollup",
        title="Rolling up",
        conclusion=f"{many(rows)} new rows are rolled up at {rates}.",
        tone=None,
        plots=_growing("Seconds by rows", "new rows", "s", curves),
        tables=rollup_tables(figures),
    )


def _evaluation(figures: Figures) -> Section | None:
    if not figures.evaluation:
        return None
    first = min(figures.evaluation, key=lambda one: (one.hours, one.models))
    windows = {
        one.hours: one for one in figures.evaluation if (one.models, one.features) == (first.models, first.features)
    }
    models = {
        one.models: one for one in figures.evaluation if (one.features, one.hours) == (first.features, HOURS_A_DAY)
    }
    longest = windows[max(windows)]
    return Section(
        key="evaluation",
        title="Judging",
        conclusion=f"Judging {many(longest.rows)} rows in {much(longest.hours)} h takes "
        f"{much(longest.milliseconds.median / first.milliseconds.median)} × what {many(first.rows)} rows in "
        f"{much(first.hours)} h take.",
        tone=None,
        plots=(
            *_growing(
                "Milliseconds by the length of the window",
                "hours",
                "ms",
                [
                    _curve(
                        f"{first.models} model of {first.features} features",
                        [(hours, one.milliseconds) for hours, one in windows.items()],
                    )
                ],
            ),
            *_growing(
                "Milliseconds by models",
                "models",
                "ms",
                [
                    _curve(
                        f"of {first.features} features, windows of a day",
                        [(count, one.milliseconds) for count, one in models.items()],
                    )
                ],
            ),
        ),
        tables=evaluation_tables(figures),
    )


def _scrape(figures: Figures) -> Section | None:
    if not figures.scrape:
        return None
    largest = max(figures.scrape, key=lambda one: one.series)
    return Section(
        key="scrape",
        title="Scraping",
        conclusion=f"{many(largest.series)} series are rendered in {much(largest.milliseconds.median)} ms once a "
        f"cycle; a scrape then sends {much(largest.gzip_size / 1000)} kB.",
        tone=None,
        plots=_growing(
            "Milliseconds of rendering by series",
            "series",
            "ms",
            [_curve("rendering", [(one.series, one.milliseconds) for one in figures.scrape])],
        ),
        tables=scrape_tables(figures),
    )


def _questions(figures: Figures) -> Section | None:
    if not figures.questions:
        return None
    slowest = max(figures.questions, key=lambda one: one.p50.median)
    return Section(
        key="questions",
        title="Asking",
        conclusion=f"Of {len(figures.questions)} questions, {slowest.question} takes longest: "
        f"{much(slowest.p50.median)} ms in the middle.",
        tone=None,
        tables=question_tables(figures),
    )


def _tables(figures: Figures) -> Section | None:
    if not figures.tables:
        return None
    whole = [one.table for one in figures.tables if one.whole]
    said = f"Postgres would read all of {', '.join(whole)}" if whole else "An index serves every read that was planned"
    return Section(
        key="tables",
        title="Tables that are there",
        conclusion=f"{said}.",
        tone=None,
        headline=False,
        tables=read_tables(figures),
    )


def _curve(label: str, points: Sequence[tuple[float, Spread]]) -> Curve | None:
    """Return a cost by size with its fitted power; None where it was measured at one size only."""
    ordered = sorted(points, key=lambda point: point[0])
    growth = fit_growth([(size, cost.median) for size, cost in ordered])
    if growth is None:
        return None
    first, last = ordered[0][0], ordered[-1][0]
    return Curve(
        label=f"{label}: size ^ {growth.exponent:.2f}",
        sizes=tuple(size for size, _ in ordered),
        costs=tuple(cost.median for _, cost in ordered),
        low=tuple(cost.least for _, cost in ordered),
        high=tuple(cost.greatest for _, cost in ordered),
        fitted=(growth.at(first), growth.at(last)),
    )


def _growing(title: str, size: str, unit: str, curves: Sequence[Curve | None]) -> tuple[Growing, ...]:
    """Return the plot of some curves, if there are any."""
    drawn = tuple(curve for curve in curves if curve is not None)
    if not drawn:
        return ()
    told = "; ".join(
        f"{curve.label}, {much(curve.costs[0])} {unit} at {many(curve.sizes[0])} {size} and "
        f"{much(curve.costs[-1])} {unit} at {many(curve.sizes[-1])}"
        for curve in drawn
    )
    return (
        Growing(
            title=title,
            description=f"{title}, on logarithmic axes. {told}.",
            note="Points are medians, with the span of the rounds; lines are the fitted powers.",
            wide=True,
            size=size,
            unit=unit,
            curves=drawn,
        ),
    )
