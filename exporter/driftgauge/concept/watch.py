"""Follow a stream of errors of which nothing is known: a detector, in a scale that is learned first if it needs one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from driftgauge.concept.change import Change
from driftgauge.concept.detector import LARGEST, State
from driftgauge.concept.parameters import Plain
from driftgauge.concept.registry import AnyDetector, AnyKind

SCALE: Final = "scale"
LEARNED_FROM: Final = 500
"""Values that teach the scale; of a standard deviation they leave about 3 % of doubt."""


@dataclass(slots=True, kw_only=True)
class Spread:
    """What is known of the scale: how many values, their mean, and their summed squared deviations."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """Take one more value."""
        self.n += 1
        off = value - self.mean
        self.mean += off / self.n
        self.squares += off * (value - self.mean)

    @property
    def scale(self) -> float | None:
        """The standard deviation; None while there are too few values, or none that differ."""
        return math.sqrt(self.squares / (self.n - 1)) if self.n >= LEARNED_FROM and self.squares > 0 else None


class Watch:
    """A detector on a stream, made by `follow`; its `state` is plain JSON, bounded in size.

    A detector whose unit is a scale with a fixed default, such as Page-Hinkley, would be as sure as errors happen to be
    large. Where no scale is given, the first `LEARNED_FROM` values, or more until two of them differ, teach it: they
    are not watched, and the scale then stays what it is, after a drift, too, until the watch begins anew.
    """

    def __init__(self, kind: AnyKind, parameters: Mapping[str, Plain]) -> None:
        """Start before the first value.

        Raises
        ------
        ValueError
            If a parameter is unknown, of a wrong type or out of range.
        """
        self._kind = kind
        self._given = dict(parameters)
        chosen = kind.parameters.read(parameters).plain()
        learns = kind.parameters.defaults().get(SCALE) is not None and SCALE not in parameters
        self._chosen = chosen | {SCALE: None} if learns else chosen
        self._spread = Spread() if learns else None
        self._detector: AnyDetector | None = None if learns else kind.start(parameters)

    @classmethod
    def follow(cls, kind: AnyKind, state: State | None, parameters: Mapping[str, Plain]) -> Watch:
        """Return the watch to go on with: the one put away, or a new one if there is none that goes on.

        That is so if it was set otherwise, or if its state cannot be read, as after a change of its form.

        Raises
        ------
        ValueError
            If a parameter is unknown, of a wrong type or out of range.

        Examples
        --------
        >>> from driftgauge.concept.registry import DETECTORS
        >>> kind = DETECTORS["page_hinkley"]
        >>> watch = Watch.follow(kind, None, {})
        >>> watch.update([1.0, 3.0] * 250), watch.scale is None
        ((), False)
        >>> again = Watch.follow(kind, watch.state(), {})
        >>> again.seen, round(again.scale, 3), Watch.follow(kind, watch.state(), {"delta": 0.1}).seen
        (500, 1.001, 0)
        """
        new = cls(kind, parameters)
        if state is None or state.get("parameters") != new._chosen:
            return new
        try:
            new._resume(state)
        except (ValueError, KeyError, TypeError):
            return cls(kind, parameters)
        return new

    def _resume(self, state: State) -> None:
        if self._spread is not None:
            self._spread = Spread(**state["spread"])
        if state["detector"] is not None:
            self._detector = self._kind.resume(state["detector"])

    @property
    def scale(self) -> float | None:
        """The scale that was learned; None where it was given, is not needed, or is not known yet."""
        return None if self._spread is None or self._detector is None else self._spread.scale

    @property
    def missing(self) -> int:
        """How many values are at least needed before it watches."""
        return 0 if self._spread is None or self._detector else max(LEARNED_FROM - self._spread.n, 1)

    @property
    def seen(self) -> int:
        """How many values it has taken, those that taught the scale included."""
        return (self._spread.n if self._spread else 0) + (self._detector.seen if self._detector else 0)

    @property
    def score(self) -> float | None:
        """How much of the way to a drift the stream has gone; None before it is watched."""
        return None if self._detector is None else float(self._detector.score)

    def update(self, values: ArrayLike) -> tuple[Change, ...]:
        """Take values in their order and return what changed at them, as `Detector.update` does.

        Raises
        ------
        ValueError
            If there is more than one dimension, or a value that the detector does not take.
        """
        given = np.asarray(values, dtype=np.float64)
        taken = 0
        while self._spread is not None and self._detector is None and taken < len(given):
            value = float(given[taken])
            taken += 1
            if abs(value) <= LARGEST:
                self._spread.add(value)
            if (scale := self._spread.scale) is not None:
                self._detector = self._kind.start({**self._given, SCALE: scale})
        if self._detector is None:
            return ()
        found = self._detector.update(given[taken:])
        return tuple(replace(change, index=change.index + taken) for change in found)

    def state(self) -> State:
        """Return all that is needed to go on later, by `follow`, as if nothing had been in between."""
        return {
            "parameters": self._chosen,
            "spread": None if self._spread is None else asdict(self._spread),
            "detector": None if self._detector is None else self._detector.state(),
        }
