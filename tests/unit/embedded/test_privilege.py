"""The way to run the server fits who we are and what the machine allows."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from driftgauge.embedded import privilege
from driftgauge.errors import MissingComponent

ORDINARY = 1000


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH that holds only what the test lays into it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def lay(programs: Path, name: str, exit_code: int) -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\nexit {exit_code}\n", encoding="utf-8")
    program.chmod(0o755)


def test_an_ordinary_user_needs_nothing(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)
    assert programs.is_dir()
    assert privilege.unprivileged() == privilege.Launcher(prefix=(), owner=ORDINARY)


def test_an_ordinary_users_server_ends_with_the_program(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: ORDINARY)
    lay(programs, "setpriv", 0)
    assert privilege.unprivileged().prefix == (str(programs / "setpriv"), "--pdeathsig", "INT")


def test_root_becomes_nobody_in_a_namespace(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    lay(programs, "unshare", 0)
    lay(programs, "setpriv", 0)
    launcher = privilege.unprivileged()
    assert launcher.prefix[:2] == (str(programs / "unshare"), "--user")
    assert launcher.owner == 0


@pytest.mark.parametrize("unshare", ["absent", "refused"])
def test_root_switches_to_nobody_where_namespaces_are_blocked(
    monkeypatch: pytest.MonkeyPatch, programs: Path, unshare: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    lay(programs, "setpriv", 0)
    if unshare == "refused":
        lay(programs, "unshare", 1)
    launcher = privilege.unprivileged()
    assert launcher.prefix[:2] == (str(programs / "setpriv"), "--reuid=65534")
    assert launcher.owner == privilege.NOBODY


def test_root_without_setpriv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert shutil.which("setpriv") is None
    assert programs.is_dir()
    with pytest.raises(MissingComponent, match="setpriv is needed to start Postgres as root: install util-linux"):
        privilege.unprivileged()
