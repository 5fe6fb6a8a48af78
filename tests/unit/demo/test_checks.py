from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.samples import Sample

from driftgauge.demo.checks import Board
from driftgauge.demo.expectations import MODEL_LABELS
from driftgauge.demo.incidents import timeline
from driftgauge.demo.readings import Scrape, read

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTH = 100


def series(name: str, value: float, **labels: str) -> Sample:
    return Sample(name, {**MODEL_LABELS, **labels}, value)


def drifted(*features: str) -> list[Sample]:
    return [
        series("ml_drifted_features_ratio", len(features) / 16),
        *(series("ml_feature_drifted", float(name in features), feature=name) for name in ("dewp", "humid", "temp")),
    ]


def traffic(count: float, *, failed: float = 0.0, seconds: float = 0.04) -> list[Sample]:
    return [
        series("ml_predictions_total", count - failed, status="success"),
        *([series("ml_predictions_total", failed, status="error")] if failed else []),
        series("ml_prediction_latency_seconds_sum", count * seconds),
        series("ml_prediction_latency_seconds_count", count),
    ]


def shown(board: Board, at: float, found: Sequence[Sample]) -> list[str]:
    return [signal.expectation.says for signal in board.observe(Scrape(at=at, series=found))]


@pytest.fixture
def board() -> Board:
    return Board(timeline(LENGTH), repeats=False)


def test_a_signal_shows_once_and_with_its_time(board: Board) -> None:
    assert shown(board, 60, drifted("temp")) == ["temp has drifted"]
    assert shown(board, 61, drifted("temp")) == []
    assert [signal.shown_at for signal in board.signals if signal.shown_at is not None] == [60]


def test_a_share_is_counted_from_the_first_scrape_of_its_incident(board: Board) -> None:
    assert shown(board, 33, traffic(1_000)) == []
    assert shown(board, 34, traffic(1_060, failed=5)) == []
    assert shown(board, 35, traffic(1_120, failed=15)) == ["more than 10% of the predictions fail"]
    assert board.false_alarms == []


def test_drift_while_all_is_well_is_a_false_alarm_and_told_once(board: Board) -> None:
    for at in (10, 11):
        assert shown(board, at, drifted("dewp")) == []
    assert board.false_alarms == [
        "features have drifted in the phase 'healthy' (dewp)",
        "dewp has drifted in the phase 'healthy' (dewp)",
    ]


def test_a_signal_before_its_incident_is_a_false_alarm(board: Board) -> None:
    assert shown(board, 50, drifted("humid")) == ["humid has drifted"]
    assert board.false_alarms == []
    shown(board, 51, drifted("humid", "dewp"))
    assert board.false_alarms == ["dewp has drifted in the phase 'missing feature' (dewp, humid)"]


def test_what_shows_once_the_season_has_changed_is_the_seasons(board: Board) -> None:
    season = board.phases[-1].start
    assert shown(board, season + 1, drifted("humid")) == ["humid has drifted"]
    assert shown(board, season + 5, drifted("humid", "temp", "dewp")) == ["dewp has drifted"]


def test_a_signal_may_come_after_the_end(board: Board) -> None:
    assert board.phase(LENGTH + 5).incident.name == "season"
    assert shown(board, LENGTH + 5, drifted("dewp")) == ["dewp has drifted"]


def test_an_endless_run_expects_every_signal_again_and_forgives_what_is_left_of_the_pass_before() -> None:
    board = Board(timeline(LENGTH), repeats=True)
    assert shown(board, 90, drifted("dewp")) == ["dewp has drifted"]
    assert shown(board, LENGTH + 1, drifted("dewp")) == []
    assert all(signal.shown_at is None for signal in board.signals)
    assert board.false_alarms == []
    assert shown(board, LENGTH + 90, drifted("dewp")) == ["dewp has drifted"]
    assert board.signals[-1].shown_at == 90


def test_rates_are_over_the_last_seconds() -> None:
    scrapes = [
        Scrape(at=0, series=traffic(17_000)),
        Scrape(at=10, series=traffic(17_600)),
        Scrape(at=14, series=traffic(17_840, failed=60)),
    ]
    readings = read(scrapes)
    assert (readings.rate, readings.error_share) == (60, 0.25)
    assert readings.latency == pytest.approx(0.04)


def test_a_first_scrape_gives_no_rates() -> None:
    readings = read([Scrape(at=0, series=[])])
    assert (readings.rate, readings.latency, readings.error_share, readings.verdict, readings.rows, readings.lag) == (
        (None,) * 6
    )


def test_features_are_read_by_their_strongest_test_and_the_drifted_first() -> None:
    scores = {("dest", "psi"): 0.3, ("dest", "ks"): 0.05, ("temp", "psi"): 0.22, ("humid", "psi"): 0.1}
    found = [
        *drifted("temp"),
        *(series("ml_feature_drift_score", score, feature=name, test=test) for (name, test), score in scores.items()),
        *(series("ml_feature_drift_threshold", 0.2, feature=name, test=test) for name, test in scores),
        series("ml_drift_verdict", 0.0, verdict="stable"),
        series("ml_drift_verdict", 1.0, verdict="drifted"),
        series("ml_drift_window_rows", 3_600.0),
        Sample("driftgauge_rollup_lag_seconds", {"table": "prediction_logs"}, 0.5),
    ]
    readings = read([Scrape(at=1, series=found)])
    assert [(reading.feature, reading.test) for reading in readings.features] == [
        ("temp", "psi"),
        ("dest", "psi"),
        ("humid", "psi"),
    ]
    assert (readings.verdict, readings.rows, readings.lag) == ("drifted", 3_600, 0.5)


def test_series_of_other_models_count_for_nothing() -> None:
    other = Sample("ml_predictions_total", {**MODEL_LABELS, "model": "other", "status": "success"}, 5.0)
    scrape = Scrape(at=0, series=[other, *traffic(7)])
    assert scrape.predictions == 7
