"""Live traffic at a steady rate, through a run's phases, and its outcomes; the caller says what time it is."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import numpy as np

from driftgauge.demo.flights import Flights, FloatArray, as_numpy
from driftgauge.demo.incidents import Phase, Season, phase_at
from driftgauge.demo.model import DelayModel
from driftgauge.demo.traffic import OutcomeRow, Parts, PredictionRow, answer, request, turned_out

SHORTEST_DELAY, LONGEST_DELAY = 1.0, 3.0  # seconds after which it is known whether a flight came in late
CANARY_SHARE: Final = 0.1  # of the requests
LONGEST_PAUSE: Final = 10.0  # seconds; what a longer standstill of the machine would have brought is left out


class LiveTraffic:
    """Requests for flights drawn at random from the phase's season, without repetition until all were drawn.

    A whole season passes at once: every minute holds all hours and days of the week, as the reference does.
    """

    def __init__(
        self,
        parts: Parts,
        model: DelayModel,
        *,
        phases: Sequence[Phase],
        start: datetime,
        rate: float,
        rng: np.random.Generator,
        canary: DelayModel | None = None,
    ) -> None:
        """Begin at `start` with `rate` requests a second, a share of which the canary answers, if there is one."""
        self._model = model
        self._canary = canary
        self._phases = phases
        self._start = start
        self._rate = rate
        self._rng = rng
        self._elapsed = 0.0
        self._due = 0.0
        self._flying: list[tuple[datetime, OutcomeRow]] = []
        self._flights: Mapping[Season, Flights] = {Season.WINTER: parts.winter, Season.SUMMER: parts.summer}
        self._drawn = {season: _shuffled(len(flights), rng) for season, flights in self._flights.items()}

    def until(self, now: datetime) -> list[PredictionRow]:
        """Return the rows of the requests since the last call, stamped evenly up to `now`."""
        since, self._elapsed = self._elapsed, max((now - self._start).total_seconds(), self._elapsed)
        since = max(since, self._elapsed - LONGEST_PAUSE)
        self._due += (self._elapsed - since) * self._rate
        count = int(self._due)
        self._due -= count
        moments = np.linspace(self._elapsed, since, count, endpoint=False)[::-1]
        rows: list[PredictionRow] = []
        for phase, group in groupby(moments.tolist(), key=lambda moment: phase_at(self._phases, moment)):
            rows += self._serve(phase, np.array(list(group)))
        return rows

    def landed(self, now: datetime) -> list[OutcomeRow]:
        """Return the outcomes that have become known since the last call."""
        known: list[OutcomeRow] = []
        while self._flying and self._flying[0][0] <= now:
            known.append(heapq.heappop(self._flying)[1])
        return known

    @property
    def flying(self) -> int:
        """How many predictions wait for an outcome that will come."""
        return len(self._flying)

    def _serve(self, phase: Phase, moments: FloatArray) -> list[PredictionRow]:
        drawn = self._drawn[phase.incident.season]
        flights = self._flights[phase.incident.season].take(np.array([next(drawn) for _ in moments]))
        batch = phase.incident.change(request(flights, rng=self._rng), self._rng)
        times = as_numpy(self._start) + (moments * 1e6).astype("timedelta64[us]")
        if self._canary is None:
            rows = answer(batch, self._model, times=times, rng=self._rng)
        else:
            chosen = self._rng.random(len(batch)) < CANARY_SHARE
            served = iter(answer(batch.take(~chosen), self._model, times=times[~chosen], rng=self._rng))
            tried = iter(answer(batch.take(chosen), self._canary, times=times[chosen], rng=self._rng))
            rows = [next(tried if by_canary else served) for by_canary in chosen.tolist()]
        delays: list[float] = self._rng.uniform(SHORTEST_DELAY, LONGEST_DELAY, len(rows)).tolist()
        for row, late, delay in zip(rows, flights.late.tolist(), delays, strict=True):
            outcome = turned_out(row, late=late, after=timedelta(seconds=delay), rng=self._rng)
            if outcome is not None:
                heapq.heappush(self._flying, (outcome.timestamp, outcome))
        return rows


def _shuffled(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Yield every position in random order, then again in another order, without end."""
    while True:
        yield from rng.permutation(count).tolist()
