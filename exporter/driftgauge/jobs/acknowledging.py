"""Acknowledge and resolve alerts: in Alertmanager by a silence, in the history with who did it and when."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.alertmanager.client import Alertmanager, Silence
from driftgauge.errors import AlertmanagerUnreachable, BadInput, SetupError
from driftgauge.model.alert import silence_matchers
from driftgauge.store.alerts import (
    HeldAlert,
    find_missing,
    hold_alert,
    write_acknowledgement,
    write_resolution,
)
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database

INSTEAD: Final = "--only-record acknowledges in the history alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who acknowledges, for how long nobody is told, and why."""

    by: str
    span: timedelta
    comment: str


def require_alerts(database: Database, ids: Sequence[int]) -> None:
    """Refuse ids that no alert has.

    Raises
    ------
    BadInput
        Naming them all.
    """
    with database.transaction(read_only=True) as connection:
        missing = find_missing(connection, ids)
    if missing:
        named = ", ".join(map(str, missing))
        raise BadInput(f"no alert has the id {named}; driftgauge alerts list shows those there are")


def acknowledge(
    database: Database, alertmanager: Alertmanager | None, alert_id: int, given: Acknowledgement, *, only_record: bool
) -> HeldAlert:
    """Silence an alert and keep who acknowledged it; return it as it is then, unchanged if it is over.

    Its row is held meanwhile, so that two people at once make one silence. Done again, the silence lasts anew; who was
    first stays. With `only_record`, and for an alert that is none of Alertmanager's, nothing is silenced.

    Raises
    ------
    SetupError
        If the alert is Alertmanager's and that is not configured, or does not answer; then nothing was changed.
    """
    made: str | None = None
    try:
        with database.transaction() as connection:
            alert = hold_alert(connection, alert_id)
            if alert.resolved:
                return alert
            silence_id = until = None
            if alert.fingerprint is not None and not only_record:
                now = read_now(connection)
                until = now + given.span
                silence_id = _silence(_required(alertmanager), alert, given, now=now)
                made = silence_id if silence_id != alert.silence_id else None
            write_acknowledgement(connection, alert_id, by=given.by, silence_id=silence_id, until=until)
            return hold_alert(connection, alert_id)
    except AlertmanagerUnreachable as error:
        raise SetupError(f"{error}; {INSTEAD}") from error
    except BaseException:
        if made is not None and alertmanager is not None:
            with suppress(AlertmanagerUnreachable):  # then the silence ends by itself, and the first error is told
                alertmanager.expire(made)
        raise


def resolve(database: Database, alert_id: int, *, by: str) -> tuple[HeldAlert, bool]:
    """Resolve an alert by hand; return it, and whether that was still to be done.

    Its silence, if it has one, is ended by the exporter's next look.
    """
    with database.transaction() as connection:
        alert = hold_alert(connection, alert_id)
        if alert.resolved:
            return alert, False
        write_resolution(connection, alert_id, by=by)
        return hold_alert(connection, alert_id), True


def _required(alertmanager: Alertmanager | None) -> Alertmanager:
    if alertmanager is None:
        raise SetupError(f"nothing can be silenced: set alertmanager.url or DRIFTGAUGE_ALERTMANAGER_URL; {INSTEAD}")
    return alertmanager


def _silence(alertmanager: Alertmanager, alert: HeldAlert, given: Acknowledgement, *, now: datetime) -> str:
    """Put a silence in force, in place of the alert's own if that still is."""
    own = alert.silence_id if alert.silence_id and alertmanager.silences().get(alert.silence_id) else None
    silence = Silence(
        matchers=silence_matchers(alert.labels),
        until=now + given.span,
        by=given.by,
        comment=f"driftgauge alert {alert.alert_id}: {given.comment}",
    )
    return alertmanager.silence(silence, now=now, instead_of=own)
