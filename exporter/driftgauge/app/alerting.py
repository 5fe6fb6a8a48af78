"""Compose what alerts need from the settings: Alertmanager, its webhook, and what `driftgauge alerts` does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

import structlog

from driftgauge.alertmanager.client import Alertmanager, basic
from driftgauge.app.ledger import told
from driftgauge.app.referencing import patient_database
from driftgauge.config import Settings
from driftgauge.errors import AlertmanagerUnreachable
from driftgauge.exposition.samples import Sample
from driftgauge.jobs import acknowledging
from driftgauge.jobs.acknowledging import Acknowledgement, require_alerts
from driftgauge.model.alert import Alert
from driftgauge.store.alerts import HeldAlert, StoredAlert, list_alerts, record_alerts
from driftgauge.store.database import Database
from driftgauge.store.faults import OPERATOR
from driftgauge.store.inspection import Finding, FindingState
from driftgauge.web.webhook import Webhook

log = structlog.get_logger()

STATEMENT: Final = timedelta(seconds=3)  # Alertmanager waits for the answer, and sends again what was not kept
LOCK: Final = timedelta(seconds=2)


def alertmanager(settings: Settings) -> Alertmanager | None:
    """Return Alertmanager; None where none is configured."""
    chosen = settings.alertmanager
    if chosen.url is None:
        return None

    def authorization() -> str | None:
        if (token := chosen.bearer_token()) is not None:
            return f"Bearer {token}"
        password = chosen.password()
        return None if chosen.username is None or password is None else basic(chosen.username, password)

    return Alertmanager(chosen.url, authorization)


def inspect_alertmanager(settings: Settings) -> list[Finding]:
    """Return whether Alertmanager answers as it should; nothing where none is configured.

    Raises
    ------
    ConfigError
        If a file with its token or password cannot be used.
    """
    server = alertmanager(settings)
    if server is None:
        return []
    try:
        alerts = len(server.alerts())
    except AlertmanagerUnreachable as error:
        detail, _, mend = str(error).partition("; ")
        return [Finding(check="alertmanager", state=FindingState.FAILED, detail=detail, mend=mend)]
    detail = f"{server.url} answers, and has {alerts:,} alert{'' if alerts == 1 else 's'}"
    return [Finding(check="alertmanager", state=FindingState.OK, detail=detail)]


class AlertIntake:
    """The webhook over connections of its own, so that no job keeps it waiting."""

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet: the first notice does."""
        self._database = Database(
            settings.database.conninfo,
            schema=settings.database.schema_name,
            statement_timeout=STATEMENT,
            lock_timeout=LOCK,
            application_name="driftgauge webhook",
        )
        self._problem = ""
        self.webhook = Webhook(settings.http.read_webhook_token(), self._keep)

    def samples(self) -> Iterator[Sample]:
        """Return how many requests were answered with each code."""
        for code, requests in self.webhook.answers.items():
            yield Sample("driftgauge_webhook_requests_total", (str(code),), float(requests))

    def stop(self) -> None:
        """Cancel what is being kept, and close the connections."""
        self._database.cancel()
        self._database.close()

    def _keep(self, alerts: Sequence[Alert]) -> None:
        """Store alerts for good; the same problem again and again is told once."""
        try:
            with self._database.transaction() as connection:
                record_alerts(connection, alerts)
        except Exception as error:
            self._tell(told(error))
            raise
        self._tell("")

    def _tell(self, problem: str) -> None:
        if problem and problem != self._problem:
            log.error("alerts not kept; Alertmanager sends them again", problem=problem)
        elif self._problem and not problem:
            log.info("alerts are kept again")
        self._problem = problem


def find_alerts(settings: Settings, *, model: str | None, resolved: bool, limit: int) -> list[StoredAlert]:
    """Return alerts of a model, or of all; those that are `resolved`, too, if asked for."""
    with patient_database(settings, role=OPERATOR) as database, database.transaction(read_only=True) as connection:
        return list_alerts(connection, model=model, resolved=resolved, limit=limit)


def acknowledge(
    settings: Settings, ids: Sequence[int], given: Acknowledgement, *, only_record: bool
) -> Iterator[HeldAlert]:
    """Acknowledge alerts one by one, and return each as it is then.

    Raises
    ------
    BadInput, SetupError
        If there is no such alert, or Alertmanager is needed and not there.
    """
    with patient_database(settings, role=OPERATOR) as database:
        require_alerts(database, ids)
        server = alertmanager(settings)
        for alert_id in ids:
            yield acknowledging.acknowledge(database, server, alert_id, given, only_record=only_record, wait=time.sleep)


def resolve(settings: Settings, ids: Sequence[int], *, by: str) -> Iterator[tuple[HeldAlert, bool]]:
    """Resolve alerts one by one, and return each as it is then, and whether that was still to be done.

    Raises
    ------
    BadInput
        If there is no such alert.
    """
    with patient_database(settings, role=OPERATOR) as database:
        require_alerts(database, ids)
        for alert_id in ids:
            yield acknowledging.resolve(database, alert_id, by=by)
