"""The kinds of drift that are looked for: what changes, in which features, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alert_quality.features import CategoricalFeature, Feature, NumericFeature
from alert_quality.shapes import BIMODAL, Shape
from alert_quality.streams import DAY
from driftgauge.model.bins import FloatArray

HORIZON: Final = 2 * DAY
DRIFTED: Final = 5
ON, OFF = DAY, 2 * DAY  # of the drift that goes and comes back

Course = Callable[[NDArray[np.int64]], FloatArray]
"""From hours since the onset, 0 the first, to how strong the drift is."""


def _at_once(hours: NDArray[np.int64]) -> FloatArray:
    return (hours >= 0).astype(np.float64)


def _gradually(hours: NDArray[np.int64]) -> FloatArray:
    return np.maximum(hours + 1.0, 0.0)


def _on_and_off(hours: NDArray[np.int64]) -> FloatArray:
    return ((hours >= 0) & (hours % (ON + OFF) < ON)).astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A change of the first five features of one kind; `shift` times the course is added to their level.

    The rest applies in the hours in which the course is not 0. `moved` is the share of rows that change their category
    from the most to the least frequent one. `again` is the hour in which drift that had gone comes back.
    """

    name: str
    kind: type[NumericFeature | CategoricalFeature] = NumericFeature
    course: Course = _at_once
    horizon: int = HORIZON
    again: int | None = None
    shift: float = 0.0
    spread: float = 1.0
    shape: Shape | None = None
    moved: float = 0.0
    missing: float = 0.0

    def touched(self, features: tuple[Feature, ...]) -> frozenset[str]:
        """Return the names of the features that drift."""
        return frozenset([feature.name for feature in features if isinstance(feature, self.kind)][:DRIFTED])


MEAN: Final = Drift(name="mean .25σ", shift=0.25)
DRIFTS: Final = (
    MEAN,
    Drift(name="variance × 1.5", spread=1.5**0.5),
    Drift(name="bimodal, same mean and variance", shape=BIMODAL),
    Drift(name="category mix, TVD .1", kind=CategoricalFeature, moved=0.1),
    Drift(name="missing 0 → 5 %", missing=0.05),
    Drift(name="ramp .01σ an hour", course=_gradually, shift=0.01, horizon=3 * DAY),
    Drift(name="mean .25σ for a day", course=_on_and_off, shift=0.25, horizon=2 * ON + OFF, again=ON + OFF),
)
