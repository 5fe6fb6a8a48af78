"""What must hold for the repository as a whole: locks, paths, targets of make."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ("dev.txt", "exporter.txt", "demo.txt", "build.txt")
TARGETS: Final = ("setup", "demo", "test", "check", "bench", "soak", "stack")
MORE_TARGETS: Final = (
    "lint", "types", "integration", "rules", "dashboards", "smoke", "image-check", "lock", "clean", "help",
)  # fmt: skip
# A home or work folder of somebody's machine; system folders such as /usr and /dev are the same everywhere.
MACHINE_PATH: Final = re.compile(r"(?<![\w.$})\]*-])/(?:home|root|work|Users|workspace)/\w")
ADDRESS: Final = re.compile(r"index-url|find-links|tool\.uv\.index|https?://(?!127\.0\.0\.1)")
INDEX_OPTIONS: Final = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "://")


@cache
def committed() -> tuple[Path, ...]:
    """Return every file that is, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_hashed_and_names_no_address(lock: str) -> None:
    locked = text(ROOT / "requirements" / lock)
    assert not [option for option in INDEX_OPTIONS if option in locked]
    pins = re.findall(r"^[a-z0-9].*$", locked, flags=re.MULTILINE | re.IGNORECASE)
    assert pins
    assert all(re.search(r"==\S+.*\\$", pin) for pin in pins)
    assert len(re.findall(r"\\\n    --hash=sha256:", locked)) >= len(pins)


def test_what_images_hold_is_what_the_tests_run() -> None:
    tested = set(re.findall(r"^[a-z0-9._\[\]-]+==\S+", text(ROOT / "requirements" / "dev.txt"), flags=re.MULTILINE))
    for lock in ("exporter.txt", "demo.txt"):
        held = set(re.findall(r"^[a-z0-9._\[\]-]+==\S+", text(ROOT / "requirements" / lock), flags=re.MULTILINE))
        assert held <= tested


def test_no_tool_is_told_an_address_of_a_registry() -> None:
    for name in ("pyproject.toml", "Makefile", ".ci/run", "exporter/Dockerfile", "scripts/stack.py"):
        settings = [line for line in text(ROOT / name).splitlines() if "--no-emit-index-url" not in line]
        assert not re.search(r"index-url|find-links|tool\.uv\.index|https?://(?!127\.0\.0\.1)", "\n".join(settings)), (
            name
        )


def test_no_path_of_one_machine_is_committed() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in committed()
        for number, line in enumerate(text(path).splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("target", TARGETS + MORE_TARGETS)
def test_make_knows_the_target_and_its_help_names_it(target: str) -> None:
    command = ["make", "--no-print-directory", "--dry-run", target]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr
    described = re.search(rf"^{target}:.*## \S", text(ROOT / "Makefile"), flags=re.MULTILINE)
    assert described


def test_ci_runs_the_test_command_with_the_stack_required() -> None:
    script = text(ROOT / ".ci" / "run")
    assert "export DRIFTGAUGE_REQUIRE_STACK=1" in script
    assert "make test" in script
