"""Lets `python -m driftgauge` be the program."""

from __future__ import annotations

from driftgauge.cli.main import run

if __name__ == "__main__":
    run()
