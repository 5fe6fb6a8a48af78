"""Measure what driftgauge costs, on an embedded Postgres, and print figures with their ratios."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import psycopg
import scipy

import anomalies
import anomaly_cost
import client
import cohorts
import cold
import concept
import cycle
import detectors
import fleet
import join
import judge
import quality
import scrape
import source
import sustained
from cold_report import contest
from driftgauge.embedded.postgres import EmbeddedPostgres
from driftgauge.store.migrations import migrate
from growth import measuring as growth
from report import Report
from sql_peer import contest as sql_peer

WITHOUT_POSTGRES: Final[dict[str, Callable[[Report], None]]] = {
    "scrape": scrape.run,
    "judge": judge.run,
    "detectors": detectors.run,
    "anomalies": anomalies.run,
    "concept": concept.run,
}
WITH_POSTGRES: Final[dict[str, Callable[[str, Report, int], None]]] = {
    "client": lambda dsn, report, _: client.run(dsn, report),
    "cold": lambda dsn, report, rows: cold.run(dsn, report, rows=rows),
    "cold_report": lambda dsn, report, rows: contest.run(dsn, report, rows=rows),
    "query_exporter": lambda dsn, report, rows: sql_peer.run(dsn, report, rows=rows),
    "source": lambda dsn, report, rows: source.run(dsn, report, rows=rows),
    "cycle": lambda dsn, report, _: cycle.run(dsn, report),
    "cohorts": lambda dsn, report, _: cohorts.run(dsn, report),
    "join": lambda dsn, report, _: join.run(dsn, report),
    "quality": lambda dsn, report, _: quality.run(dsn, report),
    "sustained": lambda dsn, report, _: sustained.run(dsn, report),
    "fleet": lambda dsn, report, rows: fleet.run(dsn, report, models=max(1, rows // 1_000)),
    "growth": lambda dsn, report, rows: growth.run(dsn, report, rows=rows),
    "anomaly_cost": lambda dsn, report, _: anomaly_cost.run(dsn, report),
}
PARTS: Final = (*WITHOUT_POSTGRES, *WITH_POSTGRES)
# Minutes each, and peers to install: only when asked for.
LONG: Final = ("cold_report", "query_exporter", "fleet", "sustained", "growth")


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the largest tables (default: 1,000,000)")
    parser.add_argument("--only", choices=PARTS, action="append", help="run this part only; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="write plots, where a part draws any, into this folder"
    )
    arguments = parser.parse_args()
    parts = arguments.only or [part for part in PARTS if part not in LONG]
    report = Report()
    machine = _machine()
    report.say(", ".join(f"{name} {value}" for name, value in machine.items()))
    for name, run in WITHOUT_POSTGRES.items():
        if name in parts:
            run(report)
    if WITH_POSTGRES.keys() & set(parts):
        with tempfile.TemporaryDirectory(prefix="driftgauge-bench-") as directory:
            settings = {"shared_buffers": "512MB", "max_wal_size": "8GB"}
            with EmbeddedPostgres(Path(directory), settings=settings) as postgres:
                migrate(postgres.dsn)
                for name, measure in WITH_POSTGRES.items():
                    if name in parts:
                        measure(postgres.dsn, report, arguments.rows)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, **report.parts}, indent=2) + "\n")
    if arguments.plots:
        arguments.plots.mkdir(parents=True, exist_ok=True)
        for name, svg in report.plots.items():
            (arguments.plots / f"{name}.svg").write_text(svg)


def _machine() -> dict[str, str]:
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "psycopg": psycopg.__version__,
    }


if __name__ == "__main__":
    main()
