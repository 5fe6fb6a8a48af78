"""Hold what `/metrics` and Prometheus show against what the incidents must show, and no earlier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.demo.asking import held_between
from driftgauge.demo.expectations import Expectation, Scraped
from driftgauge.demo.incidents import Phase, phase_at
from driftgauge.demo.readings import Scrape

LONGEST_RANGE: Final = 20  # seconds that the rates of a PromQL query look back
LATE_SECONDS: Final = 2.0  # by which a scrape may be behind the traffic
SHORTEST_RANGE: Final = 6  # three scrapes of Prometheus


@dataclass(slots=True, kw_only=True)
class Signal:
    """One expectation of a phase's incident, and when it showed (seconds after the traffic began)."""

    phase: Phase
    expectation: Expectation
    shown_at: float | None = None
    in_prometheus: bool = False

    def held_in(self, prometheus: str, *, began_at: float, now: float) -> bool:
        """Tell whether Prometheus has seen the signal since its incident began; times are unix seconds."""
        # Over a longer range than the incident lasts, what was before it would water it down.
        length = int(self.phase.end - self.phase.start)
        over = max(SHORTEST_RANGE, min(LONGEST_RANGE, length - length % 2))
        query = self.expectation.promql(over=f"{over}s")
        return held_between(prometheus, query, start=began_at + self.phase.start, end=now, step=1)


class Board:
    """The signals of a run: fed with scrapes, it tells what has shown and what showed too early.

    A run that `repeats` begins its phases anew, and the signals with them. False alarms are looked for in the first
    pass only: the windows of later ones still hold the end of the pass before.
    """

    def __init__(self, phases: Sequence[Phase], *, repeats: bool) -> None:
        """Expect every signal of the phases."""
        self.phases = phases
        self.length = phases[-1].end
        self._repeats = repeats
        self._pass: int = 0
        self._since: dict[str, Sequence[Scraped]] = {}
        self.false_alarms: list[str] = []
        self.signals = self._expected()

    def phase(self, at: float) -> Phase:
        """Return the phase of a moment; the last one goes on where nothing follows it."""
        if not self._repeats and at >= self.length:
            return self.phases[-1]
        return phase_at(self.phases, at)

    def within(self, at: float) -> float:
        """Return how far a moment is into its pass through the phases."""
        return at % self.length if self._repeats else min(at, self.length)

    def is_healthy_at(self, at: float) -> bool:
        """Tell whether no incident has begun at a moment: the first phase is the healthy one."""
        return at < self.phases[0].end

    def observe(self, scrape: Scrape) -> list[Signal]:
        """Take the next scrape and return the signals that it shows for the first time."""
        passed = int(scrape.at // self.length) if self._repeats else 0
        if passed != self._pass:
            self._pass, self._since, self.signals = passed, {}, self._expected()
        at = scrape.at - passed * self.length
        for phase in self.phases:
            if phase.start <= at:
                self._since.setdefault(phase.incident.name, scrape.series)
        if not passed:
            self._find_false_alarms(scrape)
        shown: list[Signal] = []
        for signal in self.signals:
            since = self._since.get(signal.phase.incident.name)
            if signal.shown_at is not None or since is None or at > self._deadline(signal.phase):
                continue
            if signal.expectation.holds(since=since, now=scrape.series):
                signal.shown_at = at
                shown.append(signal)
        return shown

    def _deadline(self, phase: Phase) -> float:
        """Return until when a phase's signals count: another season changes every feature, and may show them itself."""
        season = phase.incident.season
        changes = [
            later.start for later in self.phases if later.start > phase.start and later.incident.season != season
        ]
        return min(changes, default=math.inf) + LATE_SECONDS

    def _expected(self) -> list[Signal]:
        return [
            Signal(phase=phase, expectation=expectation)
            for phase in self.phases
            for expectation in phase.incident.expected
        ]

    def _find_false_alarms(self, scrape: Scrape) -> None:
        phase = self.phase(scrape.at)
        since = self._since[phase.incident.name]
        wrong = [
            expectation.says
            for expectation in phase.incident.forbidden
            if expectation.holds(since=since, now=scrape.series)
        ]
        wrong += [
            signal.expectation.says
            for signal in self.signals
            if scrape.at < signal.phase.start and signal.expectation.holds(since=since, now=scrape.series)
        ]
        features = f" ({', '.join(scrape.drifted)})" if scrape.drifted else ""
        known = {alarm.partition(" in the phase")[0] for alarm in self.false_alarms}
        self.false_alarms += [
            f"{says} in the phase {phase.incident.name!r}{features}" for says in wrong if says not in known
        ]
