"""Judge a metric of a model in one hour by how it was in the four weeks before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.anomaly.expectation import HOURS_A_DAY, Expectation, expect
from driftgauge.anomaly.finding import AnomalyVerdict, Direction, Normality
from driftgauge.anomaly.measure import Known, Measure, measure_of
from driftgauge.anomaly.robust import deviations, median_of_rows, reach, sigma_of
from driftgauge.model.bins import FloatArray, IntArray

HISTORY_DAYS: Final = 28
LEAST_DAYS: Final = 8
"""Days between the first value and the hour in question, below which nothing is said: each day of the week was met."""

LEAST_RESIDUALS: Final = 12
DAYS_LEFT_OUT: Final = 0.1
"""The part of the days, those that were least as expected, which teaches nothing: incidents."""

MOST_SCORE: Final = 1e6
HOURS_IN_30_DAYS: Final = 720
MOST_CHANCE: Final = 0.01
"""Of a false alarm in an hour, however few hours there are."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MetricHistory:
    """The hours of a metric in order of time, the last the one to judge; each of shape (hours,).

    `values` has NaN where there is none; `rows` is how many each is a summary of; `hours_of_week` is 0 to 167.
    `error` is the standard error of the last value by its own rows, 0 where nobody knows.
    """

    metric: str
    values: FloatArray
    rows: FloatArray
    hours_of_week: IntArray
    error: float = 0.0


def judge(history: MetricHistory, *, alpha: float, fixed: float | None = None) -> AnomalyVerdict:
    """Judge the last hour of a metric.

    Parameters
    ----------
    history : MetricHistory
        The hour and up to four weeks before; with a value in the last hour.
    alpha : float
        False alarms of this metric that are allowed in 30 days.
    fixed : float, optional
        Deviations that are allowed, in place of as many as `alpha` asks for.

    Notes
    -----
    The value is anomalous if it lies farther from what is expected than all of: `k` robust standard deviations of how
    the hours before strayed from what was expected of them, where `k` follows from `alpha`, the hours in 30 days that
    have a value, and how many hours there were; the tail of those, carried on to the same chance; the noise of as many
    rows; and the smallest change that matters. The newest day and the tenth of the days that were least as expected
    teach no deviation, so that an incident hides neither itself nor the next.

    Examples
    --------
    >>> hours = np.arange(28 * 24 + 1)
    >>> accuracy = 0.92 + 0.01 * np.cos(hours)
    >>> accuracy[-1] = 0.6
    >>> found = judge(
    ...     MetricHistory(metric="accuracy", values=accuracy, rows=np.ones(hours.size), hours_of_week=hours % 168),
    ...     alpha=0.05,
    ... )
    >>> found.verdict.value, found.direction.value
    ('anomalous', 'down')
    """
    measure = measure_of(history.metric)
    rows = int(history.rows[-1])
    values = measure.scale.to(np.where(history.rows >= measure.least_rows, history.values, np.nan))
    known = np.flatnonzero(~np.isnan(values[:-1]))
    hours = values.size - 1 - int(known[0]) if known.size else 0
    if rows < measure.least_rows:
        return _unjudged(history, f"{rows} rows, at least {measure.least_rows} are needed")
    if hours < LEAST_DAYS * HOURS_A_DAY:
        return _unjudged(history, f"{hours / HOURS_A_DAY:.1f} days of history, at least {LEAST_DAYS} are needed")
    if np.isnan(values[-1]):
        return _unjudged(history, "nothing is a part or a multiple of 0")
    expectation = expect(values, history.hours_of_week, multiplied=measure.multiplied)
    if expectation is None:
        return _unjudged(history, "too few hours like this one before it, or too few in the last week")
    share = _share(history)
    units = measure.unit(expectation.values, history.rows, share)
    residuals = (values - expectation.values) / units
    taught = teaching(residuals)
    if taught.size < LEAST_RESIDUALS:
        return _unjudged(history, f"{taught.size} hours to learn from, at least {LEAST_RESIDUALS} are needed")
    chance = min(alpha * hours / (HOURS_IN_30_DAYS * known.size), MOST_CHANCE)
    sigma = sigma_of(taught)
    allowed = max(deviations(chance, taught.size) * sigma, reach(taught, chance)) if fixed is None else fixed * sigma
    if sigma == 0:  # most hours are the same, and the rest are what they differ by now and then
        allowed = float(np.nanmax(np.abs(residuals[:-HOURS_A_DAY])))
    center = float(expectation.values[-1])
    of_hour = Known(
        expected=measure.scale.back(center),
        rows=rows,
        alike=expectation.alike,
        rows_before=float(np.sum(history.rows[:-1])),
        share=share,
        error=history.error,
        steady=sigma == 0,
    )
    distance = max(allowed * float(units[-1]), measure.least(of_hour))
    below, above = measure.scale.to(np.array(measure.noise(of_hour, chance))).tolist()
    lower = -math.inf if math.isnan(below) else min(center - distance, below)
    upper = max(center + distance, above)
    return _verdict(history, measure, expectation, (float(values[-1]), lower, upper))


def teaching(residuals: FloatArray) -> FloatArray:
    """Return the residuals that deviations are learned from: without the newest day and those that were the wildest.

    Examples
    --------
    >>> calm = np.tile([1.0, -1.0], 12 * 20)
    >>> calm[24:48] = 50.0
    >>> float(teaching(calm).max())
    1.0
    """
    days = -(-residuals.size // HOURS_A_DAY)
    table = np.full(days * HOURS_A_DAY, np.nan)
    table[table.size - residuals.size :] = residuals
    table = table.reshape(days, HOURS_A_DAY)[:-1]
    table = table[~np.all(np.isnan(table), axis=1)]
    wildness = median_of_rows(np.abs(table))
    kept = np.sort(np.argsort(wildness, kind="stable")[: math.ceil(len(table) * (1 - DAYS_LEFT_OUT))])
    found = table[kept].ravel()
    return found[~np.isnan(found)]


def _share(history: MetricHistory) -> float:
    """Return the mean of the hours before, each by its rows; never 0, because nobody knows that."""
    before = ~np.isnan(history.values[:-1])
    rows = history.rows[:-1][before]
    found = float(np.sum(np.clip(history.values[:-1][before], 0.0, 1.0) * rows))
    return (found + 0.5) / (float(np.sum(rows)) + 1)


def _verdict(
    history: MetricHistory, measure: Measure, expectation: Expectation, scaled: tuple[float, float, float]
) -> AnomalyVerdict:
    """Tell what the value and its limits, on the scale that is judged on, mean."""
    value, lower, upper = scaled
    expected = float(expectation.values[-1])
    distance, allowed = (
        (value - expected, upper - expected) if value > expected else (expected - value, expected - lower)
    )
    if allowed <= 0:
        return _unjudged(history, "it was always 0: nobody knows what a large value is")
    score = min(distance / allowed, MOST_SCORE)
    anomalous = score > 1
    direction = (Direction.UP if value > expected else Direction.DOWN) if anomalous else None
    told = [measure.scale.back(one) for one in (expected, lower, upper)]
    low = told[1] if told[1] > measure.lowest else None
    high = told[2] if told[2] < measure.highest else None
    return AnomalyVerdict(
        metric=history.metric,
        verdict=Normality.ANOMALOUS if anomalous else Normality.NORMAL,
        reason=_reason(history, measure, expectation, told[0], (low, high)),
        value=float(history.values[-1]),
        rows=int(history.rows[-1]),
        expected=told[0],
        lower=low,
        upper=high,
        score=score,
        direction=direction,
    )


def _reason(
    history: MetricHistory,
    measure: Measure,
    expectation: Expectation,
    expected: float,
    limits: tuple[float | None, float | None],
) -> str:
    low, high = limits
    value, usual = (format(one, measure.form) for one in (float(history.values[-1]), expected))
    if low is None and high is None:
        allowed = "anything is allowed"
    elif low is None:
        allowed = f"up to {high:{measure.form}} is allowed"
    elif high is None:
        allowed = f"{low:{measure.form}} or more is allowed"
    else:
        allowed = f"{low:{measure.form}} to {high:{measure.form}} is allowed"
    return f"{value} {measure.words}; usual is {usual}{expectation.season.name} (of {expectation.alike}), {allowed}"


def _unjudged(history: MetricHistory, reason: str) -> AnomalyVerdict:
    return AnomalyVerdict(
        metric=history.metric,
        verdict=Normality.INSUFFICIENT_DATA,
        reason=reason,
        value=float(history.values[-1]),
        rows=int(history.rows[-1]),
    )
