"""The demonstration from its first step to its last line."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
from rich.console import Console

from driftgauge.app.interruption import Interruption
from driftgauge.app.steps import Steps
from driftgauge.demo.asking import ask_once, scrape
from driftgauge.demo.checks import Board
from driftgauge.demo.conclusion import Account, conclude, unfinished
from driftgauge.demo.incidents import timeline
from driftgauge.demo.live import LiveTraffic
from driftgauge.demo.model import MODEL_NAME
from driftgauge.demo.people import AlertCounts
from driftgauge.demo.readings import Scrape, read
from driftgauge.demo.stage import Stage, set_stage
from driftgauge.demo.table import Frame, View, clock, open_view
from driftgauge.store.execute import fetch_one
from driftgauge.store.feed import write_outcomes, write_predictions
from driftgauge.store.session import connect_once

ENDLESS_SECONDS: Final = 180.0
GRACE_SECONDS: Final = 15.0
TICK_SECONDS: Final = 0.25
SCRAPE_SECONDS: Final = 1.0
KEPT_SCRAPES: Final = 10
SEED: Final = 2013
REMOVE_SECONDS: Final = 3.0
COUNTED: Final = f'sum(ml_predictions_total{{model="{MODEL_NAME}"}})'


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What may be chosen: a length in seconds (None: until Ctrl-C), and predictions a second."""

    seconds: float | None = None
    rate: float = 60.0


def run_demo(
    options: DemoOptions,
    console: Console,
    interruption: Interruption,
    *,
    announce: Callable[[Mapping[str, object]], None],
) -> str:
    """Run the demonstration and return its last line.

    `announce` hears the addresses before the traffic begins, and in the end what became of alerts.
    `interruption` has been entered, so that signals wait while things are tidied up.

    Raises
    ------
    BadInput
        If the run is too short to show everything.
    SignalMissing
        If a signal did not show, showed too early, or predictions were lost.
    KeyboardInterrupt
        When Ctrl-C or SIGTERM ended it; everything is tidied up by then.
    """
    phases = timeline(ENDLESS_SECONDS if options.seconds is None else options.seconds)
    try:
        with _directory() as directory, ExitStack() as stack, interruption.allowed():
            console.print(f"driftgauge demo: everything happens in {directory}", highlight=False, soft_wrap=True)
            rng = np.random.default_rng(SEED)
            stage = set_stage(
                stack, Steps(console, interruption.check), directory=directory, now=datetime.now(UTC), rng=rng
            )
            _tell_addresses(stage, console)
            addresses = {"exporter": stage.exporter, "prometheus": stage.prometheus, "alertmanager": stage.alertmanager}
            announce({**addresses, "dsn": stage.dsn})
            performance = Performance(options, stage, Board(phases, repeats=options.seconds is None), rng, console)
            with open_view(console) as view:
                performance.play(view, interruption.check)
            console.print(stage.explaining.conclude(), highlight=False, soft_wrap=True)
            if stage.people is not None:
                counts = stage.people.counts()
                console.print(str(counts), highlight=False, soft_wrap=True)
                announce({"alerts": asdict(counts)})
            line = performance.conclude()
    except KeyboardInterrupt:
        console.print("stopped: nothing is left behind", highlight=False)
        raise
    return line


class Performance:
    """The live part: feeds traffic, scrapes, and checks, all in the calling thread."""

    def __init__(
        self, options: DemoOptions, stage: Stage, board: Board, rng: np.random.Generator, console: Console
    ) -> None:
        """Begin now; what people are told of alerts is printed to `console`."""
        self._console = console
        self._options = options
        self._stage = stage
        self._board = board
        self._start = datetime.now(UTC)
        self._traffic = LiveTraffic(
            stage.parts,
            stage.model,
            phases=board.phases,
            start=self._start,
            rate=options.rate,
            rng=rng,
            canary=stage.canary,
        )
        self._written = self._known = 0
        self._scrapes: deque[Scrape] = deque(maxlen=KEPT_SCRAPES)
        self._next_scrape = 0.0
        self._scraped: int | None = None

    def play(self, view: View, check: Callable[[], None]) -> None:
        """Feed and look until the time is over and everything has shown, or the grace after it is over, too.

        `check` raises if all is to end.
        """
        end = self._options.seconds
        while True:
            check()
            elapsed = self._elapsed()
            self._feed(elapsed if end is None else min(elapsed, end))
            if elapsed >= self._next_scrape:
                self._next_scrape = elapsed + SCRAPE_SECONDS
                self._look_at_alerts()
                with suppress(OSError):  # an exporter too busy to answer is asked again
                    self._look(view)
                    if end is not None and elapsed >= end:
                        self._look_at_prometheus()
            if end is not None and elapsed >= end:
                complete = not any(unfinished(self._board.signals, self._account(), self._alerts()))
                if complete or elapsed >= end + GRACE_SECONDS:
                    return
            time.sleep(TICK_SECONDS)

    def conclude(self) -> str:
        """Return the last line of a run that showed what it should."""
        return conclude(self._board, replace(self._account(), stored=self._stored()), self._alerts())

    def _elapsed(self) -> float:
        return (datetime.now(UTC) - self._start).total_seconds()

    def _feed(self, until: float) -> None:
        rows = self._traffic.until(self._start + timedelta(seconds=until))
        with self._stage.service.transaction() as connection:
            self._written += write_predictions(connection, rows)
            self._known += write_outcomes(connection, self._traffic.landed(datetime.now(UTC)))
        self._stage.explaining.log_live(rows)

    def _look(self, view: View) -> None:
        series = scrape(self._stage.exporter)
        now = Scrape(at=self._elapsed(), series=series)
        self._scrapes.append(now)
        shown = self._board.observe(now)
        board = self._board
        view.show(
            Frame(
                at=board.within(now.at),
                length=board.length,
                endless=self._options.seconds is None,
                phase=board.phase(now.at),
                signals=board.signals,
                shown=shown,
                readings=read(self._scrapes),
            )
        )

    def _look_at_alerts(self) -> None:
        people = self._stage.people
        if people is None:
            return
        for line in people.look():
            at = self._elapsed()
            if self._board.is_healthy_at(at):
                self._board.false_alarms.append(f"{line} in the phase {self._board.phase(at).incident.name!r}")
            told = f"{clock(self._board.within(at)):>6}  {line}"
            self._console.print(told, markup=False, highlight=False, soft_wrap=True)

    def _alerts(self) -> AlertCounts | None:
        return None if self._stage.people is None else self._stage.people.counts()

    def _look_at_prometheus(self) -> None:
        url = self._stage.prometheus
        if url is None:
            return
        began_at, now = self._start.timestamp(), datetime.now(UTC).timestamp()
        for signal in self._board.signals:
            signal.in_prometheus = signal.in_prometheus or signal.held_in(url, began_at=began_at, now=now)
        counted = ask_once(url, COUNTED)
        self._scraped = None if counted is None else int(counted)

    def _account(self) -> Account:
        """Return what is counted so far; what was written counts as stored until the table is asked."""
        written = self._stage.history + self._written
        return Account(
            written=written,
            stored=written,
            exported=self._scrapes[-1].predictions if self._scrapes else 0,
            scraped=self._scraped,
            with_prometheus=self._stage.prometheus is not None,
            known=self._known + self._traffic.flying,
            joined=self._scrapes[-1].outcomes if self._scrapes else 0,
        )

    def _stored(self) -> int:
        with connect_once(self._stage.dsn) as connection:
            row = fetch_one(connection, "feed/count_predictions")
        return int(row.predictions) if row else 0


@contextmanager
def _directory() -> Generator[Path]:
    """Yield a directory that is gone afterwards, whatever an interrupted program still writes into it."""
    directory = Path(tempfile.mkdtemp(prefix="driftgauge-demo-"))
    directory.chmod(0o711)  # a server that runs as nobody has to get through
    try:
        yield directory
    finally:
        deadline = time.monotonic() + REMOVE_SECONDS
        while directory.exists() and time.monotonic() < deadline:
            shutil.rmtree(directory, ignore_errors=True)
            time.sleep(TICK_SECONDS if directory.exists() else 0)


def _tell_addresses(stage: Stage, console: Console) -> None:
    example = f"{stage.prometheus}/graph?g0.expr={quote('ml_feature_drifted')}&g0.tab=0&g0.range_input=5m"
    addresses = {
        "models": f"{stage.exporter}/",
        "metrics": f"{stage.exporter}/metrics",
        "Prometheus": example if stage.prometheus else "not running",
        "Alertmanager": stage.alertmanager or "not running",
        "database": f'psql "{stage.dsn}"',
        "settings": str(stage.config),
    }
    console.print()
    for name, address in addresses.items():
        console.print(f"  {name:<14}{address}", highlight=False, markup=False, soft_wrap=True)
