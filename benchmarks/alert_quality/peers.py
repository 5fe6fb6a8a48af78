"""Judge the same rows by peers' default drift detection, each in an environment that has nothing of ours."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from alert_quality.features import features_of
from alert_quality.judging import Judge, default_options
from alert_quality.simulation import Hours, raw_batches
from alert_quality.stationary import SEED, SHORT
from alert_quality.streams import DAY, Stream, levels_of
from alert_quality.tally import binomial_interval
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout

HERE: Final = Path(__file__).resolve().parent
ENVIRONMENT: Final = HERE.parents[1] / ".stack" / "peers"
PINS: Final = HERE / "peers.txt"
PEERS: Final = {"Evidently": "evidently", "NannyML": "nannyml"}
SILENT: Final = {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"}  # neither sends a word about this run

WINDOWS: Final = 100
ROWS: Final = 500
FEATURES: Final = 25


class PeersMissing(Exception):
    """The peers cannot be installed or run here; the message says why in one line."""


def install(
    say: Callable[[str], None], *, environment: Path = ENVIRONMENT, pins: Path = PINS, base: str = sys.executable
) -> Path:
    """Return the Python of a peers' environment, making it by a `base` Python first where the pins changed.

    Raises
    ------
    PeersMissing
        If it cannot be made.
    """
    python = environment / "bin" / "python"
    stamp, wanted = environment / "pins.sha256", hashlib.sha256(pins.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    say(f"peers: installing what {pins.name} pins …")
    shutil.rmtree(environment, ignore_errors=True)
    options = ["-qq", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", str(pins)]
    _run([base, "-m", "venv", str(environment)])
    _run([str(python), "-m", "pip", "install", *options])
    stamp.write_text(wanted)
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **SILENT})  # noqa: S603 - our own files
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no word why"]
        raise PeersMissing(f"{Path(command[0]).name} {Path(command[1]).name}: {lines[-1]}")


def rows_of(stream: Stream) -> list[FeatureBatch]:
    """Return the hours of a stationary stream: those of the reference, then one a window."""
    rng = np.random.default_rng([SEED, list(Stream).index(stream)])
    features = features_of(FEATURES)
    levels = levels_of(stream, SHORT + WINDOWS, FEATURES, rng)
    return raw_batches(Hours(features=features, rows=ROWS, levels=levels), rng)


def run(say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the lines of the table; without the peers' where they cannot be installed."""
    streams = {stream: rows_of(stream) for stream in Stream}
    lines = [_line("always fire", dict.fromkeys(streams, (WINDOWS, WINDOWS)))]
    for hours in (1, DAY):
        say(f"peers: driftgauge itself, windows of {hours} h …")
        lines.append(
            _line(f"driftgauge, windows of {hours} h", {stream: _ours(rows, hours) for stream, rows in streams.items()})
        )
    try:
        python = install(say)
        with tempfile.TemporaryDirectory(prefix="driftgauge-peers-") as directory:
            for peer, module in PEERS.items():
                say(f"peers: {peer} …")
                lines += _theirs(peer, module, python, Path(directory), streams)
    except PeersMissing as missing:
        say(f"peers: skipped, they cannot be installed or run here: {missing}")
    return lines


def _ours(batches: list[FeatureBatch], width: int) -> tuple[int, int]:
    layout = fit_layout(batches[:SHORT])
    profiles = [profile_batch(layout, batch) for batch in batches]
    options = replace(default_options(), window=timedelta(hours=width))
    flags = Judge.of(profiles[:SHORT], options).alarms(profiles[SHORT:])
    return int(flags.sum()), len(flags)


def _theirs(
    peer: str, module: str, python: Path, directory: Path, streams: dict[Stream, list[FeatureBatch]]
) -> list[dict[str, Any]]:
    """Return a line for each way in which the peer's default can be read as an alarm of the whole window."""
    readings: dict[str, dict[Stream, tuple[int, int]]] = {}
    for stream, batches in streams.items():
        rows, answer = directory / f"{stream.name}.npz", directory / f"{stream.name}.{module}.json"
        if not rows.is_file():
            hand_over(batches, rows)
        _run([str(python), str(HERE / f"peer_{module}.py"), str(rows), str(answer), str(ROWS), str(ROWS * SHORT)])
        found: dict[str, Any] = json.loads(answer.read_text())
        for reading, alarms in found["alarms"].items():
            called = f"{peer} {found['version']}, {reading}"
            readings.setdefault(called, {})[stream] = sum(alarms), len(alarms)
    return [_line(called, found) for called, found in readings.items()]


def hand_over(batches: list[FeatureBatch], path: Path) -> None:
    """Write the rows column by column, those of the reference first; the order within an hour means nothing."""
    columns: dict[str, Any] = {
        name: np.concatenate([batch.numeric[name] for batch in batches]) for name in batches[0].numeric
    }
    for name in batches[0].categories:
        columns[name] = np.concatenate(
            [
                np.repeat(list(counted), list(counted.values()))
                for counted in (batch.categories[name] for batch in batches)
            ]
        )
    np.savez(path, **columns)


def _line(called: str, found: dict[Stream, tuple[int, int]]) -> dict[str, Any]:
    line: dict[str, Any] = {"default of": called}
    for stream, (hits, windows) in found.items():
        low, high = binomial_interval(hits, windows)
        line |= {stream.value: f"{hits / windows:.2f}", f"{stream.value} 95 %": f"{low:.2f}–{high:.2f}"}
    return line
