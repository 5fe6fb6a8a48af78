from __future__ import annotations

import numpy as np

from driftgauge.anomaly.hours import HOURS, LONGEST_SILENCE, HourFigure, MetricHours, silences_filled

END = 1000


def figure(hour: int, value: float, rows: int = 1) -> HourFigure:
    return HourFigure(hour=hour, value=value, rows=rows)


def calendar(hours: MetricHours) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(hours.values.size)


def test_only_what_changed_is_told() -> None:
    hours = MetricHours.empty(END)
    assert hours.put([figure(998, 0.5), figure(999, 0.7)]) == [998, 999]
    assert hours.put([figure(998, 0.5), figure(999, 0.7 + 1e-12)]) == [], "sums may be added up in another order"
    assert hours.put([figure(998, 0.5, rows=2), figure(999, 0.8)]) == [998, 999]


def test_hours_out_of_sight_are_left_out() -> None:
    hours = MetricHours.empty(END)
    assert hours.put([figure(END, 1.0), figure(0, 1.0)]) == []
    assert np.isnan(hours.values).all()


def test_the_oldest_hours_go() -> None:
    hours = MetricHours.empty(END)
    hours.put([figure(END - hours.values.size, 1.0), figure(END - 1, 2.0)])
    later = hours.later(END + 3)
    assert later.values[-4] == 2.0
    assert np.count_nonzero(~np.isnan(later.values)) == np.count_nonzero(later.rows) == 1
    assert np.isnan(hours.later(END + 10_000).values).all()
    assert hours.values[0] == 1.0, "the copy is another"


def test_a_history_ends_with_its_hour() -> None:
    hours = MetricHours.empty(END)
    hours.put(HourFigure(hour=hour, value=float(hour), rows=1, error=float(hour)) for hour in range(END - 24, END))
    history = hours.up_to(END - 3, "accuracy", calendar(hours), counts=False)
    assert history is not None
    assert (history.values[-1], history.rows[-1], history.values.size) == (END - 3, 1.0, HOURS)
    assert history.hours_of_week[-1] == hours.values.size - 3
    assert history.error == END - 3
    assert hours.up_to(END - 25, "accuracy", calendar(hours), counts=False) is None


def test_an_hour_without_predictions_is_a_zero_unless_the_silence_is_long() -> None:
    hours = MetricHours.empty(END)
    hours.put([figure(END - 100, 7.0, rows=7), figure(END - 80, 5.0, rows=5), figure(END - 2, 5.0, rows=5)])
    history = hours.up_to(END - 1, "predictions", calendar(hours), counts=True)
    assert history is not None
    assert history.values[-1] == 0.0
    assert np.nansum(history.values) == 10.0, "the first hour may be a part of one"
    assert np.isnan(history.values[-79:-2]).all(), "more than three days of silence"
    assert history.values[-99:-80].tolist() == [0.0] * 19


def test_a_model_that_fell_silent_is_told_for_three_days() -> None:
    counts = np.append(np.full(50, 9.0), np.full(LONGEST_SILENCE, np.nan))
    assert silences_filled(counts)[-1] == 0.0
    assert np.isnan(silences_filled(np.append(counts, np.nan))[-1])
    assert np.isnan(silences_filled(np.full(9, np.nan))).all()
