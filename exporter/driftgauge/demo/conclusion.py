"""The end of a bounded run: whether everything showed and nothing was lost, in one last line or one error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from driftgauge.demo.checks import Board, Signal
from driftgauge.demo.people import AlertCounts
from driftgauge.errors import SignalMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The same predictions counted at each station of the path; `with_prometheus` tells whether it is one of them.

    `known` are the outcomes that came, or will, and `joined` those that the exporter has read.
    """

    written: int
    stored: int
    exported: int
    scraped: int | None
    with_prometheus: bool
    known: int
    joined: int


def unfinished(signals: Sequence[Signal], account: Account, alerts: AlertCounts | None) -> Iterator[str]:
    """Walk what is still missing, in words; a little time may bring it. Without Alertmanager there are no `alerts`."""
    for signal in signals:
        what = f"{signal.expectation.says}: did not show"
        incident = f"in the incident {signal.phase.incident.name!r}"
        if signal.shown_at is None:
            yield f"{what} on /metrics {incident}"
        if account.with_prometheus and not signal.in_prometheus:
            yield f"{what} in Prometheus {incident}"
    if not account.written == account.stored == account.exported:
        yield (
            f"predictions were lost: {account.written:,} written, {account.stored:,} in prediction_logs, "
            f"{account.exported:,} on /metrics"
        )
    if account.known != account.joined:
        yield f"outcomes were lost: {account.known:,} came, {account.joined:,} are joined on /metrics"
    if account.with_prometheus and account.scraped != account.exported:
        yield f"predictions were lost: {account.exported:,} on /metrics, {account.scraped or 0:,} in Prometheus"
    if alerts is not None:
        yield from alerts.unfinished()


def conclude(board: Board, account: Account, alerts: AlertCounts | None) -> str:
    """Return the last line of a run that showed what it should.

    Raises
    ------
    SignalMissing
        With a line for each signal that did not show, each loss, and each false alarm.
    """
    problems = [*unfinished(board.signals, account, alerts), *(f"false alarm: {alarm}" for alarm in board.false_alarms)]
    if problems:
        raise SignalMissing("\n".join(problems))
    shown = len(board.signals)
    where = "on /metrics and in Prometheus" if account.with_prometheus else "on /metrics"
    return (
        f"demo ok: {shown} of {shown} expected signals shown {where}, "
        f"{account.exported:,} predictions, 0 lost, 0 false alarms"
    )
