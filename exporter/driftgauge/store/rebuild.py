"""Take out of the roll-ups what can be counted again from the rows that are here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.store.attributions import TABLES, find_lowest_attribution
from driftgauge.store.execute import Connection, execute, fetch_one
from driftgauge.store.predictions import find_lowest_seq
from driftgauge.store.source_state import release_logged
from driftgauge.store.watermarks import ROLLUP


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Rows of event times from `floor` on are to be counted again; what was counted before it stays."""

    floor: datetime
    rows: int


def reset_rollups(connection: Connection, *, high: int, oldest: datetime) -> Reset | None:
    """Set the roll-ups back to where the rows that are here begin; None if nothing was ever rolled up.

    Buckets before the retention floor stay, because their rows are gone; so do those before `oldest` (a midnight, UTC),
    because of them the totals may know more than the minutes that are left. `high` is the last ingest number given out.
    What is a source's stays, too; a model that services log is no source's any more.
    The caller holds the roll-up lock.
    """
    mark = fetch_one(connection, "rebuild/lock_watermark", job=ROLLUP, oldest=oldest)
    if mark is None:
        return None
    floor = mark.retention_floor
    counted = fetch_one(connection, "rebuild/count_rows", floor=floor, ingest_seq=mark.ingest_seq)
    assert counted is not None  # noqa: S101 - an aggregate has its one row
    release_logged(connection)
    execute(connection, "rebuild/subtract_traffic", floor=floor)
    execute(connection, "rebuild/delete_profiles", floor=floor)
    execute(
        connection,
        "rebuild/reset_watermark",
        job=ROLLUP,
        ingest_seq=find_lowest_seq(connection) - 1,
        # An earlier rebuild may not have caught up with its own mark yet.
        rebuilt_to=min(max(mark.ingest_seq, mark.rebuilt_to), high),
        retention_floor=floor,
        predictions=counted.predictions,
        quarantined=counted.quarantined,
    )
    return Reset(floor=floor, rows=counted.predictions)


def reset_attributions(connection: Connection, explanation_type: str, *, high: int, oldest: datetime) -> None:
    """Set the roll-ups of attributions of one type back, as `reset_rollups` does; the references stay.

    The caller holds the lock of the attributions' roll-ups.
    """
    job = TABLES[explanation_type]
    mark = fetch_one(connection, "rebuild/lock_watermark", job=job, oldest=oldest)
    if mark is None:
        return
    of = {"explanation_type": explanation_type, "floor": mark.retention_floor}
    counted = fetch_one(connection, "rebuild/count_attributions", **of, ingest_seq=mark.ingest_seq)
    assert counted is not None  # noqa: S101 - an aggregate has its one row
    execute(connection, "rebuild/delete_attributions", **of)
    execute(
        connection,
        "rebuild/reset_watermark",
        job=job,
        ingest_seq=(find_lowest_attribution(connection, explanation_type) or 1) - 1,
        rebuilt_to=min(max(mark.ingest_seq, mark.rebuilt_to), high),
        retention_floor=mark.retention_floor,
        predictions=counted.rows,
        quarantined=counted.quarantined,
    )
