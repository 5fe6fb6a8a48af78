"""The shipped Prometheus files pass the real programs, and `make stack` says what it cannot do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fixtures.stack import Prometheus, Stack

ROOT: Final = Path(__file__).parents[2]
SCRIPT: Final = ROOT / "scripts" / "stack.py"


def test_promtool_accepts_the_configuration(prometheus: Prometheus) -> None:
    command = [prometheus.promtool, "check", "config", "--lint=all", "--lint-fatal", ROOT / "prometheus/prometheus.yml"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_fetched_programs_run_and_are_what_their_folders_say(stack: Stack) -> None:
    versions = ((stack.floor.prometheus, "2.42"), (stack.current.prometheus, "3."), (stack.alertmanager, "0.3"))
    for program, expected in versions:
        printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        assert f"version {expected}" in printed.stdout + printed.stderr
        assert program.resolve().parent.name.rpartition("-")[2].startswith(expected)


def test_fetching_again_does_nothing(stack: Stack) -> None:
    assert stack.docker_compose.is_file()
    again = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    assert (again.stdout, again.stderr) == ("", "")


def test_a_machine_without_apt_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / SCRIPT.name
    script.parent.mkdir()
    shutil.copy(SCRIPT, script)
    command = [sys.executable, script, "--cache", tmp_path / "cache"]
    refused = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "stack: floor: not to be had: apt-get is missing" in refused.stderr
    assert "Traceback" not in refused.stderr
