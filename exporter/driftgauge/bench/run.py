"""A bench from its first step to its figures."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from driftgauge.app.interruption import Interruption
from driftgauge.app.steps import Steps
from driftgauge.bench.evaluation_costs import measure_evaluation
from driftgauge.bench.logging_costs import measure_logging, measure_stream, open_logger
from driftgauge.bench.operations import measure_operations
from driftgauge.bench.place import open_place
from driftgauge.bench.plan import Plan
from driftgauge.bench.question_costs import measure_questions
from driftgauge.bench.rollup_costs import measure_rollup
from driftgauge.bench.scrape_costs import measure_scrape
from driftgauge.bench.timing import read_clock
from driftgauge.client import PredictionLogger
from driftgauge.costs.figures import Figures, ScrapeCost, TableRead
from driftgauge.store.trial_schema import trial_schema

CLOSING_SECONDS: Final = 2.0
"""What is left in the queue when a bench is interrupted is of no use to anybody."""


def run_bench(
    conninfo: Callable[[], str],
    plan: Plan,
    steps: Steps,
    interruption: Interruption,
    *,
    say: Callable[[str], None],
    tables: Callable[[], tuple[TableRead, ...]],
) -> Figures:
    """Make a schema, measure everything in it, and remove it, whatever happens.

    `interruption` has been entered, so that signals wait while things are made and removed.
    """
    with interruption.allowed():
        found = tables()
    with trial_schema(conninfo(), say) as schema, open_place(conninfo, schema, steps) as place, interruption.allowed():
        evaluation = measure_evaluation(place, plan)
        questions = measure_questions(place, plan)
        rollup = measure_rollup(place, plan)
        with closing_at_once(open_logger(place)) as logger:
            logging = measure_logging(place, plan, logger)
            operations = measure_operations(place, plan, logger)
            stream = measure_stream(place, plan, logger)
        scrape: list[ScrapeCost] = []
        for series in plan.series:
            with steps.step("scrape", f"rendering {series:,} series"):
                scrape.append(measure_scrape(series, plan))
        return Figures(
            clock=read_clock(),
            logging=logging,
            stream=stream,
            operations=operations,
            rollup=rollup,
            evaluation=evaluation,
            scrape=tuple(scrape),
            questions=questions,
            tables=found,
        )


@contextmanager
def closing_at_once(logger: PredictionLogger) -> Generator[PredictionLogger]:
    """Yield a logger, and close it before its schema is removed."""
    try:
        yield logger
    finally:
        logger.close(CLOSING_SECONDS)
