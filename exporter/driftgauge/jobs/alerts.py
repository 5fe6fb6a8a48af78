"""Keep the history of alerts in line with Alertmanager, end silences that have served, tell what waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.alertmanager.client import Alertmanager, KnownSilence, Silence
from driftgauge.errors import AlertmanagerUnreachable, ConfigError
from driftgauge.exposition.samples import Sample
from driftgauge.jobs.acknowledging import LONGEST, settle
from driftgauge.jobs.job import model_labels
from driftgauge.model.alert import silence_matchers
from driftgauge.store.acknowledgements import read_abandoned
from driftgauge.store.alerts import (
    SilencedAlert,
    count_active,
    hand_over_silence,
    read_silenced,
    read_unacknowledged,
    reconcile,
    replace_silence,
)
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database

ESCALATION: Final = "AlertUnacknowledged"
"""The alert on what nobody acknowledged: told of itself as well, it would fire for ever."""

MOST_WAITING: Final = 1_000
"""As many alerts that wait are told of, those that wait longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOptions:
    """How Alertmanager's list is read.

    For `grace` it may not know an alert, because it, or the alert, is so young, without that having ended. What is for
    the `receiver` is kept.
    """

    grace: timedelta
    receiver: str


class AlertsJob:
    """Reconciles with Alertmanager, where there is one, and tells of the alerts that fire."""

    name = "alerts"

    def __init__(self, database: Database, alertmanager: Alertmanager | None, options: AlertOptions) -> None:
        """Take Alertmanager; without one, alerts end as its notices say, or by hand."""
        self._database = database
        self._alertmanager = alertmanager
        self.options = options
        self.problem: AlertmanagerUnreachable | ConfigError | None = None

    def run(self) -> tuple[Sample, ...]:
        """Do both; that Alertmanager cannot be asked is kept in `problem`, and hides nothing of what is known."""
        self.problem = None
        if self._alertmanager is not None:
            try:
                self._reconcile(self._alertmanager)
            except (AlertmanagerUnreachable, ConfigError) as error:  # a file with its secret may be unreadable
                self.problem = error
        with self._database.transaction(read_only=True) as connection:
            active = count_active(connection)
            waiting = read_unacknowledged(connection, excepted=ESCALATION, limit=MOST_WAITING)
        return (
            *(
                Sample(
                    "ml_alerts_active",
                    model_labels(one.key, one.severity, str(one.acknowledged).lower()),
                    float(one.alerts),
                )
                for one in active
            ),
            *(
                Sample(
                    "ml_alert_unacknowledged_seconds",
                    model_labels(one.key, one.name, one.feature, one.severity),
                    one.seconds,
                )
                for one in waiting
            ),
        )

    def _reconcile(self, alertmanager: Alertmanager) -> None:
        """Take Alertmanager's word, but not for what it has not heard of yet.

        After a start its list is empty until Prometheus sends every alert again; another one of a cluster may have told
        of an alert that has yet to reach this one.
        """
        with self._database.transaction(read_only=True) as connection:
            now = read_now(connection)
        settled = now - alertmanager.started_at() >= self.options.grace
        live = alertmanager.alerts()
        with self._database.transaction() as connection:
            before = now - self.options.grace if settled else None
            reconcile(connection, live, before=before, receiver=self.options.receiver)
            silenced = read_silenced(connection)
            abandoned = read_abandoned(connection, after=LONGEST)
        if silenced or abandoned:
            known = alertmanager.silences()
            for underway in abandoned:
                settle(self._database, underway, known)
            for alert in silenced:
                self._keep_silence(alertmanager, alert, known, now)

    def _keep_silence(
        self, alertmanager: Alertmanager, alert: SilencedAlert, known: dict[str, KnownSilence], now: datetime
    ) -> None:
        """End the silence of an alert that is over; put one in force again that Alertmanager lost when it was killed.

        One that was ended there stays so. Where the alert goes on with a lesser severity, so does its silence.
        """
        found = known.get(alert.silence_id)
        in_force = found is not None and found.in_force
        if in_force and not alert.resolved:
            return
        replacement, until = None, now
        if alert.resolved and in_force:
            with self._database.transaction() as connection:
                if hand_over_silence(connection, alert):
                    return
            alertmanager.expire(alert.silence_id)
        elif not alert.resolved and found is None and alert.silenced_until and alert.silenced_until > now:
            until = alert.silenced_until
            replacement = alertmanager.silence(
                Silence(
                    matchers=silence_matchers(alert.labels),
                    until=until,
                    by=alert.acknowledged_by or "driftgauge",
                    comment=f"driftgauge alert {alert.alert_id}, put in force again: it had been lost",
                ),
                now=now,
            )
        with self._database.transaction() as connection:
            kept = replace_silence(connection, alert, by=replacement, until=until)
        if replacement is not None and not kept:
            alertmanager.expire(replacement)
