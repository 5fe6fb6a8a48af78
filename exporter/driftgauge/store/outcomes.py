"""Read predictions with their outcomes: what either mark, moved on, adds to the cohorts and takes back from them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any, Final

from psycopg import errors

from driftgauge.errors import ForeignRestore
from driftgauge.model.identity import ModelKey
from driftgauge.performance.cells import Cell
from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one
from driftgauge.store.keys import key_of
from driftgauge.store.predictions import ModelFilter, SliceTooLarge

OUTCOMES: Final = "outcomes"
EARLIEST: Final = timedelta(days=7)
"""How long before its prediction an outcome may be: it is kept for so much longer, so that it can be taken back."""

NOBODY: Final = "{}"
"""No predictions, as the text of an array: ids go from one query to another and mean nothing here."""

Cells = Mapping[ModelKey, Sequence[Cell]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How far pairs are counted: predictions numbered up to `predictions`, and their outcomes up to `outcomes`.

    Predictions up to `rolled_up` are final. `revision` is that of the last change of a cohort.
    Predictions of event times before `floor` may be gone, and are left as they are counted (None: none ever were).
    """

    predictions: int
    outcomes: int
    revision: int
    rolled_up: int
    floor: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinProgress:
    """Outcomes read, those of them that cannot be used, those without a prediction, and how old the first unread is."""

    processed: int
    quarantined: int
    unmatched: int
    lag_seconds: float


def try_outcomes_lock(connection: Connection) -> bool:
    """Take the lock of the outcomes' cohorts until the transaction ends; False if another session has it."""
    row = fetch_one(connection, "outcomes/try_lock")
    return row is not None and bool(row.locked)


def wait_for_outcomes_lock(connection: Connection) -> None:
    """Take the lock of the outcomes' cohorts until the transaction ends, waiting as long as the lock timeout allows."""
    execute(connection, "outcomes/wait_lock")


def find_prediction(connection: Connection, *, low: int, high: int) -> int:
    """Return the number of the first prediction above `low` up to `high`; `high` where there is none."""
    row = fetch_one(connection, "outcomes/find_prediction", low=low, high=high)
    return int(row.ingest_seq) if row else high


def find_outcome(connection: Connection, *, low: int, high: int) -> int:
    """Return the number of the first outcome above `low` up to `high`; `high` where there is none."""
    row = fetch_one(connection, "outcomes/find_outcome", low=low, high=high)
    return int(row.ingest_seq) if row else high


def lock_marks(connection: Connection, high: int) -> Marks:
    """Read the marks and hold their row; start them at 0 if there are none.

    Raises
    ------
    ForeignRestore
        If `high`, the last number that was given to an outcome, or the roll-up, lies behind them.
    """
    row = fetch_one(connection, "outcomes/lock_marks", job=OUTCOMES)
    if row is None:
        execute(connection, "outcomes/create_marks", job=OUTCOMES)
        row = fetch_one(connection, "outcomes/lock_marks", job=OUTCOMES)
    assert row is not None  # noqa: S101 - it was just written
    if row.system_identifier != row.cluster or row.ingest_seq > high or row.predictions_seq > row.rolled_up:
        raise ForeignRestore(
            f"outcomes are counted up to row {row.ingest_seq}, predictions up to {row.predictions_seq}, but here are "
            f"only {high} and {row.rolled_up}: rows and cohorts were restored from different places or times; "
            "run 'driftgauge rebuild' to recount the rows that are here"
        )
    return Marks(
        predictions=row.predictions_seq,
        outcomes=row.ingest_seq,
        revision=row.revision,
        rolled_up=row.rolled_up,
        floor=row.retention_floor,
    )


def move_marks(
    connection: Connection, marks: Marks, *, processed: int = 0, quarantined: int = 0, unmatched: int = 0
) -> None:
    """Record how far pairs are counted, in the transaction that counts them; the revision goes up by one."""
    execute(
        connection,
        "outcomes/advance",
        job=OUTCOMES,
        predictions_seq=marks.predictions,
        ingest_seq=marks.outcomes,
        rows_processed=processed,
        rows_quarantined=quarantined,
        rows_unmatched=unmatched,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSlice:
    """A range of predictions; `met` tells whether any has an outcome already, if only one too early to be counted."""

    cells: Cells
    met: bool


def read_predictions(
    connection: Connection, marks: Marks, *, low: int, high: int, cohort: timedelta, only: ModelFilter | None = None
) -> PredictionSlice:
    """Return the predictions numbered above `low` up to `high`, those with an outcome up to the mark as pairs.

    Raises
    ------
    SliceTooLarge
        If that takes longer than a statement may; the transaction is lost.
    """
    only = only or ModelFilter()
    execute(connection, "rollup/allow_memory")
    rows = _fetch_slice(
        connection,
        "outcomes/read_predictions",
        low=low,
        high=high,
        outcomes_seq=marks.outcomes,
        floor=marks.floor,
        earliest=EARLIEST,
        cohort_seconds=int(cohort.total_seconds()),
        model_name=only.model,
        version=only.version,
        environment=only.environment,
    )
    cells: dict[ModelKey, list[Cell]] = {}
    for row in rows:
        cells.setdefault(key_of(row), []).append(_cell(row))
    return PredictionSlice(cells=cells, met=any(row.met for row in rows))


def count_waiting(connection: Connection, marks: Marks, *, low: int, high: int) -> int:
    """Count the outcomes up to the mark whose first prediction is one of those numbered above `low` up to `high`."""
    row = fetch_one(
        connection, "outcomes/count_waiting", low=low, high=high, outcomes_seq=marks.outcomes, floor=marks.floor
    )
    return int(row.outcomes) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeSlice:
    """What a range of outcomes changes, and how many they are; `unmatched` have no prediction that is counted yet."""

    cells: Cells
    processed: int
    quarantined: int
    unmatched: int


def read_outcomes(connection: Connection, marks: Marks, *, high: int, cohort: timedelta) -> OutcomeSlice:
    """Return what the outcomes above the mark up to `high` change of the pairs that are counted.

    Nearly all predictions have one outcome. Those are read apart from those with several, of which the last and the one
    before must be found: so the many need no sorting, and several processes of the server can join them.

    Raises
    ------
    SliceTooLarge
        If that takes longer than a statement may; the transaction is lost.
    """
    execute(connection, "rollup/allow_memory")
    slice_of = {"low": marks.outcomes, "high": high}
    [found] = _fetch_slice(connection, "outcomes/find_repeated", **slice_of)
    join = {
        **slice_of,
        "repeated": found.prediction_ids,
        "predictions_seq": marks.predictions,
        "floor": marks.floor,
        "earliest": EARLIEST,
        "cohort_seconds": int(cohort.total_seconds()),
    }
    single = _fetch_slice(connection, "outcomes/read_single", **join)
    repeated = [] if found.prediction_ids == NOBODY else _fetch_slice(connection, "outcomes/read_repeated", **join)
    cells: dict[ModelKey, list[Cell]] = {}
    for row in single:
        if row.known:
            cells.setdefault(key_of(row), []).append(_cell(row))
    for row in repeated:
        if row.known:
            cells.setdefault(key_of(row), []).extend(_changes(row))
    counted = fetch_one(connection, "outcomes/count_read", **slice_of)
    assert counted is not None  # noqa: S101 - an aggregate has its one row
    return OutcomeSlice(
        cells=cells,
        processed=counted.outcomes,
        quarantined=counted.quarantined,
        unmatched=sum(row.outcomes for row in (*single, *repeated) if not row.known),
    )


def read_join_progress(connection: Connection) -> JoinProgress:
    """Read how far outcomes are joined."""
    row = fetch_one(connection, "outcomes/read_progress", job=OUTCOMES)
    if row is None:
        return JoinProgress(processed=0, quarantined=0, unmatched=0, lag_seconds=0.0)
    return JoinProgress(
        processed=row.rows_processed,
        quarantined=row.rows_quarantined,
        unmatched=row.rows_unmatched,
        lag_seconds=row.lag_seconds,
    )


def _fetch_slice(connection: Connection, name: str, **params: object) -> list[Any]:
    try:
        return fetch_all(connection, name, **params)
    except (errors.QueryCanceled, errors.ProgramLimitExceeded) as error:  # it took too long, or an array is too large
        if "user request" in str(error):  # the exporter is being stopped
            raise
        raise SliceTooLarge from error


def _cell(row: Any) -> Cell:  # noqa: ANN401 - the same
    nothing = array("d", [nan]) * len(row.times)  # for what no pair has
    return Cell(
        start=datetime.fromtimestamp(row.cohort, UTC),
        segment=row.segment,
        known=row.known,
        said=row.said,
        true=row.true,
        values=nothing if row.values is None else row.values,
        scores=nothing if row.scores is None else row.scores,
        confidences=nothing if row.confidences is None else row.confidences,
        true_values=nothing if row.true_values is None else row.true_values,
        times=row.times,
        lags=row.lags,
    )


def _changes(row: Any) -> list[Cell]:  # noqa: ANN401 - the same
    """Return the pairs of a row, and those that they replace, to be taken back."""
    pairs = _cell(row)
    if not row.replaces:
        return [pairs]
    taken = replace(pairs, sign=-1, true=row.former, true_values=row.former_values, lags=row.former_lags)
    return [replace(pairs, former=taken), taken]


def reset_outcomes(connection: Connection, *, floor: datetime) -> None:
    """Retire all tasks and set the marks back, so that the rows that are here are counted anew, by new tasks.

    Cohorts before `floor` stay, because their rows are gone. The caller holds the roll-up's and the outcomes' lock.
    """
    execute(connection, "outcomes/retire_all", floor=floor)
    execute(connection, "outcomes/reset_marks", job=OUTCOMES, floor=floor)
