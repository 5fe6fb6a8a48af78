"""Judge simulated hours as the exporter does: whenever an hour closes, the window that ends with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from driftgauge.app.judging_settings import drift_options, policy
from driftgauge.config.settings import Settings
from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import Learned, Policy
from driftgauge.jobs.judging import DriftOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow

KEY: Final = ModelKey(model="simulated", version="1", environment="benchmark")
HOUR: Final = timedelta(hours=1)
START: Final = datetime(2026, 1, 5, tzinfo=UTC)

POLICY: Final = policy(Settings())
"""What the exporter judges by where nothing is configured."""

Flags = NDArray[np.bool_]
"""For each judgement, whether the model raised an alert."""


def default_options(judged_by: Policy = POLICY) -> DriftOptions:
    """Return how a model is judged where nothing but the policy is configured, without tests that decide nothing."""
    options = drift_options(Settings(), KEY.model)
    if isinstance(judged_by, Calibrated):
        return replace(options, policy=replace(options.policy, tests=()))
    return options


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Holds what is known of a reference and judges what follows it, by what the exporter judges by."""

    reference: Learned
    options: DriftOptions

    @classmethod
    def of(cls, reference: Sequence[ModelProfile], options: DriftOptions) -> Self:
        """Learn from the hours of a reference, which end at `START`."""
        return cls(
            reference=POLICY.learn(_series(reference, START - len(reference) * HOUR), options.window), options=options
        )

    @property
    def width(self) -> int:
        """How many hours a window has; so many pass before the first full one."""
        return self.options.window // HOUR

    def alarms(self, hours: Iterable[ModelProfile]) -> Flags:
        """Return whether each window that is full raises at least one alert: the first ends with hour `width`.

        The first of the hours is the one that follows the reference.
        """
        return np.fromiter((verdict is Verdict.DRIFTED for verdict in self._verdicts(hours)), dtype=np.bool_)

    def _verdicts(self, hours: Iterable[ModelProfile]) -> Iterator[Verdict]:
        held: deque[ModelProfile] = deque(maxlen=self.width)
        for place, profile in enumerate(hours, start=1):
            held.append(profile)
            if len(held) == self.width:
                end = START + place * HOUR
                window = TimeWindow(start=end - self.options.window, end=end)
                series = _series(held, window.start)
                yield POLICY.judge(KEY, window, self.reference, series, self.options.policy).verdict


def _series(hours: Iterable[ModelProfile], start: datetime) -> ProfileSeries:
    profiles = list(hours)
    return ProfileSeries(
        layout=profiles[0].layout,
        windows=tuple(
            TimeWindow(start=start + place * HOUR, end=start + (place + 1) * HOUR) for place in range(len(profiles))
        ),
        profiles=profiles,
    )
