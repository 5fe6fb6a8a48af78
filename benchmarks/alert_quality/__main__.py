"""Measure the alert quality of the default policy, beside firing always and beside peers' defaults."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import Pool
from multiprocessing import TimeoutError as TooLate
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import scipy

from alert_quality import drifted, flights, peers, stationary
from alert_quality.judging import POLICY, Flags, default_options
from alert_quality.stationary import Cell
from alert_quality.streams import Stream
from alert_quality.tally import FalseAlarms
from report import Report

PARTS: Final = ("stationary", "drifted", "flights", "peers")
WORKERS: Final = 2
MONTHS: Final = 30
RUNS: Final = 40
MINUTES: Final = 15.0
STEP: Final = 10  # jobs between two lines of progress

Planned = TypeVar("Planned")
Done = TypeVar("Done")


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="alert_quality", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="run this part only; may be given again")
    parser.add_argument("--months", type=int, default=MONTHS, help=f"model-months of a cell (default: {MONTHS})")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs of each drift (default: {RUNS})")
    parser.add_argument("--full", action="store_true", help="all stationary cells and months: two hours of CPU")
    parser.add_argument(
        "--setting",
        action="append",
        metavar="TEXT",
        help="of all stationary cells only those whose name has this in it, such as 'AR(1), 5,000 rows an hour, 25 "
        "features, reference of 28 d'; may be given again",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        help=f"then report what is done; drift takes a third at most (default: {MINUTES:g}; none with --full)",
    )
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"processes (default: {WORKERS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    arguments = parser.parse_args()
    report, started = Report(), time.monotonic()

    def say(line: str) -> None:
        report.say(f"{time.monotonic() - started:5.0f} s  {line}")

    machine = _machine()
    report.say(", ".join(f"{name} {value}" for name, value in machine.items()))
    tables: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    parts = arguments.only or PARTS
    if "peers" in parts:
        title = f"Share of {peers.WINDOWS} windows of {peers.ROWS} rows with a false alarm, {peers.FEATURES} features"
        tables["peers"] = f"{title}, reference of {peers.ROWS * stationary.SHORT:,} rows", peers.run(say)
    if "flights" in parts:
        say(f"flights: {len(flights.SETTINGS)} references, eleven months each …")
        with Pool(arguments.workers) as pool:
            lines = pool.map(flights.run, flights.SETTINGS, chunksize=1)
        tables["flights"] = (
            "Flights out of New York, 2013, judged every hour",
            [line for found in lines for line in found],
        )
    minutes = arguments.minutes or (math.inf if arguments.full else MINUTES)
    began, seconds = time.monotonic(), 60 * minutes
    if "drifted" in parts:
        title = f"Share of runs with an alarm so many judgements after the onset: {drifted.ROWS} rows an hour"
        found = _drifted(Work(workers=arguments.workers, until=began + seconds / 3, say=say), arguments.runs)
        tables["drifted"] = f"{title}, {drifted.FEATURES} features", found
    if "stationary" in parts:
        grid = stationary.full_grid if arguments.full or arguments.setting else stationary.short_grid
        cells = stationary.named(grid(arguments.months), arguments.setting)
        work = Work(workers=arguments.workers, until=began + seconds, say=say)
        tables["stationary"] = (
            "False alarms in 30 days of hourly judgements, nothing drifts",
            _stationary(work, cells),
        )
    for part in PARTS:
        if part in tables:
            report.table(part, *tables[part])
    say("done")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, **report.parts}, indent=2) + "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Runs jobs in processes until a time on the monotonic clock, and says how far it is."""

    workers: int
    until: float
    say: Callable[[str], None]

    def finished(self, name: str, job: Callable[[Planned], Done], planned: Sequence[Planned]) -> Iterator[Done]:
        """Yield what is done in time, in any order; the rest is given up."""
        self.say(f"{name}: up to {len(planned)}, {self.workers} at a time …")
        with Pool(self.workers) as pool:  # leaving it ends the processes
            results = pool.imap_unordered(job, planned)
            with suppress(StopIteration, TooLate):
                for place in count(1):
                    left = self.until - time.monotonic()
                    yield results.next(timeout=max(left, 0.0) if math.isfinite(left) else None)
                    if not place % STEP:
                        self.say(f"{name}: {place} of {len(planned)}")


def _stationary(work: Work, cells: list[Cell]) -> list[dict[str, Any]]:
    planned = [(cell, month) for cell in cells for month in range(cell.months)]
    planned.sort(key=lambda job: (job[1] + 1) / job[0].months)  # where time is short, every cell has the same part
    gathered: dict[Cell, list[Flags]] = {}
    for cell, flags in work.finished("stationary months", _month, planned):
        gathered.setdefault(cell, []).append(flags)
    return [
        stationary.always_fire(),
        *(stationary.row(cell, FalseAlarms.of(gathered[cell])) for cell in cells if cell in gathered),
    ]


def _month(job: tuple[Cell, int]) -> tuple[Cell, Flags]:
    return job[0], stationary.judge_month(*job)


def _drifted(work: Work, runs: int) -> list[dict[str, Any]]:
    planned = [(stream, run) for run in range(runs) for stream in drifted.PLANS]
    gathered: dict[Stream, dict[str, list[Flags]]] = {stream: {} for stream in drifted.PLANS}
    for stream, found in work.finished("runs with drift", _run, planned):
        for name, flags in found.items():
            gathered[stream].setdefault(name, []).append(flags)
    return [
        drifted.always_fire(),
        *(drifted.row(name, flags) for lines in gathered.values() for name, flags in lines.items()),
    ]


def _run(job: tuple[Stream, int]) -> tuple[Stream, dict[str, Flags]]:
    return job[0], drifted.judge_run(*job)


def _machine() -> dict[str, str]:
    options = default_options()
    return {
        "policy": f"{type(POLICY).__name__} (windows of {options.window}, {options.policy.alarms_per_30_days:g} alarm)",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


if __name__ == "__main__":
    main()
