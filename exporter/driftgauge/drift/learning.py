"""Learn from the buckets of a reference what any window of a model should look like."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import islice, pairwise
from typing import Final

import numpy as np

from driftgauge.drift.expectation import LEAST_WINDOWS, Expectation, WindowStatistics, learn
from driftgauge.drift.rare import RareShare
from driftgauge.drift.seasons import DAY, NONE, OF_DAYS, WITHIN_A_DAY, Season
from driftgauge.drift.tests.missing_share import TEST as MISSING_SHARE
from driftgauge.drift.tests.unseen_share import TEST as UNSEEN_SHARE
from driftgauge.drift.tests.unseen_share import unseen_by_chance
from driftgauge.drift.window_statistics import Statistics
from driftgauge.model.bins import BinLayout, FloatArray, IntArray
from driftgauge.model.profile import CategoricalProfile, ModelProfile
from driftgauge.model.series import ProfileSeries

LEAST_ROWS: Final = 30
"""A statistic of fewer values is too far from normal to be judged."""
OVERLAP: Final = 4
"""Long windows of the reference begin so many times in their own width."""
AT_ONCE: Final = 4
"""Windows whose statistics are computed together: so few that they stay in the processor's cache."""
MISSING, VALUES = 0, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Norm:
    """What is normal for windows of one width: the law of each statistic, and of rare shares by feature.

    `windows` is how many of the reference's taught it; 0 where nothing did, and the laws are assumed for any width.
    """

    width: timedelta | None
    windows: int
    expectation: Expectation
    missing: dict[str, RareShare]
    unseen: dict[str, RareShare]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a finding can be of: a statistic, or a share of a feature's rows that should hardly occur."""

    feature: str
    name: str
    part: str | None
    floor: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Standard:
    """What a model's windows are held against: the norm of a single bucket, if there is one, and of the whole."""

    statistics: Statistics
    norms: tuple[Norm, ...]

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """All that is judged: the statistics, then the missing share of each feature, then the unseen shares."""
        norm = self.norms[0]
        return (
            *(
                Subject(feature=each.feature, name=each.shift.name, part=each.part, floor=each.shift.floor)
                for each in self.statistics.statistics
            ),
            *(
                Subject(feature=feature, name=test.name, part=None, floor=test.default_threshold)
                for test, laws in ((MISSING_SHARE, norm.missing), (UNSEEN_SHARE, norm.unseen))
                for feature in laws
            ),
        )

    @cached_property
    def sorts(self) -> IntArray:
        """Of which sort each subject is: those of one name and feature are of one."""
        names = [(subject.feature, subject.name) for subject in self.subjects]
        sorts = {name: sort for sort, name in enumerate(dict.fromkeys(names))}
        return np.array([sorts[name] for name in names], dtype=np.int64)


def learn_standard(reference: ProfileSeries, width: timedelta) -> Standard:
    """Learn what is normal for single buckets and for windows of `width`.

    Where the reference is too short for windows of `width`, they are taken to differ as single buckets do, seasons and
    all, which is cautious. Of one whose rows have no times, whose buckets do not tile the width, or that has too few of
    them, nothing can be learned of how windows differ: then something modest is assumed.
    """
    total = reference.total
    buckets = len(reference.profiles)
    statistics = Statistics.of(total, total.rows / buckets)
    usual, _ = statistics.compute(total.counts[np.newaxis], total.sums[np.newaxis])
    bucket = reference.bucket
    widths = set[timedelta]() if bucket is None else {each for each in (bucket, width) if not width % bucket}
    norms = [_norm(statistics, reference, usual[0], each, _seasons(each)) for each in sorted(widths)]
    known = [norm for norm in norms if norm is not None]
    if not any(norm.width == width for norm in known):
        # A season of single buckets says nothing of the longer window: without one, it counts as their difference.
        teach = bucket is not None and bool(known) and total.rows >= LEAST_ROWS * buckets
        alike = _norm(statistics, reference, usual[0], bucket, (NONE,)) if teach and bucket is not None else None
        whole = _assumed(statistics, total, usual[0]) if alike is None else _lent(alike, width, total.rows / buckets)
        known.append(whole)
    return Standard(statistics=statistics, norms=tuple(known))


def rare_counts(profile: ModelProfile) -> IntArray:
    """Return for each feature how many rows have no value, how many values were never seen, and how many there are.

    Returns
    -------
    IntArray, shape (features, 3)
        Missing values, unseen categories, values.
    """
    values = np.add.reduceat(profile.counts, profile.layout.starts)
    unseen = np.where(profile.layout.unseen < 0, 0, profile.counts[profile.layout.unseen])
    return np.stack([profile.rows - values, unseen, values], axis=1)


def _seasons(width: timedelta) -> tuple[Season, ...]:
    return WITHIN_A_DAY if width.total_seconds() < DAY else OF_DAYS


def _norm(
    statistics: Statistics, reference: ProfileSeries, usual: FloatArray, width: timedelta, seasons: tuple[Season, ...]
) -> Norm | None:
    """Learn from the reference's windows of one width; None if there are too few."""
    times: list[float] = []
    values: list[FloatArray] = []
    rows: list[FloatArray] = []
    rare: list[IntArray] = []
    windows_of_width = _windows(reference, width)
    while some := list(islice(windows_of_width, AT_ONCE)):
        times += [time for time, _ in some]
        profiles = [profile for _, profile in some]
        found = statistics.compute(
            np.stack([profile.counts for profile in profiles]), np.stack([profile.sums for profile in profiles])
        )
        values.append(found[0])
        rows.append(found[1])
        rare += [rare_counts(profile) for profile in profiles]
    if len(times) < LEAST_WINDOWS:
        return None
    of_rows = np.vstack(rows)
    windows = WindowStatistics(
        values=np.where(of_rows < LEAST_ROWS, np.nan, np.vstack(values)),
        times=np.array(times),
        rows=of_rows,
        noise=statistics.noise,
        width=width.total_seconds(),
    )
    missing, unseen = _rare(reference.total, np.stack(rare))
    return Norm(
        width=width,
        windows=len(times),
        expectation=learn(windows, usual, seasons),
        missing=missing,
        unseen=unseen,
    )


def _windows(reference: ProfileSeries, width: timedelta) -> Iterator[tuple[float, ModelProfile]]:
    """Yield the middle and the profile of the reference's windows of one width, which may overlap.

    A window that lies beyond the reference's ends, or has no rows, is left out.
    """
    assert reference.windows is not None  # noqa: S101 - its buckets have a width
    assert reference.bucket is not None  # noqa: S101
    buckets = width // reference.bucket
    step = max(buckets // OVERLAP, 1)
    block = math.gcd(buckets, step)  # buckets that windows share are read and merged once
    starts = [window.start for window in reference.windows]
    span = (reference.windows[-1].end - starts[0]) // reference.bucket
    blocks = [starts[0] + place * block * reference.bucket for place in range(span // block + 1)]
    held: deque[ModelProfile | None] = deque(maxlen=buckets // block)
    for place, (start, end) in enumerate(pairwise(blocks), start=1):
        own = range(bisect_left(starts, start), bisect_left(starts, end))
        held.append(_merged(reference.layout, [reference.profiles[bucket] for bucket in own]))
        first = place - buckets // block
        if first >= 0 and first % (step // block) == 0:
            profile = _merged(reference.layout, [each for each in held if each is not None])
            if profile is not None:
                yield (blocks[first] + width / 2).timestamp(), profile


def _merged(layout: BinLayout, profiles: Sequence[ModelProfile]) -> ModelProfile | None:
    if len(profiles) <= 1:
        return profiles[0] if profiles else None
    return ModelProfile.merged(layout, profiles)


def _rare(total: ModelProfile, counts: IntArray) -> tuple[dict[str, RareShare], dict[str, RareShare]]:
    """Learn the laws of rare shares: of missing values from windows (windows × features × 3).

    The reference has nothing unseen, since it chose the categories; those that it had once tell how many are to come.
    """
    rows = counts[:, :, VALUES] + counts[:, :, MISSING]
    missing: dict[str, RareShare] = {}
    unseen: dict[str, RareShare] = {}
    for place, name in enumerate(total.layout.features):
        missing[name] = RareShare.learn(counts[:, place, MISSING], rows[:, place])
        profile = total.feature(name)
        if isinstance(profile, CategoricalProfile):
            by_chance, worth = unseen_by_chance(profile)
            unseen[name] = RareShare.learn(_of(by_chance * worth), _of(profile.n * worth))
    return missing, unseen


def _of(count: float) -> IntArray:
    return np.array([round(count)])


def _lent(norm: Norm, width: timedelta, usual_rows: float) -> Norm:
    """Return the norm of single buckets for longer windows: these stray as far, however many rows they have."""
    expectation = norm.expectation
    strays = expectation.between + expectation.noise / usual_rows
    return replace(norm, width=width, expectation=replace(expectation, between=strays))


def _assumed(statistics: Statistics, total: ModelProfile, usual: FloatArray) -> Norm:
    missing, unseen = _rare(total, rare_counts(total)[np.newaxis])
    return Norm(
        width=None,
        windows=0,
        expectation=Expectation.assumed(usual, statistics.noise),
        missing=missing,
        unseen=unseen,
    )
