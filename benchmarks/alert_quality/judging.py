"""Judge simulated hours as the exporter does: whenever an hour closes, the window that ends with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from driftgauge.app.settings import drift_options
from driftgauge.config.settings import Settings
from driftgauge.drift.policy import EffectAndSignificance, Policy
from driftgauge.jobs.judging import DriftOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow

POLICY: Final[Policy] = EffectAndSignificance()
"""What the exporter judges by; the one line to change when the default changes."""

KEY: Final = ModelKey(model="simulated", version="1", environment="benchmark")
HOUR: Final = timedelta(hours=1)
START: Final = datetime(2026, 1, 5, tzinfo=UTC)

Flags = NDArray[np.bool_]
"""For each judgement, whether the model raised an alert."""


def default_options() -> DriftOptions:
    """Return how a model is judged where nothing is configured."""
    return drift_options(Settings(), KEY.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Holds a reference and judges what follows it."""

    reference: ModelProfile
    options: DriftOptions
    policy: Policy = POLICY

    @property
    def width(self) -> int:
        """How many hours a window has; so many pass before the first full one."""
        return self.options.window // HOUR

    def alarms(self, hours: Iterable[ModelProfile]) -> Flags:
        """Return whether each window that is full raises at least one alert: the first ends with hour `width`."""
        return np.fromiter((verdict is Verdict.DRIFTED for verdict in self._verdicts(hours)), dtype=np.bool_)

    def _verdicts(self, hours: Iterable[ModelProfile]) -> Iterator[Verdict]:
        held: deque[ModelProfile] = deque(maxlen=self.width)
        for place, profile in enumerate(hours, start=1):
            held.append(profile)
            if len(held) == self.width:
                end = START + place * HOUR
                verdict = self.policy.judge(
                    KEY,
                    TimeWindow(start=end - self.options.window, end=end),
                    self.reference,
                    ModelProfile.merged(self.reference.layout, held),
                    self.options.policy,
                )
                yield verdict.verdict
