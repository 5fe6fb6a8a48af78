"""Whoever is told of the demonstration's alerts: one of them is acknowledged, of the others nobody takes care."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Final

from driftgauge.app.alerting import acknowledge, find_alerts
from driftgauge.config import Settings
from driftgauge.demo.alertmanager import ESCALATION, Notice
from driftgauge.errors import DriftgaugeError
from driftgauge.jobs.acknowledging import Acknowledgement

ACKNOWLEDGED: Final = "ErrorBudgetBurn"
GIVEN: Final = Acknowledgement(by="demo", span=timedelta(minutes=5), comment="somebody looks at the errors")
MOST_LISTED: Final = 200

Told = tuple[str, str]
"""Fingerprint and beginning of an alert, as its notices have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCounts:
    """What became of alerts: notifications that arrived, and alerts by what happened to them."""

    notifications: int
    acknowledged: int
    escalated: int
    resolved: int

    def unfinished(self) -> Iterator[str]:
        """Walk what has not happened yet, in words."""
        if not self.notifications:
            yield "no notification of an alert arrived"
        if not self.acknowledged:
            yield f"no {ACKNOWLEDGED} was acknowledged"
        if not self.escalated:
            yield "no alert was escalated"
        if not self.resolved:
            yield "no notification said that an alert is resolved"

    def __str__(self) -> str:
        """Return all of them in a line."""
        return (
            f"alerts: {self.notifications} notifications arrived, {self.acknowledged} acknowledged, "
            f"{self.escalated} escalated, {self.resolved} resolved"
        )


class People:
    """Reads the notices that have arrived, and acknowledges what is theirs as `driftgauge alerts ack` does."""

    def __init__(self, settings: Settings, notices: SimpleQueue[Notice]) -> None:
        """Begin with nothing told."""
        self._settings = settings
        self._notices = notices
        self._arrived = 0
        self._awaited = False
        self._acknowledged: set[int] = set()
        self._escalated: set[Told] = set()
        self._resolved: set[Told] = set()

    def look(self) -> Iterator[str]:
        """Walk what has happened since the last look, a line each."""
        yield from self._read()
        if self._awaited:
            yield from self._acknowledge()

    def counts(self) -> AlertCounts:
        """Return what has become of alerts so far."""
        return AlertCounts(
            notifications=self._arrived,
            acknowledged=len(self._acknowledged),
            escalated=len(self._escalated),
            resolved=len(self._resolved),
        )

    def _read(self) -> Iterator[str]:
        while True:
            try:
                receiver, notice = self._notices.get_nowait()
            except Empty:
                return
            self._arrived += 1
            states: dict[str, int] = {}
            for alert in notice["alerts"]:
                told, state = (alert["fingerprint"], alert["startsAt"]), alert["status"]
                states[state] = states.get(state, 0) + 1
                if state == "resolved":
                    self._resolved.add(told)
                elif receiver == ESCALATION:
                    self._escalated.add(told)
                elif alert["labels"]["alertname"] == ACKNOWLEDGED:
                    self._awaited = True
            many = ", ".join(f"{count} {state}" for state, count in states.items())
            yield f"{receiver} told: {_named(notice['commonLabels'])}, {many}"

    def _acknowledge(self) -> Iterator[str]:
        """Acknowledge what the history has by now; Alertmanager may be too busy to silence it, and is asked again."""
        try:
            found = find_alerts(self._settings, model=None, resolved=False, limit=MOST_LISTED)
            wanted = [one.alert_id for one in found if one.name == ACKNOWLEDGED and not one.acknowledged]
            for alert in acknowledge(self._settings, wanted, GIVEN, only_record=False):
                if alert.acknowledged and not alert.resolved:
                    self._acknowledged.add(alert.alert_id)
                    self._awaited = False
                    yield f"acknowledged: {alert.name}, alert {alert.alert_id}, by {alert.acknowledged_by}"
        except DriftgaugeError as error:
            yield f"not acknowledged yet: {error}"


def _named(labels: Mapping[str, str]) -> str:
    """Return the alert that a notice is of, and of which feature or metric if it is of one alone."""
    of = labels.get("feature") or labels.get("metric")
    return f"{labels['alertname']} ({labels.get('severity', 'critical and less')})" + (f" of {of}" if of else "")
