"""What the costs of a cycle advise: of rolling up, judging and rendering."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftgauge.costs.advice import BUSY, Advice, Drawn, largest_of
from driftgauge.costs.figures import Circumstances, Figures, RowKind
from driftgauge.costs.growth import fit_growth
from driftgauge.costs.wording import many, much, share

PARSING_SHARE: Final = 0.5
"""From this share of a roll-up's time on, reading and parsing documents is what a typed source would save."""
FASTER: Final = 2.0
"""A typed source is advised where it reads at least so many times faster."""
FLATNESS: Final = 1.5
"""The longest window may take so many times what the shortest takes."""
STEEPEST: Final = 1.15
RENDERING_SECONDS: Final = 1.0


def typed_source(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell how much faster typed columns are read, where documents are what takes the time."""
    largest = largest_of(figures, RowKind.JSONB)
    typed = None if largest is None else largest_of(figures, RowKind.TYPED, rows=largest[1].rows)
    if largest is None or typed is None:
        return
    (place, documents), (beside, columns) = largest, typed
    if documents.reading_share is None or documents.parsing_share is None:
        return
    spent, faster = documents.reading_share + documents.parsing_share, columns.rate / documents.rate
    if spent > PARSING_SHARE and faster >= FASTER:
        yield Advice(
            rule="typed_source",
            text=f"Taking features out of jsonb is {share(spent)} of the roll-up's time ("
            f"{share(documents.reading_share)} to read the rows, {share(documents.parsing_share)} to parse documents), "
            f"at {many(documents.rate)} rows/s for {many(documents.rows)} rows. A source with a column a feature was "
            f"read {much(faster)} × as fast, at {many(columns.rate)} rows/s: see docs/sources.md.",
            drawn=(
                Drawn(pointer=f"/rollup/{place}/reading_share", value=documents.reading_share),
                Drawn(pointer=f"/rollup/{place}/parsing_share", value=documents.parsing_share),
                Drawn(pointer=f"/rollup/{place}/rows_per_second", value=documents.rate),
                Drawn(pointer=f"/rollup/{beside}/rows_per_second", value=columns.rate),
            ),
        )


def steep_rollup(figures: Figures, circumstances: Circumstances) -> Iterator[Advice]:
    """Tell of a roll-up that grows faster than its rows."""
    for kind in RowKind:
        found = [(place, cost) for place, cost in enumerate(figures.rollup) if cost.kind is kind]
        growth = fit_growth([(cost.rows, cost.seconds.median) for _, cost in found])
        if growth is not None and growth.last > STEEPEST:
            (before, smaller), (after, larger) = sorted(found, key=lambda one: one[1].rows)[-2:]
            yield Advice(
                rule="steep_rollup",
                text=f"Rolling up {kind} rows grows faster than their number: {many(smaller.rows)} took "
                f"{much(smaller.seconds.median)} s, {many(larger.rows)} took {much(larger.seconds.median)} s, by the "
                f"power {growth.last:.2f}. See the memory of exporter and server, or lower rollup.slice_rows "
                f"({many(circumstances.slice_rows)}).",
                drawn=(
                    Drawn(pointer=f"/rollup/{before}/seconds/median", value=smaller.seconds.median),
                    Drawn(pointer=f"/rollup/{after}/seconds/median", value=larger.seconds.median),
                    Drawn(pointer="/circumstances/slice_rows", value=circumstances.slice_rows),
                ),
            )


def long_window(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell of windows whose length costs."""
    alike: dict[tuple[int, int], list[int]] = {}
    for place, cost in enumerate(figures.evaluation):
        alike.setdefault((cost.models, cost.features), []).append(place)
    for places in alike.values():
        ordered = sorted(places, key=lambda place: figures.evaluation[place].hours)
        first, last = ordered[0], ordered[-1]
        short, long = figures.evaluation[first], figures.evaluation[last]
        ratio = long.milliseconds.median / short.milliseconds.median
        quickest = (
            long.milliseconds.least / short.milliseconds.least
        )  # a busy machine slows rounds down, none is sped up
        if long.hours > short.hours and min(ratio, quickest) > FLATNESS:
            yield Advice(
                rule="long_window",
                text=f"Judging a window of {much(long.hours)} h takes {much(ratio)} × what one of "
                f"{much(short.hours)} h takes ({much(long.milliseconds.median)} and {much(short.milliseconds.median)} "
                "ms): choose a shorter drift.window, or wider buckets by rollup.profile_bucket.",
                drawn=(
                    Drawn(pointer=f"/evaluation/{last}/milliseconds/median", value=long.milliseconds.median),
                    Drawn(pointer=f"/evaluation/{first}/milliseconds/median", value=short.milliseconds.median),
                ),
            )


def rare_judging(figures: Figures, circumstances: Circumstances) -> Iterator[Advice]:
    """Tell how often the expected models can be judged."""
    models = circumstances.expected_models
    if models is None or not figures.evaluation:
        return
    place, cost = max(
        enumerate(figures.evaluation), key=lambda one: (one[1].models, one[1].features, one[1].milliseconds.median)
    )
    needed = models * cost.milliseconds.median / cost.models / 1000
    if needed > BUSY * circumstances.drift_every:
        yield Advice(
            rule="rare_judging",
            text=f"{many(models)} models of {cost.features} features take {much(needed)} s to judge, at "
            f"{much(cost.milliseconds.median / cost.models)} ms each, of the {much(circumstances.drift_every)} s "
            f"between two judgements. Judge every {many(needed / BUSY)} s or less often (drift.every), or name fewer "
            "drift.tests.",
            drawn=(
                Drawn(pointer="/circumstances/expected_models", value=models),
                Drawn(pointer=f"/evaluation/{place}/milliseconds/median", value=cost.milliseconds.median),
                Drawn(pointer="/circumstances/drift_every_seconds", value=circumstances.drift_every),
            ),
        )


def many_series(figures: Figures, circumstances: Circumstances) -> Iterator[Advice]:
    """Tell of a limit of series that lets through more than can be rendered at once."""
    growth = fit_growth([(cost.series, cost.milliseconds.median) for cost in figures.scrape])
    if growth is None:
        return
    place, largest = max(enumerate(figures.scrape), key=lambda one: one[1].series)
    seconds = growth.at(circumstances.max_series) / 1000
    if seconds > RENDERING_SECONDS:
        fitting = circumstances.max_series * RENDERING_SECONDS / seconds
        size = circumstances.max_series * largest.gzip_size / largest.series / 1e6
        yield Advice(
            rule="many_series",
            text=f"{many(largest.series)} series render in {much(largest.milliseconds.median)} ms; the "
            f"{many(circumstances.max_series)} that limits.max_series lets through would take {much(seconds)} s after "
            f"every job, and {much(size)} MB a scrape. Lower it to {many(fitting)} to stay below "
            f"{much(RENDERING_SECONDS)} s.",
            drawn=(
                Drawn(pointer=f"/scrape/{place}/milliseconds/median", value=largest.milliseconds.median),
                Drawn(pointer=f"/scrape/{place}/gzip_bytes", value=largest.gzip_size),
                Drawn(pointer="/circumstances/max_series", value=circumstances.max_series),
            ),
        )
