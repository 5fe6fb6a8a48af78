"""The default policy: a window drifted if it strays farther than the reference's own windows ever should.

How far that is is learned from the reference, hour by hour: season, likeness of neighbours, sampling noise. All
statistics of all features, of the newest bucket and of the whole window, share one budget of false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from driftgauge.drift.findings import Correction, Finding, finding_reason, too_little
from driftgauge.drift.learning import LEAST_ROWS, Norm, Standard, learn_standard, rare_counts
from driftgauge.drift.policy import Learned, PolicySettings, model_verdict
from driftgauge.drift.rare import RareShare
from driftgauge.drift.reasons import NO_ROWS
from driftgauge.drift.registry import TESTS
from driftgauge.drift.seasons import NONE
from driftgauge.drift.window_statistics import Statistics
from driftgauge.model.bins import FloatArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import FeatureProfile, ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow

MISSING_SHARE: Final = "missing_share"  # is of rows; all else is of values
SAFETY: Final = 0.25
"""The share of the budget that is spent: the laws are models, and models are wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One window, held against the norm of its width."""

    window: TimeWindow
    profile: ModelProfile
    norm: Norm


class Calibrated:
    """Judges by what the reference's own windows teach; docs/alarm-policy.md explains it, with its figures.

    A statistic has drifted if its effect reaches the floor of its shift and its p-value, corrected over all statistics
    of all windows that were judged, is below α. The tests that were chosen are made as well, and shown; they decide
    nothing.
    """

    def learn(self, reference: ProfileSeries, width: timedelta) -> Learned:
        """Learn how the reference's own windows differ."""
        return Learned(total=reference.total, standard=learn_standard(reference, width))

    def judge(
        self, key: ModelKey, window: TimeWindow, reference: Learned, current: ProfileSeries, settings: PolicySettings
    ) -> ModelVerdict:
        """Judge every feature of the layout that both series lie on.

        Parameters
        ----------
        key : ModelKey
            Whose profiles they are.
        window : TimeWindow
            The current window.
        reference : Learned
            What `learn` returned for windows of this width.
        current : ProfileSeries
            The buckets of the window.
        settings : PolicySettings
            Floors, minimum, budget, and the tests to show.

        Returns
        -------
        ModelVerdict
            Drifted if any feature is; stable if any could be judged and none drifted.
        """
        whole, now = reference.total, current.total
        standard = reference.standard
        found: list[list[Finding]] = []
        if standard is not None and min(whole.rows, now.rows) >= max(settings.minimum_rows, LEAST_ROWS):
            found = _findings(standard, list(_judged(standard, window, current)), settings)
        correction = Correction(
            alpha=settings.alpha,
            statistics=sum(map(len, found)),
            alarms_per_30_days=settings.alarms_per_30_days,
        )
        by_feature: dict[str, list[Finding]] = {name: [] for name in whole.layout.features}
        for of_window in found:
            for finding in of_window:
                by_feature[finding.feature].append(
                    finding.corrected(len(of_window) * len(found) / SAFETY, settings.alpha)
                )
        features = tuple(
            _verdict(name, whole.feature(name), now.feature(name), findings, settings, correction)
            for name, findings in by_feature.items()
        )
        return model_verdict(key, window, now.rows, features)


def _findings(standard: Standard, windows: list[_Judged], settings: PolicySettings) -> list[list[Finding]]:
    """Return what each window shows."""
    statistics = standard.statistics
    values, rows = statistics.compute(
        np.stack([judged.profile.counts for judged in windows]), np.stack([judged.profile.sums for judged in windows])
    )
    return [
        [*_shifts(statistics, judged, values[place], rows[place], settings), *_rare(judged, settings)]
        for place, judged in enumerate(windows)
    ]


def _judged(standard: Standard, window: TimeWindow, current: ProfileSeries) -> Iterator[_Judged]:
    """Yield the windows that can be judged: the newest bucket, if it has rows, and the whole."""
    for norm in standard.norms:
        if norm.width is None or norm.width == window.width:
            yield _Judged(window=window, profile=current.total, norm=norm)
        else:
            newest = TimeWindow(start=window.end - norm.width, end=window.end)
            profile = current.at(newest)
            if profile is not None and profile.rows >= LEAST_ROWS:
                yield _Judged(window=newest, profile=profile, norm=norm)


def _shifts(
    statistics: Statistics, judged: _Judged, values: FloatArray, rows: FloatArray, settings: PolicySettings
) -> Iterator[Finding]:
    """Yield what each statistic of a window shows."""
    expectation = judged.norm.expectation
    centers = expectation.centers(judged.window.middle)
    z_scores = expectation.z_scores(values, centers, np.maximum(rows, 1))
    p_values = expectation.p_values(z_scores)
    effects = statistics.effects(values, centers)
    for place in np.flatnonzero(rows >= LEAST_ROWS):
        statistic = statistics.statistics[place]
        yield Finding(
            feature=statistic.feature,
            name=statistic.shift.name,
            part=statistic.part,
            effect=float(effects[place]),
            floor=settings.threshold(statistic.feature, statistic.shift.name, statistic.shift.floor),
            statistic=float(z_scores[place]),
            p_value=float(p_values[place]),
            window=judged.window,
            windows=judged.norm.windows,
            season=expectation.seasons[int(expectation.chosen[place])].name,
        )


def _rare(judged: _Judged, settings: PolicySettings) -> Iterator[Finding]:
    """Yield what the shares show that should hardly occur: missing values, unseen categories."""
    for name, counts in zip(judged.profile.layout.features, rare_counts(judged.profile), strict=True):
        missing, unseen, values = map(int, counts)
        rows = missing + values
        yield _share(judged, settings, name, MISSING_SHARE, judged.norm.missing[name], missing, rows)
        if name in judged.norm.unseen and values >= LEAST_ROWS:
            yield _share(judged, settings, name, "unseen_share", judged.norm.unseen[name], unseen, values)


def _share(  # noqa: PLR0917 - one finding is made of these
    judged: _Judged, settings: PolicySettings, feature: str, test: str, law: RareShare, count: int, rows: int
) -> Finding:
    effect = count / rows - law.share
    floor = settings.threshold(feature, test, TESTS[test].default_threshold)
    deviation = math.sqrt(law.share * (1 - law.share) / rows)
    return Finding(
        feature=feature,
        name=test,
        part=None,
        effect=max(effect, 0.0),
        floor=floor,
        statistic=effect / deviation,
        p_value=law.tail(count, rows) if effect >= floor else 1.0,
        window=judged.window,
        windows=judged.norm.windows,
        season=NONE.name,
    )


def _verdict(  # noqa: PLR0917 - a verdict is made of these
    name: str,
    reference: FeatureProfile,
    current: FeatureProfile,
    findings: list[Finding],
    settings: PolicySettings,
    correction: Correction,
) -> FeatureVerdict:
    enough = min(reference.n, current.n) >= max(settings.minimum_rows, LEAST_ROWS)
    told = _told([finding for finding in findings if enough or finding.name == MISSING_SHARE])
    drifted = [finding for finding in told if finding.drifted]
    if drifted:
        verdict, why = Verdict.DRIFTED, finding_reason(drifted, reference, current, correction)
    elif not current.rows:
        verdict, why = Verdict.NO_DATA, NO_ROWS
    elif not current.n:
        verdict, why = Verdict.NO_DATA, f"no values in {current.rows} rows"
    elif not enough or not told:
        verdict, why = Verdict.INSUFFICIENT_DATA, too_little(reference, current, max(settings.minimum_rows, LEAST_ROWS))
    else:
        verdict, why = Verdict.STABLE, finding_reason(told, reference, current, correction)
    shown = _shown(name, reference, current, settings, {finding.name for finding in told})
    return FeatureVerdict(
        feature=name,
        kind=reference.bins.kind,
        verdict=verdict,
        reason=why,
        rows=current.rows,
        tests=(*(finding.result() for finding in told), *shown),
    )


def _told(findings: list[Finding]) -> list[Finding]:
    """Return one finding of each name: what drifted most surely, else the surest of the whole window."""
    told: dict[str, Finding] = {}
    for finding in findings:  # those of the whole window come last
        known = told.get(finding.name)
        if known is None or finding.outranks(known):
            told[finding.name] = finding
    return list(told.values())


def _shown(
    name: str, reference: FeatureProfile, current: FeatureProfile, settings: PolicySettings, told: set[str]
) -> Iterator[TestResult]:
    """Yield the results of the tests that were chosen: they decide nothing, but people know them."""
    for test in settings.tests_of(name, reference.bins):
        if test.name not in told and min(test.sample_size(reference), test.sample_size(current)):
            score = test.measure(reference, current)
            yield TestResult(
                test=test.name,
                score=score.score,
                threshold=settings.threshold(name, test.name, test.default_threshold),
                statistic=score.statistic,
                p_value=score.p_value,
                adjusted_p_value=None,
                drifted=False,
            )
