"""The default policy: a window drifted if it strays farther than the reference's own windows ever should.

How far that is is learned from the reference, hour by hour: season, likeness of neighbours, sampling noise. All
statistics of all features, of the newest bucket and of the whole window, share one budget of false alarms.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from driftgauge.drift.comparing import Judged, compare
from driftgauge.drift.findings import Correction, Finding, finding_reason, too_little
from driftgauge.drift.learning import LEAST_ROWS, Standard, learn_standard
from driftgauge.drift.policy import Learned, PolicySettings, model_verdict
from driftgauge.drift.reasons import NO_ROWS
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import FeatureProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.model.window import TimeWindow

MISSING_SHARE: Final = "missing_share"  # is of rows; all else is of values


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
        findings: list[Finding] = []
        statistics = 0
        if standard is not None and min(whole.rows, now.rows) >= max(settings.minimum_rows, LEAST_ROWS):
            findings, statistics = compare(standard, list(_judged(standard, window, current)), settings)
        correction = Correction(
            alpha=settings.alpha, statistics=statistics, alarms_per_30_days=settings.alarms_per_30_days
        )
        by_feature: dict[str, list[Finding]] = {name: [] for name in reference.features}
        for finding in findings:
            by_feature[finding.feature].append(finding)
        features = tuple(
            _verdict(name, profile, now.feature(name), by_feature[name], settings, correction)
            for name, profile in reference.features.items()
        )
        return model_verdict(key, window, now.rows, features)


def _judged(standard: Standard, window: TimeWindow, current: ProfileSeries) -> Iterator[Judged]:
    """Yield the windows that can be judged: the newest bucket, if it has rows, and the whole."""
    for norm in standard.norms:
        if norm.width is None or norm.width == window.width:
            yield Judged(window=window, profile=current.total, norm=norm)
        else:
            newest = TimeWindow(start=window.end - norm.width, end=window.end)
            profile = current.at(newest)
            if profile is not None and profile.rows >= LEAST_ROWS:
                yield Judged(window=newest, profile=profile, norm=norm)


def _verdict(  # noqa: PLR0917 - a verdict is made of these
    name: str,
    reference: FeatureProfile,
    current: FeatureProfile,
    findings: list[Finding],
    settings: PolicySettings,
    correction: Correction,
) -> FeatureVerdict:
    enough = min(reference.n, current.n) >= max(settings.minimum_rows, LEAST_ROWS)
    told = findings if enough else [finding for finding in findings if finding.name == MISSING_SHARE]
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
