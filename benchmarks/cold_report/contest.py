"""Have each tool make a drift report of the same rows of a relation, in turns, and compare what that costs."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from alert_quality.peers import SILENT, PeersMissing, install
from data import CATEGORICAL, NUMERIC, fill
from driftgauge.embedded.binaries import find_binaries
from report import Report

HERE: Final = Path(__file__).resolve().parent
ROUNDS: Final = 5
OURS, NANNYML, EVIDENTLY, COPY = "driftgauge", "NannyML", "Evidently", "a bare COPY of the rows, thrown away"
SCRIPTS: Final = {COPY: "bare.py", OURS: "ours.py", NANNYML: "nannyml_.py", EVIDENTLY: "evidently_.py"}
AIMS: Final = {NANNYML: 4.0, EVIDENTLY: 25.0}
MEMORY_AIM: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one report cost: CPU-seconds of the tool and of its backend, seconds, megabytes; and what it found."""

    client: float
    backend: float
    wall: float
    peak: float
    drifted: int
    version: str

    @property
    def cpu(self) -> float:
        """CPU-seconds of both sides."""
        return self.client + self.backend


def run(dsn: str, report: Report, *, rows: int) -> None:
    """Fill a relation whose second half has one drifted column, have reports made of it, print."""
    report.say(f"cold_report: writing {rows:,} rows × {len(NUMERIC) + len(CATEGORICAL)} typed columns …")
    with psycopg.connect(dsn, autocommit=True) as connection:
        fill(connection, rows=rows, logged=False)
        connection.execute(
            "CREATE TABLE driftgauge.halves AS SELECT row_number() OVER (ORDER BY at) > %s AS current, * "
            "FROM driftgauge.typed",
            (rows // 2,),
        )
        connection.execute("UPDATE driftgauge.halves SET feature_0 = feature_0 + 1 WHERE current")
        connection.execute("VACUUM (FULL, ANALYZE) driftgauge.halves")
    found = _rounds(dsn, report)
    ours = _median(found[OURS])
    report.table(
        "cold_report",
        f"A drift report over {rows:,} rows × 25 features of a typed relation, medians of {ROUNDS} in turns",
        [_line(tool, rounds, ours) for tool, rounds in found.items()],
    )


def _rounds(dsn: str, report: Report) -> dict[str, list[Round]]:
    pythons = {COPY: Path(sys.executable), OURS: Path(sys.executable)}
    try:
        peers = install(report.say)
        pythons |= {NANNYML: peers, EVIDENTLY: peers}
    except PeersMissing as missing:
        report.say(f"cold_report: peers are skipped, they cannot be installed here: {missing}")
    found: dict[str, list[Round]] = {tool: [] for tool in pythons}
    for place in range(ROUNDS):
        for tool, python in pythons.items():
            report.say(f"cold_report: round {place + 1} of {ROUNDS}, {tool} …")
            found[tool].append(_once(dsn, python, SCRIPTS[tool]))
    return found


def _once(dsn: str, python: Path, script: str) -> Round:
    with tempfile.TemporaryDirectory(prefix="driftgauge-report-") as directory:
        answer = Path(directory) / "answer.json"
        environment = {**os.environ, **SILENT, "PATH": f"{find_binaries()}{os.pathsep}{os.environ['PATH']}"}
        command = [str(python), str(HERE / script), dsn, str(answer)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own files
        if done.returncode:
            raise RuntimeError(f"{script}: {done.stderr.strip()}")
        return Round(**json.loads(answer.read_text()))


def _median(rounds: list[Round]) -> Round:
    return sorted(rounds, key=lambda each: each.cpu)[len(rounds) // 2]


def _line(tool: str, rounds: list[Round], ours: Round) -> dict[str, Any]:
    middle = _median(rounds)
    spread = f"{min(each.cpu for each in rounds):.2f}–{max(each.cpu for each in rounds):.2f}"
    return {
        "tool": f"{tool} {middle.version}".strip(),
        "tool CPU s": middle.client,
        "backend CPU s": middle.backend,
        "CPU s": middle.cpu,
        "spread": spread,
        "× ours": None if tool == OURS else middle.cpu / ours.cpu,
        "aim ≥": AIMS.get(tool),
        "wall s": statistics.median(each.wall for each in rounds),
        "peak MB": statistics.median(each.peak for each in rounds),
        "aim MB ≤": MEMORY_AIM if tool == OURS else None,
        "drifted": middle.drifted,
    }
