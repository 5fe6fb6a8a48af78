"""All rules, in the order in which their advice is told: each speaks only where figures are out of bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from driftgauge.costs import cycle_rules, logging_rules, reading_rules
from driftgauge.costs.advice import Advice
from driftgauge.costs.figures import Circumstances, Figures

Rule = Callable[[Figures, Circumstances], Iterable[Advice]]
RULES: Final[tuple[Rule, ...]] = (
    logging_rules.lost_rows,
    logging_rules.slow_call,
    logging_rules.heavy_operation,
    logging_rules.sampling,
    logging_rules.small_queue,
    cycle_rules.typed_source,
    cycle_rules.steep_rollup,
    cycle_rules.long_window,
    cycle_rules.rare_judging,
    cycle_rules.many_series,
    reading_rules.slow_answer,
    reading_rules.missing_index,
    reading_rules.unsteady,
)


def advise(figures: Figures, circumstances: Circumstances) -> tuple[Advice, ...]:
    """Return what the figures advise; nothing where nothing is wrong."""
    return tuple(advice for rule in RULES for advice in rule(figures, circumstances))
