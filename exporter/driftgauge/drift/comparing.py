"""Hold windows against what is normal for them: all statistics of all features at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.drift.findings import Finding, decide, surest
from driftgauge.drift.learning import LEAST_ROWS, Norm, Standard, rare_counts
from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.seasons import NONE
from driftgauge.drift.window_statistics import Statistics
from driftgauge.model.bins import FloatArray
from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow

SAFETY: Final = 0.25
"""The share of the budget that is spent: the laws are models, and models are wrong."""


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
    shares = floors[values.shape[1] :]
    effects, scores, p_values = np.stack(
        [
            np.hstack([_by_statistic(standard.statistics, judged, *own), _by_share(judged, shares)])
            for judged, *own in zip(windows, values, rows, strict=True)
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


def _by_statistic(statistics: Statistics, judged: Judged, values: FloatArray, rows: FloatArray) -> FloatArray:
    """Return effect, z-score and p-value of each statistic (shape (3, k)); NaN where there are too few values."""
    expectation = judged.norm.expectation
    centers = expectation.centers(judged.window.middle)
    scores = expectation.z_scores(values, centers, np.maximum(rows, 1))
    found = np.stack([statistics.effects(values, centers), scores, expectation.p_values(scores)])
    return np.where(rows >= LEAST_ROWS, found, np.nan)


def _by_share(judged: Judged, floors: FloatArray) -> FloatArray:
    """Return the same of the shares that should hardly occur, missing values and unseen categories: growth alone."""
    missing, unseen, values = rare_counts(judged.profile).T
    categorical = judged.profile.layout.unseen >= 0
    laws = (*judged.norm.missing.values(), *judged.norm.unseen.values())
    expected = np.array([law.share for law in laws])
    hits = np.concatenate([missing, unseen[categorical]])
    rows = np.concatenate([missing + values, values[categorical]])
    enough = rows >= np.repeat([1, LEAST_ROWS], [len(missing), categorical.sum()])
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = hits / rows - expected
        scores = effects / np.sqrt(expected * (1 - expected) / rows)
    p_values = np.ones(len(laws))
    for place in np.flatnonzero(enough & (effects >= floors)):
        p_values[place] = laws[place].tail(int(hits[place]), int(rows[place]))
    return np.where(enough, [np.maximum(effects, 0.0), scores, p_values], np.nan)
