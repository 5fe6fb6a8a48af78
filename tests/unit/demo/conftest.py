"""The year's flights, a model, and the parts of a run, read once."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from driftgauge.demo.flights import Flights, data_directory, load_flights
from driftgauge.demo.model import DelayModel, train
from driftgauge.demo.traffic import TRAINING, Parts, part


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20130315)


@pytest.fixture(scope="session")
def flights() -> Flights:
    return load_flights(data_directory())


@pytest.fixture(scope="session")
def model(flights: Flights) -> DelayModel:
    return train(flights.between(*TRAINING), seed=1)


@pytest.fixture(scope="session")
def end() -> datetime:
    return datetime(2026, 11, 23, 18, 30, 12, 345678, tzinfo=UTC)


@pytest.fixture(scope="session")
def parts(flights: Flights, end: datetime) -> Parts:
    return part(flights, end=end, days=28, rng=np.random.default_rng(28))
