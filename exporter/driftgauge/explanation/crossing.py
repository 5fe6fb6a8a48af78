"""Cross what became of a model's reasoning with what became of its inputs: four states, in words."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from driftgauge.model.verdict import Verdict


class State(StrEnum):
    """What changed since the reference: inputs are feature values, reasoning is how a model weighs them."""

    UNCHANGED = "unchanged"
    INPUTS_CHANGED = "inputs_changed"
    REASONING_CHANGED = "reasoning_changed"
    BOTH_CHANGED = "both_changed"


SENTENCES: Final = MappingProxyType(
    {
        State.UNCHANGED: "nothing changed: inputs and reasoning are as in the reference",
        State.INPUTS_CHANGED: "inputs changed: the model still reasons as in the reference",
        State.REASONING_CHANGED: "reasoning changed: inputs are as in the reference, the model weighs them otherwise",
        State.BOTH_CHANGED: "both changed: attributions follow the inputs, so it may be the same model on other inputs",
    }
)
_STATES: Final = MappingProxyType(
    {
        (False, False): State.UNCHANGED,
        (True, False): State.INPUTS_CHANGED,
        (False, True): State.REASONING_CHANGED,
        (True, True): State.BOTH_CHANGED,
    }
)


def cross(inputs: Verdict | None, reasoning: Verdict | None) -> State | None:
    """Return the state that two verdicts make; None where either side was not judged.

    Examples
    --------
    >>> cross(Verdict.STABLE, Verdict.DRIFTED).value
    'reasoning_changed'
    """
    changed = _changed(inputs), _changed(reasoning)
    if changed[0] is None or changed[1] is None:
        return None
    return _STATES[changed[0], changed[1]]


def describe(inputs: Verdict | None, reasoning: Verdict | None) -> str:
    """Return what changed in a sentence, and what could not be judged.

    Examples
    --------
    >>> describe(None, Verdict.DRIFTED)
    'reasoning changed; inputs were not judged'
    >>> describe(Verdict.DRIFTED, Verdict.STABLE)
    'inputs changed: the model still reasons as in the reference'
    """
    state = cross(inputs, reasoning)
    if state is not None:
        return SENTENCES[state]
    told = [
        f"{what} {'changed' if changed else 'did not change'}"
        for what, changed in (("reasoning", _changed(reasoning)), ("inputs", _changed(inputs)))
        if changed is not None
    ]
    untold = [
        what for what, changed in (("reasoning", _changed(reasoning)), ("inputs", _changed(inputs))) if changed is None
    ]
    return "; ".join([*told, f"{' and '.join(untold)} {'was' if untold == ['reasoning'] else 'were'} not judged"])


def _changed(verdict: Verdict | None) -> bool | None:
    if verdict is Verdict.DRIFTED:
        return True
    return False if verdict is Verdict.STABLE else None
