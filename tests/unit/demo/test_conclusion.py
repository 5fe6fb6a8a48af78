from __future__ import annotations

from dataclasses import replace

import pytest

from driftgauge.demo.checks import Board
from driftgauge.demo.conclusion import Account, conclude
from driftgauge.demo.incidents import timeline
from driftgauge.demo.people import AlertCounts
from driftgauge.errors import SignalMissing

ACCOUNT = Account(
    written=22_000, stored=22_000, exported=22_000, scraped=22_000, with_prometheus=True, known=900, joined=900
)
ALERTS = AlertCounts(notifications=18, acknowledged=1, escalated=3, resolved=4)


@pytest.fixture
def board() -> Board:
    """Everything has shown."""
    board = Board(timeline(60), repeats=False)
    for signal in board.signals:
        signal.shown_at = signal.phase.start + 2
        signal.in_prometheus = True
    return board


def problems(board: Board, account: Account) -> list[str]:
    with pytest.raises(SignalMissing) as failure:
        conclude(board, account, ALERTS)
    assert failure.value.exit_code == 1
    return str(failure.value).splitlines()


def test_a_run_that_showed_everything_ends_well(board: Board) -> None:
    assert conclude(board, ACCOUNT, ALERTS) == (
        "demo ok: 10 of 10 expected signals shown on /metrics and in Prometheus, 22,000 predictions, 0 lost, "
        "0 false alarms"
    )


def test_without_prometheus_nothing_is_asked_of_it(board: Board) -> None:
    for signal in board.signals:
        signal.in_prometheus = False
    line = conclude(board, replace(ACCOUNT, scraped=None, with_prometheus=False), None)
    assert line.startswith("demo ok: 10 of 10 expected signals shown on /metrics, ")


def test_each_signal_that_did_not_show_is_named_with_its_place(board: Board) -> None:
    board.signals[1].in_prometheus = False
    board.signals[-1].shown_at = None
    assert problems(board, ACCOUNT) == [
        "the mean latency is above 100 ms: did not show in Prometheus in the incident 'latency'",
        "dewp has drifted: did not show on /metrics in the incident 'season'",
    ]


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (replace(ACCOUNT, joined=899), "outcomes were lost: 900 came, 899 are joined on /metrics"),
        (
            replace(ACCOUNT, stored=21_999),
            "predictions were lost: 22,000 written, 21,999 in prediction_logs, 22,000 on /metrics",
        ),
        (replace(ACCOUNT, scraped=None), "predictions were lost: 22,000 on /metrics, 0 in Prometheus"),
    ],
)
def test_a_loss_is_told_by_station(board: Board, account: Account, told: str) -> None:
    assert problems(board, account) == [told]


def test_a_false_alarm_fails_the_run(board: Board) -> None:
    board.false_alarms.append("dewp has drifted in the phase 'healthy' (dewp)")
    assert problems(board, ACCOUNT) == ["false alarm: dewp has drifted in the phase 'healthy' (dewp)"]


def test_what_never_became_of_an_alert_fails_the_run(board: Board) -> None:
    with pytest.raises(SignalMissing, match=r"^no alert was escalated$"):
        conclude(board, ACCOUNT, replace(ALERTS, escalated=0))
