"""How far each source is read, and which models are whose: a model comes from one place only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one
from driftgauge.store.keys import key_of
from driftgauge.store.source_table import SourceTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How far a source is read, by its own clock; roll-ups before `compacted_before` are kept as whole days.

    `revision` grows with each write, `late_rows` with each row that the audit found.
    """

    history_from: datetime
    read_to: datetime
    audited_at: datetime
    revision: int
    late_rows: int
    compacted_before: datetime


def read_state(connection: Connection, source: str, *, profile_buckets_kept: timedelta) -> SourceState | None:
    """Read how far a source is; None where it was never read. Days are merged that are older than kept."""
    row = fetch_one(connection, "source/read_state", source=source, profile_buckets_kept=profile_buckets_kept)
    return row and SourceState(
        history_from=row.history_from,
        read_to=row.read_to,
        audited_at=row.audited_at,
        revision=row.revision,
        late_rows=row.late_rows,
        compacted_before=row.compacted_before,
    )


def start_state(
    connection: Connection, source: str, *, history_from: datetime, now: datetime, profile_buckets_kept: timedelta
) -> SourceState:
    """Read how far a source is; start it at `history_from` where it was never read."""
    state = read_state(connection, source, profile_buckets_kept=profile_buckets_kept)
    if state is None:
        execute(connection, "source/create_state", source=source, history_from=history_from, audited_at=now)
        state = read_state(connection, source, profile_buckets_kept=profile_buckets_kept)
    assert state is not None  # noqa: S101 - it was just written
    return state


def lock_state(connection: Connection, source: str, *, profile_buckets_kept: timedelta) -> SourceState | None:
    """Read how far a source is, and hold that until the transaction ends."""
    fetch_one(connection, "source/lock_state", source=source)
    return read_state(connection, source, profile_buckets_kept=profile_buckets_kept)


def advance(connection: Connection, source: str, *, read_to: datetime, late_rows: int) -> None:
    """Record, in the roll-ups' own transaction, up to when a source is read, and how many late rows that found."""
    execute(connection, "source/advance", source=source, read_to=read_to, late_rows=late_rows)


def record_audit(connection: Connection, source: str, audited_at: datetime) -> None:
    """Record that the closed buckets were recounted."""
    execute(connection, "source/record_audit", source=source, audited_at=audited_at)


def read_claims(connection: Connection, source: str) -> dict[ModelKey, int | None]:
    """Return the models of a source, each with the reference that its rows are profiled on."""
    return {key_of(row): row.reference_id for row in fetch_all(connection, "source/read_claims", source=source)}


def find_refused(
    connection: Connection, source: str, keys: Collection[ModelKey], configured: Iterable[str]
) -> dict[ModelKey, str]:
    """Return which of some models a source may not have, each with where it comes from already."""
    found = fetch_all(connection, "source/find_refused", source=source, configured=sorted(configured), **_names(keys))
    return {key_of(row): row.place for row in found}


def claim_models(connection: Connection, source: str, keys: Collection[ModelKey]) -> None:
    """Make models those of a source; the caller holds the roll-up lock, and has found none of them refused."""
    execute(connection, "source/claim_models", source=source, **_names(keys))


def release_logged(connection: Connection, source: str | None = None) -> None:
    """Take from a source, or from each, the models that services log; the caller holds the roll-up lock.

    What the roll-ups have of them may be of logged rows, which no reading of the source may replace.
    """
    execute(connection, "source/release_logged", source=source)


def release_renamed(connection: Connection, table: SourceTable) -> None:
    """Take from a source the models that it cannot have any more: it names one for all its rows, and that is another.

    The caller holds the roll-up lock.
    """
    named = {"model_name": table.model, "version": table.version, "environment": table.environment}
    fixed = {name: None if label.column else label.otherwise for name, label in named.items()}
    execute(connection, "source/release_renamed", source=table.name, **fixed)


def use_reference(connection: Connection, key: ModelKey, reference_id: int) -> None:
    """Record the reference that a model's rows are profiled on from now on."""
    execute(
        connection,
        "source/use_reference",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        reference_id=reference_id,
    )


def _names(keys: Collection[ModelKey]) -> dict[str, list[str]]:
    ordered = sorted(keys)
    return {
        "model_names": [key.model for key in ordered],
        "versions": [key.version for key in ordered],
        "environments": [key.environment for key in ordered],
    }
