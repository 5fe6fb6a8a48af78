"""The demonstration's traffic alone: live flights and their scripted incidents for a database that is there."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console

from driftgauge.app.interruption import Interruption
from driftgauge.app.steps import Steps
from driftgauge.demo.explaining import Explainer, Explaining, describe
from driftgauge.demo.flights import data_directory, load_flights
from driftgauge.demo.incidents import phase_at, timeline
from driftgauge.demo.live import LiveTraffic
from driftgauge.demo.model import CANARY_LACKS, CANARY_VERSION, MODEL_NAME, train
from driftgauge.demo.traffic import TRAINING, part
from driftgauge.errors import DriftgaugeError
from driftgauge.store.database import Database
from driftgauge.store.feed import write_outcomes, write_predictions

MODEL_SEED: Final = 1
WEEKS: Final = timedelta(weeks=4)
EXPLAINED: Final = 500
TICK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """What may be chosen: predictions a second, how long one round of incidents takes, and what is touched."""

    rate: float
    round: timedelta
    heartbeat: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The database that is fed, by a login that may insert and nothing else."""

    dsn: str
    schema: str


def feed(options: FeedOptions, target: Target, console: Console, interruption: Interruption) -> None:
    """Feed the database until a signal comes; whoever may only insert can do it.

    Each round begins healthy, so that a reference can be made of its first rows. `options.heartbeat` is touched
    whenever a batch has been stored.

    Raises
    ------
    BadInput
        If a round is too short for its incidents.
    DatabaseUnreachable, SchemaMismatch, MissingPrivilege
        If the database does not take the rows.
    KeyboardInterrupt
        When Ctrl-C or SIGTERM ended it.
    """
    phases = timeline(options.round.total_seconds())
    rng = np.random.default_rng()
    with ExitStack() as stack, interruption.allowed():
        steps = Steps(console, interruption.check)
        database = Database(lambda: target.dsn, schema=target.schema, application_name="driftgauge-traffic")
        stack.callback(database.close)
        with steps.step("flights", "reading the flights out of New York in 2013") as step:
            flights = load_flights(data_directory())
            parts = part(flights, end=datetime.now(UTC), days=WEEKS.days, rng=rng)
            step.says = f"{len(flights):,} flights out of New York in 2013, with weather"
        training = flights.between(*TRAINING)
        with steps.step("model", f"training on {len(training):,} flights") as step:
            model = train(training, seed=MODEL_SEED)
            canary = train(training, seed=MODEL_SEED, version=CANARY_VERSION, without=frozenset([CANARY_LACKS]))
            step.says = f"{MODEL_NAME} {model.version} and its canary {canary.version}, trained on {len(training):,}"
        with steps.step("explained", f"explaining {EXPLAINED:,} flights by SHAP") as step:
            sample = parts.history.take(np.arange(min(EXPLAINED, len(parts.history)))).features
            explainers = tuple(
                Explainer.of(each, parts.history.features, target.dsn, schema=target.schema) for each in (model, canary)
            )
            explaining = Explaining(explainers=explainers)
            stack.callback(explaining.close)
            served, tried = explainers
            importances = served.log_importances(sample, at=datetime.now(UTC) - WEEKS)
            tried.log_importances(sample)
            step.says = f"what matters is {describe(importances)}"
        start = datetime.now(UTC)
        traffic = LiveTraffic(parts, model, phases=phases, start=start, rate=options.rate, rng=rng, canary=canary)
        told = None
        while True:
            interruption.check()
            now = datetime.now(UTC)
            phase = phase_at(phases, (now - start).total_seconds())
            if phase is not told:
                told = phase
                says = f"{now:%H:%M:%S}  {phase.incident.name}: {phase.incident.does}"
                console.print(says, markup=False, highlight=False, soft_wrap=True)
            rows = traffic.until(now)
            with database.transaction() as connection:
                write_predictions(connection, rows)
                write_outcomes(connection, traffic.landed(now))
            explaining.log_live(rows)
            if options.heartbeat is not None:
                _touch(options.heartbeat)
            time.sleep(TICK_SECONDS)


def _touch(path: Path) -> None:
    try:
        path.touch()
    except OSError as error:
        raise DriftgaugeError(f"--heartbeat: cannot touch {path}: {error.strerror}") from error
