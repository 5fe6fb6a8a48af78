"""The history of alerts: what Alertmanager tells of them, who acknowledged or resolved them, and their silences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from driftgauge.alertmanager.client import LiveAlert
from driftgauge.errors import BadInput
from driftgauge.model.alert import Alert
from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.keys import key_of

APART: Final = timedelta(minutes=5)
"""The servers of a pair see an alert begin within less than this of each other; what begins later began anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert of the history."""

    alert_id: int
    key: ModelKey
    name: str
    severity: str
    message: str
    labels: Mapping[str, str]
    value: float | None
    threshold: float | None
    triggered_at: datetime
    acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    suppressed: bool
    silenced_until: datetime | None
    resolved: bool
    resolved_at: datetime | None
    resolution: str | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert:
    """An alert whose row is held until the transaction ends; without a fingerprint it is none of Alertmanager's."""

    alert_id: int
    fingerprint: str | None
    name: str
    labels: Mapping[str, str]
    resolved: bool
    resolved_at: datetime | None
    resolved_by: str | None
    acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    silence_id: str | None
    silenced_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilencedAlert:
    """An alert with a silence of its own."""

    alert_id: int
    labels: Mapping[str, str]
    resolved: bool
    acknowledged_by: str | None
    silence_id: str
    silenced_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCount:
    """How many alerts of a model, of a severity, fire."""

    key: ModelKey
    severity: str
    acknowledged: bool
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long alerts of one name have waited for somebody to acknowledge them."""

    key: ModelKey
    name: str
    severity: str
    feature: str
    seconds: float


def record_alerts(connection: Connection, alerts: Sequence[Alert]) -> None:
    """Keep what a notice tells, each alert once, whatever was told before and however often.

    An older notice neither opens an alert again that has ended, nor ends one that has begun anew, nor touches what
    people did.
    """
    execute(connection, "alerts/wait_lock")
    rows = [_row(alert) for alert in sorted(alerts, key=lambda one: (one.starts_at, one.fingerprint))]
    begun = [_only(row, "fingerprint", "starts_at") | {"apart": APART} for row in rows]
    ended = [_only(row, "fingerprint", "starts_at", "ended_at") for row in rows if row["ended_at"] is not None]
    execute_many(connection, "alerts/end_earlier", begun)
    execute_many(connection, "alerts/end_told", ended)
    execute_many(connection, "alerts/record", rows)


def reconcile(
    connection: Connection, live: Sequence[LiveAlert], *, before: datetime | None, receiver: str = ""
) -> None:
    """Bring the history in line with all that Alertmanager has.

    What began there and was not told yet is kept, if it is for the `receiver`. What it no longer has is ended if it was
    kept `before` a moment, and what it still has is opened again if it ended before that; None does neither.
    """
    execute(connection, "alerts/wait_lock")
    _record_unknown(connection, [one.told for one in live if one.told is not None and receiver in one.receivers])
    fingerprints = [one.fingerprint for one in live]
    if before is not None:
        begun = [one.starts_at for one in live]
        execute(connection, "alerts/end_absent", fingerprints=fingerprints, begun=begun, before=before, apart=APART)
        execute(connection, "alerts/reopen", fingerprints=fingerprints, begun=begun, before=before)
    suppressed = [one.suppressed for one in live]
    execute(connection, "alerts/mark_suppressed", fingerprints=fingerprints, suppressed=suppressed)


def _record_unknown(connection: Connection, told: Sequence[Alert]) -> None:
    """Keep what no notice has told."""
    begun = {(one.fingerprint, one.starts_at): one for one in told}
    unknown = fetch_all(
        connection,
        "alerts/find_unknown",
        fingerprints=[fingerprint for fingerprint, _ in begun],
        begun=[starts_at for _, starts_at in begun],
    )
    if unknown:
        record_alerts(connection, [begun[row.fingerprint, row.starts_at] for row in unknown])


def list_alerts(connection: Connection, *, model: str | None, resolved: bool, limit: int) -> list[StoredAlert]:
    """Return alerts of a model, or of all: the open ones, the gravest first, or all of them, the newest first."""
    name = "alerts/list_all" if resolved else "alerts/list_open"
    return [
        StoredAlert(
            alert_id=row.id,
            key=key_of(row),
            name=row.alert_type,
            severity=row.severity,
            message=row.message,
            labels=row.labels,
            value=row.value,
            threshold=row.threshold,
            triggered_at=row.triggered_at,
            acknowledged=row.acknowledged,
            acknowledged_at=row.acknowledged_at,
            acknowledged_by=row.acknowledged_by,
            suppressed=row.suppressed,
            silenced_until=row.silenced_until,
            resolved=row.resolved,
            resolved_at=row.resolved_at,
            resolution=row.resolution,
            resolved_by=row.resolved_by,
        )
        for row in fetch_all(connection, name, model_name=model, rows=limit)
    ]


def find_missing(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Return the ids that no alert has."""
    return [row.id for row in fetch_all(connection, "alerts/find_missing", ids=list(ids))]


def hold_alert(connection: Connection, alert_id: int) -> HeldAlert:
    """Return an alert, and hold its row.

    Raises
    ------
    BadInput
        If it is not there.
    """
    row = fetch_one(connection, "alerts/lock_alert", id=alert_id)
    if row is None:
        raise BadInput(f"no alert has the id {alert_id}")
    return HeldAlert(
        alert_id=row.id,
        fingerprint=row.fingerprint,
        name=row.alert_type,
        labels=row.labels,
        resolved=row.resolved,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        acknowledged=row.acknowledged,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        silence_id=row.silence_id,
        silenced_until=row.silenced_until,
    )


def write_acknowledgement(
    connection: Connection, alert_id: int, *, by: str, silence_id: str | None, until: datetime | None
) -> None:
    """Keep who acknowledged an alert; who did so first stays, and so does the silence where there is no other."""
    execute(
        connection,
        "alerts/acknowledge",
        id=alert_id,
        acknowledged_by=by,
        silence_id=silence_id,
        silenced_until=until,
    )


def keep_silence(connection: Connection, alert_id: int, *, silence_id: str, until: datetime) -> None:
    """Keep the silence of an alert that ended before it was acknowledged."""
    execute(connection, "alerts/keep_silence", id=alert_id, silence_id=silence_id, silenced_until=until)


def write_resolution(connection: Connection, alert_id: int, *, by: str) -> None:
    """Keep that somebody resolved an alert."""
    execute(connection, "alerts/resolve", id=alert_id, resolved_by=by)


def read_silenced(connection: Connection) -> list[SilencedAlert]:
    """Return the alerts that have a silence of their own."""
    return [
        SilencedAlert(
            alert_id=row.id,
            labels=row.labels,
            resolved=row.resolved,
            acknowledged_by=row.acknowledged_by,
            silence_id=row.silence_id,
            silenced_until=row.silenced_until,
        )
        for row in fetch_all(connection, "alerts/read_silenced")
    ]


def replace_silence(
    connection: Connection, alert: SilencedAlert, *, by: str | None, until: datetime | None = None
) -> bool:
    """Keep that the silence of an alert has gone, or that the one `by` that id replaces it; False: it was too late.

    `until` is when it ended, if that is earlier than it should have been.
    """
    touched = execute(
        connection,
        "alerts/replace_silence",
        id=alert.alert_id,
        silence_id=alert.silence_id,
        replacement=by,
        silenced_until=until,
    )
    return touched == 1


def hand_over_silence(connection: Connection, alert: SilencedAlert) -> bool:
    """Let the same alert of a lesser severity have the silence of one that is over; False: none fires without one."""
    if not execute(connection, "alerts/hand_over_silence", id=alert.alert_id, silence_id=alert.silence_id):
        return False
    return replace_silence(connection, alert, by=None)


def count_active(connection: Connection) -> list[ActiveCount]:
    """Count the alerts that fire."""
    return [
        ActiveCount(key=key_of(row), severity=row.severity, acknowledged=row.acknowledged, alerts=row.alerts)
        for row in fetch_all(connection, "alerts/count_active")
    ]


def read_unacknowledged(connection: Connection, *, excepted: str, limit: int) -> list[Waiting]:
    """Return how long critical alerts and warnings wait to be acknowledged; not those of the `excepted` name."""
    return [
        Waiting(key=key_of(row), name=row.alert_type, severity=row.severity, feature=row.feature, seconds=row.seconds)
        for row in fetch_all(connection, "alerts/read_unacknowledged", excepted=excepted, rows=limit)
    ]


def _row(alert: Alert) -> dict[str, object]:
    return {
        "fingerprint": alert.fingerprint,
        "starts_at": alert.starts_at,
        "ended_at": alert.ended_at,
        "model_name": alert.key.model,
        "version": alert.key.version,
        "environment": alert.key.environment,
        "alert_type": alert.name,
        "severity": alert.severity.value,
        "message": alert.message,
        "labels": orjson.dumps(dict(alert.labels)).decode(),
        "annotations": orjson.dumps(dict(alert.annotations)).decode(),
        "generator_url": alert.generator_url,
        "value": alert.value,
        "threshold": alert.threshold,
    }


def _only(row: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: row[name] for name in names}
