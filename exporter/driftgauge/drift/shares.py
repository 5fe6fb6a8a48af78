"""The shares that should hardly occur: values that are missing, of another type, never seen, or out of range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from driftgauge.drift.rare import RareShare
from driftgauge.drift.tests.invalid_share import TEST as INVALID_SHARE
from driftgauge.drift.tests.missing_share import TEST as MISSING_SHARE
from driftgauge.drift.tests.out_of_range_share import TEST as OUT_OF_RANGE_SHARE
from driftgauge.drift.tests.unseen_share import TEST as UNSEEN_SHARE
from driftgauge.drift.tests.unseen_share import unseen_by_chance
from driftgauge.drift.window_statistics import FEW_VALUES
from driftgauge.model.bins import BinLayout, IntArray
from driftgauge.model.profile import INVALID, CategoricalProfile, ModelProfile

BY_CHANCE_OUTSIDE: Final = 2  # of as many values as the reference has are expected beyond its two ends (Wilks 1942)
OUT_OF_RANGE_FLOOR: Final = 0.1
"""A level that wanders leaves the range by itself; a tenth of the values beyond it is another unit or another thing."""
RANGE_SPAN: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rare:
    """One such share: the test that shows it, whether it is of rows (else of values), and from where it matters."""

    test: str
    of_rows: bool
    floor: float


RARE: Final = (
    Rare(test=MISSING_SHARE.name, of_rows=True, floor=MISSING_SHARE.default_threshold),
    Rare(test=INVALID_SHARE.name, of_rows=True, floor=INVALID_SHARE.default_threshold),
    Rare(test=UNSEEN_SHARE.name, of_rows=False, floor=UNSEEN_SHARE.default_threshold),
    Rare(test=OUT_OF_RANGE_SHARE.name, of_rows=False, floor=OUT_OF_RANGE_FLOOR),
)
OF_ROWS: Final = frozenset(share.test for share in RARE if share.of_rows)
"""The shares that can be judged where there are hardly any values."""

Laws = dict[str, dict[str, RareShare]]
"""The law of each share by feature, by the test's name in the order of `RARE`; of features that can have it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RareCounts:
    """How often each share of `RARE` occurred (shape (features, 4)), among how many rows and values (features,).

    `outermost` is how many values lie in the outermost slots of the range, or beyond it (shape (features,)).
    """

    hits: IntArray
    outermost: IntArray
    rows: IntArray
    values: IntArray

    @classmethod
    def of(cls, profile: ModelProfile) -> RareCounts:
        """Count them in a profile."""
        layout = profile.layout
        values = np.add.reduceat(profile.counts, layout.starts)
        ends = np.append(layout.starts[1:], layout.slots) - 1
        numeric = layout.unseen < 0
        hits = [
            profile.rows - values,
            profile.gaps[:, INVALID],
            np.where(numeric, 0, profile.counts[layout.unseen]),
            np.where(numeric, profile.counts[layout.starts] + profile.counts[ends], 0),
        ]
        return cls(
            hits=np.stack(hits, axis=1),
            outermost=hits[-1] + np.where(numeric, profile.counts[layout.starts + 1] + profile.counts[ends - 1], 0),
            rows=np.full(len(values), profile.rows),
            values=values,
        )


def have_laws(layout: BinLayout, laws: Laws) -> NDArray[np.bool_]:
    """Return which share of `RARE` has a law for which feature (shape (4, features))."""
    return np.array([[name in laws[share.test] for name in layout.features] for share in RARE])


def learn_laws(total: ModelProfile, windows: Sequence[RareCounts], *, span: timedelta) -> Laws:
    """Learn the laws from a reference: those of rows from its windows.

    Of the others a frozen reference has none, since it chose the categories and the range; how many are to come by
    chance follows from the categories that it had once, and from how many values it has. A rolling one may have some.
    What is shorter than `RANGE_SPAN` does not know the range: hours that it has not seen lie beyond it.
    An edge that wanders with the level leaves the range for an hour at a time. How uneven that is, the reference shows
    a little farther in: what lies beyond its range is taken to be no more than what lies in its outermost slots has
    been. Of few values, those are no edges, and a value beyond them is another one.
    """
    rows = np.stack([each.rows for each in windows])
    hits = np.stack([each.hits for each in windows])
    values = np.stack([each.values for each in windows])
    outermost = np.stack([each.outermost for each in windows])
    laws: Laws = {share.test: {} for share in RARE}
    for place, name in enumerate(total.layout.features):
        for column, share in enumerate(RARE):
            if share.of_rows:
                laws[share.test][name] = RareShare.learn(hits[:, place, column], rows[:, place])
        profile = total.feature(name)
        if isinstance(profile, CategoricalProfile):
            by_chance, worth = unseen_by_chance(profile)
            laws[UNSEEN_SHARE.name][name] = RareShare.learn(_of(by_chance * worth), _of(profile.n * worth))
        elif span >= RANGE_SPAN and np.count_nonzero(profile.counts) > FEW_VALUES:
            laws[OUT_OF_RANGE_SHARE.name][name] = RareShare.learn(outermost[:, place], values[:, place])
        elif span >= RANGE_SPAN:
            laws[OUT_OF_RANGE_SHARE.name][name] = RareShare.learn(
                _of(BY_CHANCE_OUTSIDE + int(profile.counts[[0, -1]].sum())), _of(profile.n)
            )
    return laws


def _of(count: float) -> IntArray:
    return np.array([round(count)])
