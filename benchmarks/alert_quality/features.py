"""The features of a simulated model: four of five numeric, of varied shapes and units, the fifth categorical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from alert_quality.shapes import SHAPES, Shape
from driftgauge.model.bins import FloatArray

WHOLE: Final = 4  # the place in SHAPES of the integer-like feature
WHOLE_DEVIATION: Final = 9.0
CATEGORIES: Final = (3, 5, 8, 12, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericFeature:
    """Values `location + scale * (level + spread * z)` with `z` of the shape, rounded where `whole`.

    A level, and a change of the mean, is thus in standard deviations of the feature.
    """

    name: str
    shape: Shape
    location: float
    scale: float
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalFeature:
    """Categories by falling share; a level tilts the mix: it moves the mean rank by about that many deviations."""

    name: str
    shares: FloatArray

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories' names."""
        return tuple(f"level {place:02}" for place in range(len(self.shares)))

    def mixes(self, levels: FloatArray) -> FloatArray:
        """Return the shares of the categories at each level (levels × categories).

        Notes
        -----
        `p_k exp(level u_k)`, normalised, with the rank `u` scaled to mean 0 and variance 1 under `p`.
        """
        ranks = np.arange(len(self.shares), dtype=np.float64)
        ranks -= self.shares @ ranks
        ranks /= np.sqrt(self.shares @ ranks**2)
        tilted = self.shares * np.exp(levels[:, np.newaxis] * ranks)
        return tilted / tilted.sum(axis=1, keepdims=True)


Feature = NumericFeature | CategoricalFeature


def features_of(count: int) -> tuple[Feature, ...]:
    """Return `count` features, in the order in which drift takes them.

    Examples
    --------
    >>> [feature.name for feature in features_of(5)]
    ['number_000', 'number_001', 'number_002', 'number_003', 'category_000']
    """
    numeric = count - count // 5
    return (
        *(_numeric(place) for place in range(numeric)),
        *(_categorical(place) for place in range(count - numeric)),
    )


def _numeric(place: int) -> NumericFeature:
    kind = place % len(SHAPES)
    scale = WHOLE_DEVIATION if kind == WHOLE else 10.0 ** (place % 5 - 1)
    return NumericFeature(
        name=f"number_{place:03}", shape=SHAPES[kind], location=4 * scale, scale=scale, whole=kind == WHOLE
    )


def _categorical(place: int) -> CategoricalFeature:
    weights = 1 / np.arange(1, CATEGORIES[place % len(CATEGORIES)] + 1)
    return CategoricalFeature(name=f"category_{place:03}", shares=weights / weights.sum())
