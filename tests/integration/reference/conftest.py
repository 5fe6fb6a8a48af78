"""The command line on a test's own database, entered as the exporter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from driftgauge.cli.main import main


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(exporter_dsn: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs `driftgauge …` in this process."""

    def run(*arguments: str) -> Done:
        capsys.readouterr()
        code = main(["--dsn", exporter_dsn, "--log-level", "error", *arguments])
        captured = capsys.readouterr()
        return Done(code=code, out=captured.out, err=captured.err)

    return run
