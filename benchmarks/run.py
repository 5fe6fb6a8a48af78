"""Measure what driftgauge costs, on an embedded Postgres, and print figures with their ratios."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path

import numpy as np
import psycopg
import scipy

import client
import cold
import cycle
import detectors
import judge
import scrape
import source
from driftgauge.embedded.postgres import EmbeddedPostgres
from driftgauge.store.migrations import migrate
from report import Report

PARTS = ("cold", "source", "judge", "detectors", "cycle", "scrape", "client")
WITHOUT_POSTGRES = {"judge", "detectors", "scrape"}


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the cold profile (default: 1,000,000)")
    parser.add_argument("--only", choices=PARTS, action="append", help="run this part only; may be given again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    arguments = parser.parse_args()
    parts = arguments.only or PARTS
    report = Report()
    machine = _machine()
    report.say(", ".join(f"{name} {value}" for name, value in machine.items()))
    if "scrape" in parts:
        scrape.run(report)
    if "judge" in parts:
        judge.run(report)
    if "detectors" in parts:
        detectors.run(report)
    if set(parts) - WITHOUT_POSTGRES:
        with tempfile.TemporaryDirectory(prefix="driftgauge-bench-") as directory:
            settings = {"shared_buffers": "512MB", "max_wal_size": "8GB"}
            with EmbeddedPostgres(Path(directory), settings=settings) as postgres:
                migrate(postgres.dsn)
                if "client" in parts:
                    client.run(postgres.dsn, report)
                if "cold" in parts:
                    cold.run(postgres.dsn, report, rows=arguments.rows)
                if "source" in parts:
                    source.run(postgres.dsn, report, rows=arguments.rows)
                if "cycle" in parts:
                    cycle.run(postgres.dsn, report)
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, **report.parts}, indent=2) + "\n")


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
