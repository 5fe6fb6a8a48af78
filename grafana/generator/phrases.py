"""Words, columns and turns of PromQL that several dashboards need: verdicts as one number, since when, and the like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from generator.links import EVIDENCE, of_series
from generator.panels import GREEN, GREY, RED, Column, State, States
from generator.promql import MODEL

FEATURE: Final = f"{MODEL}, feature"
OF_MODEL: Final = "{{version}} {{environment}}"
OF_FEATURE: Final = "{{feature}} {{version}} {{environment}}"
NOT_JUDGED: Final = "No window was judged: it needs a reference and rows (driftgauge show drift says what is missing)."
TO_EVIDENCE: Final = of_series("Evidence of this feature", EVIDENCE, "model", "version", "environment", "feature")

CHOICE: Final = ("model", "version", "environment")
VERSION: Final = Column(of="version", title="Version", width=90)
ENVIRONMENT: Final = Column(of="environment", title="Environment", width=110)

VERDICTS: Final[Mapping[str, int]] = {"drifted": 1, "insufficient_data": 2, "no_data": 3}
VERDICT: Final[States] = {
    "0": State(text="stable", colour=GREEN),
    "1": State(text="drifted", colour=RED),
    "2": State(text="too few rows", colour=GREY),
    "3": State(text="no rows", colour=GREY),
}


def one_of(metric: str, label: str, numbers: Mapping[str, int], by: str, *, chosen: str = "") -> str:
    """Return which value of a label has the 1, as a number; 0 where none of the numbered has.

    >>> one_of("ml_x", "state", {"a": 1, "b": 2}, "model")
    'max by (model) (ml_x{@model, state="a"}) + 2 * max by (model) (ml_x{@model, state="b"})'
    """
    parts = (
        ("" if number == 1 else f"{number} * ") + f'max by ({by}) ({metric}{{@model{chosen}, {label}="{value}"}})'
        for value, number in numbers.items()
    )
    return " + ".join(parts)


def since(state: str) -> str:
    """Return for how long a state has been 1, in seconds, as far back as the time that is shown."""
    return (
        f"(time() - (max_over_time(timestamp(({state}) == 0)[$__range:$__interval]) "
        f"or min_over_time(timestamp({state})[$__range:$__interval]))) and ({state}) == 1"
    )


def ever(by: str, selector: str) -> str:
    """Return a state of 0 or 1, of those only that were 1 at some time that is shown."""
    return f"max by ({by}) ({selector}) and max by ({by}) (max_over_time({selector}[$__range] @ end())) == 1"


def most(count: int, by: str, selector: str) -> str:
    """Return values of those only that reach the highest in the time that is shown."""
    return f"max by ({by}) ({selector}) and topk({count}, max by ({by}) (max_over_time({selector}[$__range] @ end())))"
