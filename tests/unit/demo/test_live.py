from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from driftgauge.demo.flights import FEATURES, Flights
from driftgauge.demo.incidents import HEALTHY, SEASON, Phase, timeline
from driftgauge.demo.live import LONGEST_DELAY, LONGEST_PAUSE, SHORTEST_DELAY, LiveTraffic
from driftgauge.demo.traffic import OutcomeRow, Parts, PredictionRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from driftgauge.demo.incidents import Incident
    from driftgauge.demo.model import DelayModel

WINDOW_ROWS = 3_000


def only(incident: Incident) -> tuple[Phase, ...]:
    return (Phase(incident=incident, start=0.0, end=1e6),)


def served(traffic: LiveTraffic, start: datetime, *, seconds: float, step: float = 0.25) -> list[PredictionRow]:
    rows: list[PredictionRow] = []
    for tick in range(1, round(seconds / step) + 1):
        rows += traffic.until(start + timedelta(seconds=tick * step))
    return rows


def values(rows: Sequence[PredictionRow], feature: str) -> list[object]:
    return [row.features[feature] for row in rows]


def p_values(reference: Flights, rows: Sequence[PredictionRow]) -> list[float]:
    """Test every feature's values, and how often they are missing."""
    found: list[float] = []
    for name, kind in FEATURES.items():
        then = [None if value is None or value != value else value for value in reference.features[name].tolist()]  # noqa: PLR0124 - NaN
        now = values(rows, name)
        missing = [[sum(value is None for value in side), len(side)] for side in (then, now)]
        if missing[0][0] + missing[1][0]:
            found.append(stats.fisher_exact(np.array([[gone, rows - gone] for gone, rows in missing])).pvalue)
        then, now = ([value for value in side if value is not None] for side in (then, now))
        if kind == "category":
            categories = sorted({*then, *now}, key=then.count)[-20:]
            table = np.array([[side.count(category) for category in categories] for side in (then, now)])
            found.append(stats.chi2_contingency(table).pvalue)
        else:
            found.append(stats.ks_2samp(np.array(then, float), np.array(now, float), method="asymp").pvalue)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_healthy_windows_are_exchangeable_with_the_reference(
    parts: Parts, model: DelayModel, end: datetime, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    traffic = LiveTraffic(parts, model, phases=only(HEALTHY), start=end, rate=100, rng=rng)
    rows = served(traffic, end, seconds=60)
    for start in (0, WINDOW_ROWS):
        found = p_values(parts.history, rows[start : start + WINDOW_ROWS])
        assert min(found) * len(found) > 0.01


def test_the_season_is_not_exchangeable_with_the_reference(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    traffic = LiveTraffic(parts, model, phases=only(SEASON), start=end, rate=100, rng=rng)
    found = p_values(parts.history, served(traffic, end, seconds=20))
    assert sum(p < 1e-6 for p in found) >= 5


def test_no_flight_comes_twice_before_all_have_come(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    few = Parts(history=parts.history, winter=parts.winter.take(np.arange(100)), summer=parts.summer, shift=parts.shift)
    traffic = LiveTraffic(few, model, phases=only(HEALTHY), start=end, rate=100, rng=rng)
    first, second = (served_second(traffic, end, second) for second in (1, 2))
    assert sorted(map(repr, first)) == sorted(map(repr, second))
    assert first != second


def served_second(traffic: LiveTraffic, start: datetime, second: int) -> list[object]:
    return [row.features for row in traffic.until(start + timedelta(seconds=second))]


def test_rows_come_at_the_rate_and_are_stamped_within_their_interval(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    traffic = LiveTraffic(parts, model, phases=timeline(90), start=end, rate=70, rng=rng)
    total = 0
    since = end
    for tick in range(1, 40):
        now = end + timedelta(seconds=tick * 0.3)
        rows = traffic.until(now)
        total += len(rows)
        assert all(since < row.timestamp <= now for row in rows)
        assert [row.timestamp for row in rows] == sorted(row.timestamp for row in rows)
        assert abs(total - 70 * tick * 0.3) <= 1
        since = now


def test_outcomes_come_in_order_some_seconds_after_their_predictions(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    traffic = LiveTraffic(parts, model, phases=only(HEALTHY), start=end, rate=100, rng=rng)
    rows: list[PredictionRow] = []
    known: list[OutcomeRow] = []
    for tick in range(1, 41):
        now = end + timedelta(seconds=tick * 0.25)
        rows += traffic.until(now)
        landed = traffic.landed(now)
        assert all(outcome.timestamp <= now for outcome in landed)
        known += landed
    at = {row.id: row.timestamp for row in rows}
    delays = [(outcome.timestamp - at[outcome.prediction_id]).total_seconds() for outcome in known]
    assert all(SHORTEST_DELAY <= delay <= LONGEST_DELAY for delay in delays)
    assert known == sorted(known, key=lambda outcome: outcome.timestamp)
    assert len(known) + traffic.flying > 0.95 * len(rows)
    known += traffic.landed(end + timedelta(minutes=1))
    assert traffic.flying == 0
    assert len({outcome.prediction_id for outcome in known}) == len(known) < len(rows), "some never came in"


def test_a_clock_that_steps_back_brings_no_rows(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    traffic = LiveTraffic(parts, model, phases=timeline(90), start=end, rate=10, rng=rng)
    assert len(traffic.until(end + timedelta(seconds=5))) == 50
    assert traffic.until(end + timedelta(seconds=3)) == []
    assert len(traffic.until(end + timedelta(seconds=6))) == 10


def test_a_long_standstill_is_not_made_up_for(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    traffic = LiveTraffic(parts, model, phases=timeline(90), start=end, rate=10, rng=rng)
    assert len(traffic.until(end + timedelta(hours=3))) == 10 * LONGEST_PAUSE


def test_each_row_belongs_to_the_phase_of_its_own_time(
    parts: Parts, model: DelayModel, end: datetime, rng: np.random.Generator
) -> None:
    phases = timeline(100)
    traffic = LiveTraffic(parts, model, phases=phases, start=end, rate=100, rng=rng)
    rows = served(traffic, end, seconds=100, step=5)
    assert len(rows) == 10_000

    def during(name: str) -> list[PredictionRow]:
        (phase,) = (phase for phase in phases if phase.incident.name == name)
        return [row for row in rows if phase.start <= (row.timestamp - end).total_seconds() < phase.end]

    def mean_latency(name: str) -> float:
        return float(np.mean([row.latency_ms for row in during(name)]))

    assert mean_latency("latency") > 200
    assert max(mean_latency(name) for name in ("healthy", "errors", "missing feature", "unit change", "season")) < 50
    failing = {row.timestamp for row in rows if row.status == "error"}
    assert failing == {row.timestamp for row in during("errors") if row.status == "error"}
    assert 0.15 < len(failing) / len(during("errors")) < 0.25
    assert values(during("missing feature"), "humid").count(None) > len(during("missing feature")) / 2
    assert values(during("unit change"), "humid").count(None) < 20
    assert all(value is None or float(str(value)) < 17 for value in values(during("unit change"), "temp"))
    assert all(value is None or float(str(value)) > 60 for value in values(during("season"), "temp"))
