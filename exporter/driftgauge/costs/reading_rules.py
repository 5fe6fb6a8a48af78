"""What the costs of reading advise: of answers, and of tables without an index; and which figures to doubt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftgauge.costs.advice import Advice, Drawn
from driftgauge.costs.figures import Circumstances, Figures
from driftgauge.costs.spread import Spread
from driftgauge.costs.wording import many, much

SLOW_ANSWER_MILLISECONDS: Final = 1_000.0
UNSTEADY: Final = 0.5
LARGE_TABLE: Final = 10_000


def slow_answer(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell of questions that somebody waits for."""
    for place, cost in enumerate(figures.questions):
        if cost.p99.median > SLOW_ANSWER_MILLISECONDS:
            yield Advice(
                rule="slow_answer",
                text=f"{cost.question} takes {much(cost.p99.median)} ms at its 99th percentile ({much(cost.p50.median)}"
                f" ms in the middle) to tell {many(cost.answers)} rows: ask for fewer hours or days, and see the "
                "server's memory.",
                drawn=(
                    Drawn(pointer=f"/queries/{place}/p99_ms/median", value=cost.p99.median),
                    Drawn(pointer=f"/queries/{place}/p50_ms/median", value=cost.p50.median),
                ),
            )


def missing_index(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell of large tables that are read whole."""
    for place, read in enumerate(figures.tables):
        if read.whole and read.rows >= LARGE_TABLE:
            yield Advice(
                rule="missing_index",
                text=f"To {read.purpose}, Postgres would read all of {read.table}: {many(read.rows)} rows at a cost of "
                f"{many(read.cost)}, by EXPLAIN. {read.mend}",
                drawn=(
                    Drawn(pointer=f"/tables/{place}/rows", value=read.rows),
                    Drawn(pointer=f"/tables/{place}/cost", value=read.cost),
                ),
            )


def unsteady(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Warn of figures that are not to be relied on, the least steady first."""
    told: list[tuple[str, str, Spread]] = [
        *((f"{one.way} (p50)", f"/logging/{place}/p50_us", one.p50) for place, one in enumerate(figures.logging)),
        *(
            (f"{one.kind} roll-up of {many(one.rows)} rows", f"/rollup/{place}/seconds", one.seconds)
            for place, one in enumerate(figures.rollup)
        ),
        *(
            (
                f"judging {one.models} × {one.features} in {much(one.hours)} h",
                f"/evaluation/{place}/milliseconds",
                one.milliseconds,
            )
            for place, one in enumerate(figures.evaluation)
        ),
        *(
            (f"rendering {many(one.series)} series", f"/scrape/{place}/milliseconds", one.milliseconds)
            for place, one in enumerate(figures.scrape)
        ),
    ]
    unsteady = sorted(
        (one for one in told if one[2].unsteadiness > UNSTEADY), key=lambda one: one[2].unsteadiness, reverse=True
    )
    if unsteady:
        names = ", ".join(f"{name} ({much(found.least)} to {much(found.greatest)})" for name, _, found in unsteady[:3])
        rest = f" and {len(unsteady) - 3} more" if len(unsteady) > 3 else ""  # noqa: PLR2004 - as many as are named
        yield Advice(
            rule="unsteady",
            text=f"Rounds lie far apart for {names}{rest}: something else is using the machine or the database. "
            "Measure again when they are quiet.",
            drawn=tuple(
                Drawn(pointer=f"{pointer}/{word}", value=value)
                for _, pointer, found in unsteady[:3]
                for word, value in (("min", found.least), ("max", found.greatest))
            ),
        )
