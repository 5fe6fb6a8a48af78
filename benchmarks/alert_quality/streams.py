"""Levels of features hour by hour: stationary streams, in standard deviations of the feature."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.signal import lfilter

from driftgauge.model.bins import FloatArray

PERSISTENCE: Final = 0.9
DEVIATION: Final = 0.15
DAILY: Final = 0.5
WEEKLY: Final = 0.25
DAY: Final = 24
WEEK: Final = 168


class Stream(StrEnum):
    """How the hours of a stationary stream differ."""

    IID = "i.i.d."
    AR1 = "AR(1)"
    SEASONAL = "seasonal"


def levels_of(stream: Stream, hours: int, features: int, rng: np.random.Generator) -> FloatArray:
    """Return the level of each feature in each hour.

    Parameters
    ----------
    stream : Stream
        `IID`: always 0. `AR1`: each feature for itself, stationary from the first hour. `SEASONAL`: all features
        together, sines of a day and of a week.
    hours, features : int
        How many of each.
    rng : numpy.random.Generator
        Where chance comes from; also the hour of the week at which a seasonal stream starts.

    Returns
    -------
    FloatArray, shape (hours, features)
    """
    if stream is Stream.AR1:
        steps = rng.standard_normal((hours, features)) * DEVIATION * math.sqrt(1 - PERSISTENCE**2)
        steps[0] = rng.standard_normal(features) * DEVIATION
        return np.asarray(lfilter([1.0], [1.0, -PERSISTENCE], steps, axis=0), dtype=np.float64)
    if stream is Stream.SEASONAL:
        clock = np.arange(hours) + int(rng.integers(WEEK))
        wave = DAILY * np.sin(2 * np.pi * clock / DAY) + WEEKLY * np.sin(2 * np.pi * clock / WEEK)
        return np.repeat(wave[:, np.newaxis], features, axis=1)
    return np.zeros((hours, features))
