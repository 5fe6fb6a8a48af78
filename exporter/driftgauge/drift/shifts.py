"""The kinds of shift that the calibrated policy looks for, and how large one must be to matter."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from driftgauge.model.bins import FeatureKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A kind of shift: its score is 0 where a window is as expected; from `floor` on it matters.

    `unit` and `meaning` complete the sentence "a score of 0.2 <unit> is …".
    """

    name: str
    kinds: frozenset[FeatureKind]
    floor: float
    unit: str
    meaning: str


_NUMERIC: Final = frozenset({FeatureKind.NUMERIC})
LOCATION: Final = Shift(
    name="location_shift",
    kinds=_NUMERIC,
    floor=0.1,
    unit="standard deviations of the reference",
    meaning="how far the mean moved",
)
SCALE: Final = Shift(
    name="scale_shift",
    kinds=_NUMERIC,
    floor=0.068,
    unit="natural logarithm of a ratio",
    meaning="how much wider or narrower the values spread (0.068: by 7 %)",
)
SKEWNESS: Final = Shift(
    name="skewness_shift",
    kinds=_NUMERIC,
    floor=0.04,
    unit="L-skewness, from -1 to 1",
    meaning="how much more lopsided the values lie",
)
TAIL: Final = Shift(
    name="tail_shift",
    kinds=_NUMERIC,
    floor=0.03,
    unit="L-kurtosis, up to 1",
    meaning="how much heavier or lighter the tails are, or how much more two-peaked the values lie",
)
SHARE: Final = Shift(
    name="share_shift",
    kinds=frozenset(FeatureKind),
    floor=0.03,
    unit="share of values",
    meaning="how much the share of the category, or of the value of a feature with few, moved that moved most clearly",
)
SHIFTS: Final = MappingProxyType({shift.name: shift for shift in (LOCATION, SCALE, SKEWNESS, TAIL, SHARE)})
"""Every kind by name, as `drift.thresholds` may name it."""
