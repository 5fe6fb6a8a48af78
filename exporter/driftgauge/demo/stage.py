"""The demonstration's set-up: from an empty directory to an exporter that serves a model's history."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import numpy as np

from driftgauge.app.exporter import Exporter
from driftgauge.app.referencing import set_reference
from driftgauge.app.steps import Steps
from driftgauge.config import Settings
from driftgauge.config.durations import format_duration
from driftgauge.demo import alertmanager as alerting
from driftgauge.demo.alertmanager import (
    ESCALATION_SECONDS,
    Notice,
    configuration,
    find_alertmanager,
    receiving,
    running_alertmanager,
)
from driftgauge.demo.asking import ask_readiness, scrape
from driftgauge.demo.explaining import Explainer, Explaining, describe
from driftgauge.demo.flights import data_directory, load_flights
from driftgauge.demo.model import CANARY_LACKS, CANARY_VERSION, MODEL_NAME, DelayModel, area_under_curve, train
from driftgauge.demo.people import People
from driftgauge.demo.programs import version_of
from driftgauge.demo.prometheus import ABSENT, SCRAPE_INTERVAL, find_prometheus, running_prometheus
from driftgauge.demo.readings import Scrape
from driftgauge.demo.settings import EXPLAINED, configure, hourly
from driftgauge.demo.traffic import TRAINING, Parts, PredictionRow, history, part
from driftgauge.embedded import EmbeddedPostgres
from driftgauge.errors import SignalMissing
from driftgauge.model.window import TimeWindow
from driftgauge.resources import bundled
from driftgauge.store.database import Database
from driftgauge.store.execute import execute
from driftgauge.store.feed import write_predictions
from driftgauge.store.migrations import DEFAULT_SCHEMA, migrate
from driftgauge.store.predictions import ModelFilter
from driftgauge.store.session import connect_once

HISTORY: Final = timedelta(days=28)
MODEL_SEED: Final = 1
COUNT_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.1
SERVICE, EXPORTER = "demo_service", "demo_exporter"
# The data are gone with the demonstration, so nothing has to survive a crash.
SERVER: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
Binaries = tuple[Path | None, Path | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is there when the live traffic begins: addresses, the service's way in, and what it serves."""

    exporter: str
    prometheus: str | None
    alertmanager: str | None
    people: People | None
    dsn: str
    config: Path
    service: Database
    parts: Parts
    model: DelayModel
    canary: DelayModel
    explaining: Explaining
    history: int


def set_stage(stack: ExitStack, steps: Steps, *, directory: Path, now: datetime, rng: np.random.Generator) -> Stage:
    """Build everything in `directory` and leave its end to `stack`; the history ends at `now`."""
    server = _start_postgres(stack, steps, directory / "postgres")
    dsn = f"{server.dsn} options='-c search_path={DEFAULT_SCHEMA}'"
    _create_schema(steps, server.dsn)
    parts, model, canary = _train(steps, now, rng)

    service = Database(lambda: _as_user(server.dsn, SERVICE), schema=DEFAULT_SCHEMA, application_name=SERVICE)
    stack.callback(service.close)
    with steps.step("history", "writing the predictions of 28 days") as step:
        rows = history(parts, model, rng=rng)
        with service.transaction() as connection:
            written = write_predictions(connection, rows)
        step.says = f"{written:,} predictions of the last {HISTORY.days} days written"

    explaining = _explain(stack, steps, models=(model, canary), rows=rows, parts=parts, dsn=_as_user(dsn, SERVICE))
    binaries = find_prometheus(bundled("prometheus").parent), find_alertmanager(bundled("prometheus").parent)
    config, settings = configure(directory, _as_user(server.dsn, EXPORTER), with_alertmanager=None not in binaries)
    with steps.step("reference", "freezing the reference from the history") as step:
        window = TimeWindow(start=now - HISTORY, end=now)
        reference = set_reference(hourly(settings), ModelFilter(model=MODEL_NAME), window).reference
        step.says = f"#{reference.reference_id} frozen from {reference.rows:,} of them"
    people = _start_alertmanager(stack, steps, directory, settings, binaries)
    exporter = _start_exporter(stack, steps, settings, written)
    prometheus = _start_prometheus(stack, steps, directory / "prometheus", binaries[0], settings)
    return Stage(
        exporter=exporter,
        prometheus=prometheus,
        alertmanager=settings.alertmanager.url,
        people=people,
        dsn=dsn,
        config=config,
        service=service,
        parts=parts,
        model=model,
        canary=canary,
        explaining=explaining,
        history=written,
    )


def _start_postgres(stack: ExitStack, steps: Steps, directory: Path) -> EmbeddedPostgres:
    with steps.step("Postgres", "starting a server in a directory of its own") as step:
        server = EmbeddedPostgres(directory, settings=SERVER)
        stack.push(server)  # before it starts: an interrupted start is to be ended, too
        server.start()
        with connect_once(server.dsn) as connection:
            release, minor = divmod(connection.info.server_version, 10_000)
        step.says = f"{release}.{minor} started in a directory of its own"
    return server


def _create_schema(steps: Steps, dsn: str) -> None:
    with steps.step("schema", "applying the migrations") as step:
        applied = migrate(dsn)
        with connect_once(dsn) as connection:
            execute(connection, "feed/create_service_login")
            execute(connection, "feed/create_exporter_login")
        step.says = f"{len(applied)} migrations; logins by least privilege"


def _train(steps: Steps, now: datetime, rng: np.random.Generator) -> tuple[Parts, DelayModel, DelayModel]:
    """Return the flights' parts, the model that serves, and the canary that was trained without what mattered most."""
    with steps.step("flights", "reading the flights out of New York in 2013") as step:
        flights = load_flights(data_directory())
        step.says = f"{len(flights):,} flights out of New York in 2013, with weather"
    training = flights.between(*TRAINING)
    with steps.step("model", f"training on {len(training):,} flights") as step:
        model = train(training, seed=MODEL_SEED)
        canary = train(training, seed=MODEL_SEED, version=CANARY_VERSION, without=frozenset([CANARY_LACKS]))
        parts = part(flights, end=now, days=HISTORY.days, rng=rng)
        quality = area_under_curve(model, parts.history)
        step.says = f"trained on {len(training):,} of them: late or not? ROC AUC {quality:.2f}"
    return parts, model, canary


def _explain(
    stack: ExitStack,
    steps: Steps,
    *,
    models: tuple[DelayModel, DelayModel],
    rows: list[PredictionRow],
    parts: Parts,
    dsn: str,
) -> Explaining:
    """Explain a sample of the history, and log how much each feature matters to both versions.

    To the one that serves it did so when the history began; the canary is deployed now.
    """
    with steps.step("explained", f"explaining {EXPLAINED:,} flights by SHAP") as step:
        chosen = np.arange(0, len(rows), max(len(rows) // EXPLAINED, 1))[:EXPLAINED]
        places: list[int] = chosen.tolist()
        flights = parts.history.take(chosen).features
        explainers = tuple(Explainer.of(model, parts.history.features, dsn) for model in models)
        explaining = Explaining(explainers=explainers)
        stack.callback(explaining.close)
        served, canary = explainers
        served.log_history([rows[place] for place in places])
        importances = served.log_importances(flights, at=rows[0].timestamp)
        served.logger.flush(COUNT_SECONDS)
        now = canary.log_importances(flights)
        step.says = (
            f"{len(chosen):,} flights by SHAP: what matters is {describe(importances)}; "
            f"to the canary {canary.model.version}, {describe(now)}"
        )
    return explaining


def _start_exporter(stack: ExitStack, steps: Steps, settings: Settings, rows: int) -> str:
    """Start the exporter and wait until the history is on /metrics, so that traffic begins from a known count."""
    with steps.step("exporter", "rolling up the history") as step:
        exporter = Exporter(settings)
        stack.callback(exporter.stop)
        exporter.start()
        deadline = time.monotonic() + COUNT_SECONDS
        while (counted := Scrape(at=0.0, series=scrape(exporter.url)).predictions) < rows:
            if time.monotonic() > deadline:
                raise SignalMissing(
                    f"the exporter counted {counted:,} of {rows:,} predictions in {COUNT_SECONDS:g} s: "
                    f"{ask_readiness(exporter.url)}"
                )
            time.sleep(POLL_SECONDS)
        every, window = (format_duration(span) for span in (settings.rollup.every, settings.drift.window))
        step.says = f"{counted:,} predictions on /metrics; rolls up every {every}, judges the last {window}"
    return exporter.url


def _start_alertmanager(
    stack: ExitStack, steps: Steps, directory: Path, settings: Settings, binaries: Binaries
) -> People | None:
    """Start Alertmanager and whoever it tells; None where it is absent, or there is no Prometheus to tell it."""
    prometheus, alertmanager = binaries
    url, token_file = settings.alertmanager.url, settings.http.webhook_token_file
    with steps.step("Alertmanager", "starting") as step:
        if alertmanager is None:
            step.says = f"{alerting.ABSENT}; nobody is told of alerts"
        elif prometheus is None:
            step.says = "not started: without Prometheus it would hear of no alert"
        if alertmanager is None or prometheus is None:
            return None
        assert url is not None  # noqa: S101 - both were configured, as the programs are there
        assert token_file is not None  # noqa: S101 - the same
        notices: SimpleQueue[Notice] = SimpleQueue()
        told = stack.enter_context(receiving(notices))
        config = configuration(exporter=f"http://{settings.http.listen}", token_file=token_file, people=told)
        stack.enter_context(
            running_alertmanager(
                alertmanager,
                directory=directory / "alertmanager",
                address=url.removeprefix("http://"),
                config=config,
            )
        )
        step.says = f"{version_of(alertmanager)} tells a pager and a team; after {ESCALATION_SECONDS} s it escalates"
    return People(settings, notices)


def _start_prometheus(
    stack: ExitStack, steps: Steps, directory: Path, binary: Path | None, settings: Settings
) -> str | None:
    with steps.step("Prometheus", "starting") as step:
        if binary is None:
            step.says = ABSENT
            return None
        alertmanager = settings.alertmanager.url
        url = stack.enter_context(
            running_prometheus(
                binary,
                directory=directory,
                exporter=str(settings.http.listen),
                alertmanager=None if alertmanager is None else alertmanager.removeprefix("http://"),
            )
        )
        step.says = f"{version_of(binary)} scrapes the exporter every {SCRAPE_INTERVAL}"
    return url


def _as_user(dsn: str, user: str) -> str:
    return f"{dsn} user={user}"  # libpq takes the last
