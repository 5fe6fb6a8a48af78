"""Acknowledge and resolve alerts: in Alertmanager by a silence, in the history with who did it and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from driftgauge.alertmanager.client import Alertmanager, KnownSilence, Silence
from driftgauge.errors import AlertmanagerUnreachable, BadInput, SetupError
from driftgauge.model.alert import silence_matchers
from driftgauge.store.acknowledgements import (
    Underway,
    begin_acknowledgement,
    end_acknowledgement,
    give_up,
    read_abandoned,
)
from driftgauge.store.alerts import (
    HeldAlert,
    find_missing,
    hold_alert,
    keep_silence,
    write_acknowledgement,
    write_resolution,
)
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database

INSTEAD: Final = "--only-record acknowledges in the history alone"
LONGEST: Final = timedelta(seconds=30)
"""An acknowledgement takes two calls of Alertmanager; one that was begun longer ago belongs to a killed program."""

TURN_SECONDS: Final = 0.2
TURNS: Final = 300


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
    database: Database,
    alertmanager: Alertmanager | None,
    alert_id: int,
    given: Acknowledgement,
    *,
    only_record: bool,
    wait: Callable[[float], object],
) -> HeldAlert:
    """Silence an alert and keep who acknowledged it; return it as it is then, unchanged if it is over.

    What is about to be done is noted, done in Alertmanager, and kept, each by itself: nothing is locked meanwhile, and
    what a killed program leaves is found by the exporter, or by the next who acknowledges. Two people at once make one
    silence: the second waits. Done again, the silence lasts anew; who was first stays. With `only_record`, and for an
    alert that is none of Alertmanager's, nothing is silenced.

    Raises
    ------
    SetupError
        If the alert is Alertmanager's and that is not configured, or does not answer; then nothing is acknowledged.
    """
    with database.transaction() as connection:
        alert = hold_alert(connection, alert_id)
        if alert.resolved:
            return alert
        if alert.fingerprint is None or only_record:
            write_acknowledgement(connection, alert_id, by=given.by, silence_id=None, until=None)
            return hold_alert(connection, alert_id)
    if alertmanager is None:
        raise SetupError(f"nothing can be silenced: set alertmanager.url or DRIFTGAUGE_ALERTMANAGER_URL; {INSTEAD}")
    try:
        alert, underway = _begin(database, alertmanager, alert_id, given, wait)
        if underway is None:
            return alert
        silence_id = _silence(database, alertmanager, alert, underway, given.comment)
    except AlertmanagerUnreachable as error:
        raise SetupError(f"{error}; {INSTEAD}") from error
    try:
        return _keep(database, alert, underway, silence_id)
    except BaseException:
        with suppress(AlertmanagerUnreachable):  # then it is found by what was noted, and the first error is told
            alertmanager.expire(silence_id)
        raise


def settle(database: Database, underway: Underway, silences: Mapping[str, KnownSilence]) -> None:
    """Keep an acknowledgement whose silence is in force, and forget one whose silence is not.

    `silences` are those that Alertmanager knows.
    """
    found = [
        silence_id
        for silence_id, known in silences.items()
        if known.in_force
        and known.comment.startswith(underway.mark)
        and (known.by, known.until) == (underway.by, underway.until)
    ]
    with database.transaction() as connection:
        try:
            alert = hold_alert(connection, underway.alert_id)  # first, as who acknowledges does: none waits in a ring
        except BadInput:  # it was dropped as old, and what was noted with it
            return
        if not end_acknowledgement(connection, underway) or not found:
            return
        if alert.resolved:
            keep_silence(connection, underway.alert_id, silence_id=found[0], until=underway.until)
        else:
            write_acknowledgement(
                connection, underway.alert_id, by=underway.by, silence_id=found[0], until=underway.until
            )


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


def _begin(
    database: Database,
    alertmanager: Alertmanager,
    alert_id: int,
    given: Acknowledgement,
    wait: Callable[[float], object],
) -> tuple[HeldAlert, Underway | None]:
    """Note what is about to be done, once nobody else is doing it; nothing is where the alert is over."""
    for _ in range(TURNS):
        with database.transaction() as connection:
            alert = hold_alert(connection, alert_id)
            if alert.resolved:
                return alert, None
            underway = begin_acknowledgement(connection, alert_id, by=given.by, span=given.span)
            if underway is not None:
                return alert, underway
            abandoned = read_abandoned(connection, after=LONGEST, ids=[alert_id])
        if abandoned:
            settle(database, abandoned[0], alertmanager.silences())
        else:
            wait(TURN_SECONDS)
    raise SetupError(f"alert {alert_id} is being acknowledged by somebody else; try again in a minute")


def _silence(database: Database, alertmanager: Alertmanager, alert: HeldAlert, underway: Underway, comment: str) -> str:
    """Put a silence in force, in place of the alert's own if that still is."""
    asked = False
    try:
        known = alertmanager.silences()
        own = known.get(alert.silence_id) if alert.silence_id else None
        with database.transaction(read_only=True) as connection:
            now = read_now(connection)
        silence = Silence(
            matchers=silence_matchers(alert.labels),
            until=underway.until,
            by=underway.by,
            comment=f"{underway.mark}{comment}",
        )
        asked = True
        return alertmanager.silence(silence, now=now, instead_of=alert.silence_id if own and own.in_force else None)
    except AlertmanagerUnreachable:
        with database.transaction() as connection:
            if asked:  # it may have been put in force, and only the answer was lost
                give_up(connection, underway)
            else:
                end_acknowledgement(connection, underway)
        raise


def _keep(database: Database, alert: HeldAlert, underway: Underway, silence_id: str) -> HeldAlert:
    """Keep what was done; the silence of an alert that has ended meanwhile is ended by the exporter's next look."""
    with database.transaction() as connection:
        held = hold_alert(connection, alert.alert_id)
        end_acknowledgement(connection, underway)
        if held.resolved:
            keep_silence(connection, alert.alert_id, silence_id=silence_id, until=underway.until)
        else:
            write_acknowledgement(
                connection, alert.alert_id, by=underway.by, silence_id=silence_id, until=underway.until
            )
        return hold_alert(connection, alert.alert_id)
