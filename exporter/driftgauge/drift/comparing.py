"""Hold windows against what is normal for them: all statistics of all features at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.drift.findings import Finding, decide, surest
from driftgauge.drift.learning import LEAST_ROWS, Norm, Standard
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.proportions import EXACT_BELOW
from driftgauge.drift.rare import RareShare
from driftgauge.drift.seasons import NONE, local_seconds
from driftgauge.drift.shares import RARE, RareCounts, have_laws
from driftgauge.model.bins import FloatArray
from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow

SAFETY: Final = 0.25
"""The share of the budget that is spent: the laws are models, and models are wrong."""

SURE, SURPRISING = 1e-13, 1e-3
"""Between these p-values that of a share of few values is looked at again: fewer than none there cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One window, held against the norm of its width."""

    window: TimeWindow
    profile: ModelProfile
    norm: Norm

    def season(self, subject: int) -> str:
        """Return the name of the season by which a subject was expected; rare shares have none."""
        expectation = self.norm.expectation
        statistics = len(expectation.chosen)
        return expectation.seasons[int(expectation.chosen[subject])].name if subject < statistics else NONE.name


def compare(standard: Standard, windows: Sequence[Judged], settings: PolicySettings) -> tuple[list[Finding], int]:
    """Return the finding to tell of each name of each feature, and how many there were in all.

    Parameters
    ----------
    standard : Standard
        What the reference taught.
    windows : sequence of Judged
        At least one, the whole window last.
    settings : PolicySettings
        Floors and budget.

    Returns
    -------
    tuple of list of Finding and int
        In the order in which windows, and the standard's subjects, first have them.
    """
    subjects = standard.subjects
    floors = np.array([settings.threshold(each.feature, each.name, each.floor) for each in subjects])
    values, rows = standard.statistics.compute(
        np.stack([judged.profile.counts for judged in windows]), np.stack([judged.profile.sums for judged in windows])
    )
    wanted, shares = floors[: values.shape[1]], floors[values.shape[1] :]
    effects, scores, p_values = np.stack(
        [
            np.hstack([_by_statistic(standard, judged, found, among, wanted), _by_share(judged, shares)])
            for judged, found, among in zip(windows, values, rows, strict=True)
        ],
        axis=1,
    )
    known = ~np.isnan(p_values)
    times = known.sum(axis=1, keepdims=True) * len(windows) / SAFETY
    adjusted, drifted = decide(p_values, effects, floors, times=times, alpha=settings.alpha)
    told = surest(standard.sorts, adjusted, drifted)
    columns = [column.ravel()[told].tolist() for column in (effects, scores, p_values, adjusted, drifted)]
    findings: list[Finding] = []
    for flat, effect, score, p_value, corrected, is_drift in zip(told, *columns, strict=True):
        place, subject = divmod(int(flat), len(subjects))
        judged, of = windows[place], subjects[subject]
        findings.append(
            Finding(
                feature=of.feature,
                name=of.name,
                part=of.part,
                effect=effect,
                floor=float(floors[subject]),
                statistic=score,
                p_value=p_value,
                window=judged.window,
                windows=judged.norm.windows,
                season=judged.season(subject),
                adjusted=corrected,
                drifted=is_drift,
            )
        )
    return findings, int(known.sum())


def _by_statistic(
    standard: Standard, judged: Judged, values: FloatArray, rows: FloatArray, floors: FloatArray
) -> FloatArray:
    """Return effect, z-score and p-value of each statistic (shape (3, k)); NaN where there are too few values.

    What would be too unlikely of a share by the t law is no less likely than by the law of its count.
    """
    expectation = judged.norm.expectation
    (middle,) = local_seconds(np.array([judged.window.middle]), standard.zone)
    centers = expectation.centers(float(middle))
    scores = expectation.z_scores(values, centers, np.maximum(rows, 1))
    effects, p_values = standard.statistics.effects(values, centers), expectation.p_values(scores)
    expected = np.sin(np.clip(centers, 0, np.pi) / 2) ** 2
    few = np.minimum(expected, 1 - expected) * rows < EXACT_BELOW
    doubtful = standard.statistics.is_share & few & (p_values > SURE) & (p_values < SURPRISING)
    for place in np.flatnonzero(doubtful & (np.abs(effects) >= floors) & (rows >= LEAST_ROWS)):
        law = RareShare.around(float(expected[place]), float(expectation.between[place]))
        count = round(float(rows[place] * np.sin(values[place] / 2) ** 2))
        p_values[place] = max(p_values[place], law.two_sided(count, int(rows[place])))
    found = np.stack([effects, scores, p_values])
    return np.where(rows >= LEAST_ROWS, found, np.nan)


def _by_share(judged: Judged, floors: FloatArray) -> FloatArray:
    """Return the same of the shares that should hardly occur, one after the other: growth alone."""
    counts = RareCounts.of(judged.profile)
    possible = have_laws(judged.profile.layout, judged.norm.rare)
    laws = [law for of_share in judged.norm.rare.values() for law in of_share.values()]
    expected = np.array([law.share for law in laws])
    hits = counts.hits.T[possible]
    among = np.stack([counts.rows if share.of_rows else counts.values for share in RARE])[possible]
    least = np.array([1 if share.of_rows else LEAST_ROWS for share in RARE])
    enough = among >= np.broadcast_to(least[:, np.newaxis], possible.shape)[possible]
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = hits / among - expected
        scores = effects / np.sqrt(expected * (1 - expected) / among)
    p_values = np.ones(len(laws))
    for place in np.flatnonzero(enough & (effects >= floors)):
        p_values[place] = laws[place].tail(int(hits[place]), int(among[place]))
    return np.where(enough, [np.maximum(effects, 0.0), scores, p_values], np.nan)
