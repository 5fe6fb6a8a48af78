"""The server's programs are looked for in the wheel, then in the system, and their absence is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftgauge.embedded import binaries
from driftgauge.errors import MissingComponent


def install(directory: Path) -> Path:
    directory.mkdir(parents=True)
    for program in binaries.PROGRAMS:
        (directory / program).touch(mode=0o755)
    return directory


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any server; what the test lays into the folder is on the PATH, or in a versioned folder."""
    monkeypatch.setattr(binaries, "WHEEL", "driftgauge_no_such_wheel")
    monkeypatch.setattr(binaries, "DEBIAN_SERVERS", tmp_path / "debian")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    (tmp_path / "path").mkdir()
    return tmp_path


def test_the_newest_server_of_the_wheel_comes_first() -> None:
    assert binaries.find_binaries().parent.name == "pginstall18"


def test_a_machine_without_a_server_is_told(bare: Path) -> None:
    assert bare.is_dir()
    with pytest.raises(MissingComponent, match="no Postgres server on this machine: install driftgauge"):
        binaries.find_binaries()


def test_the_newest_system_server_serves_without_the_wheel(bare: Path) -> None:
    for version in ("9", "16", "15"):
        install(bare / "debian" / version / "bin")
    assert binaries.find_binaries() == bare / "debian" / "16" / "bin"


def test_a_folder_with_half_a_server_is_passed_over(bare: Path) -> None:
    (install(bare / "debian" / "17" / "bin") / "initdb").unlink()
    install(bare / "debian" / "15" / "bin")
    assert binaries.find_binaries() == bare / "debian" / "15" / "bin"


def test_pg_config_names_the_server(bare: Path) -> None:
    pg_config = bare / "path" / "pg_config"
    pg_config.write_text(f"#!/bin/sh\necho {install(bare / 'named')}\n", encoding="utf-8")
    pg_config.chmod(0o755)
    install(bare / "debian" / "15" / "bin")
    assert binaries.find_binaries() == bare / "named"


def test_a_pg_config_that_fails_is_passed_over(bare: Path) -> None:
    pg_config = bare / "path" / "pg_config"
    pg_config.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    pg_config.chmod(0o755)
    install(bare / "debian" / "15" / "bin")
    assert binaries.find_binaries() == bare / "debian" / "15" / "bin"


def test_a_server_on_the_path_is_the_last_resort(bare: Path) -> None:
    real = install(bare / "elsewhere")
    (bare / "path" / "postgres").symlink_to(real / "postgres")
    assert binaries.find_binaries() == real
