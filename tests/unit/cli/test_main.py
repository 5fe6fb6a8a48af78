from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from driftgauge import __version__
from driftgauge.cli.context import load
from driftgauge.cli.main import main
from driftgauge.errors import ConfigError, DatabaseUnreachable, SignalMissing
from fixtures.program import driftgauge

CANARY = "canary-3f9"


def fail(error: BaseException, arguments: Sequence[str] = ()) -> int:
    """Run a program whose only command raises `error`."""

    def register(app: typer.Typer) -> None:
        @app.command()
        def fail() -> None:  # pyright: ignore[reportUnusedFunction] - typer keeps it
            raise error

    return main([*arguments, "fail"], commands=(register,))


def test_the_version_is_shown() -> None:
    done = driftgauge("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"driftgauge {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--cnfig", "x"], "driftgauge: error: No such option: --cnfig"),
        (["config-shema"], "driftgauge: error: No such command 'config-shema'. Did you mean 'config-schema'?\n"),
        (["--log-level", "loud", "config-schema"], "driftgauge: error: Invalid value for '--log-level': 'loud' is not"),
        ([f"postgresql://a:{CANARY}@h"], "driftgauge: error: No such command 'postgresql://a:***@h'.\n"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(arguments: list[str], complaint: str) -> None:
    done = driftgauge(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(complaint)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_help_shows_every_command_and_examples_without_heavy_imports() -> None:
    heavy = "scipy sklearn pandas numpy psycopg apscheduler uvicorn"
    code = (
        "import sys\nfrom driftgauge.cli.main import main\n"
        "assert main(['--help']) == 0\n"
        f"assert not (loaded := set({heavy!r}.split()) & set(sys.modules)), loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "config-schema" in done.stdout
    assert "Examples:" in done.stdout


def test_without_a_command_the_help_is_shown() -> None:
    done = driftgauge()
    assert done.returncode == 2
    assert "Usage: driftgauge" in done.stdout
    assert done.stderr == ""


BUFFERED = """
import sys, typer
from driftgauge.cli.main import run
def write() -> None:
    sys.stdout.write("not flushed")
run([lambda app: app.command()(write)])
"""


@pytest.mark.parametrize("arguments", [["-m", "driftgauge", "config-schema"], ["-c", BUFFERED, "write"]])
def test_a_reader_that_leaves_is_no_traceback(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
            timeout=60,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_each_problem_of_a_configuration_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(ConfigError(["a.yml:1: b: unknown key", "a.yml:2: c: unknown key"])) == 2
    assert capsys.readouterr().err == (
        "driftgauge: error: a.yml:1: b: unknown key\ndriftgauge: error: a.yml:2: c: unknown key\n"
    )


def test_a_missing_signal_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(SignalMissing("no drift was seen")) == 1
    assert capsys.readouterr().err == "driftgauge: error: no drift was seen\n"


def test_a_password_in_an_error_is_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    message = f'missing "=" after "postgresql:/ann:{CANARY}@db" in connection info, password=\'{CANARY} x\' user=ann'
    assert fail(DatabaseUnreachable(message)) == 2
    assert capsys.readouterr().err == (
        'driftgauge: error: missing "=" after "postgresql:/ann:***@db" in connection info, password=*** user=ann\n'
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_an_interrupt_is_exit_code_130(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(error) == 130
    assert capsys.readouterr().err == ""


def test_a_chosen_exit_code_is_kept() -> None:
    assert fail(typer.Exit(1)) == 1
    assert fail(BrokenPipeError()) == 141


def test_a_programming_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError())


def test_a_command_loads_the_settings_of_the_global_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def register(app: typer.Typer) -> None:
        @app.command()
        def show(ctx: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction] - typer keeps it
            settings = load(ctx)
            typer.echo(f"{settings.database.conninfo()} {settings.http.port}")

    path = tmp_path / "driftgauge.yml"
    path.write_text("http: {listen: ':1'}\ndatabase: {dsn: host=file}", encoding="utf-8")
    monkeypatch.setenv("DRIFTGAUGE_DSN", "host=env")
    assert main(["--config", str(path), "show"], commands=(register,)) == 0
    assert main(["--config", str(path), "--dsn", "host=cli", "show"], commands=(register,)) == 0
    assert capsys.readouterr().out == "host=env 1\nhost=cli 1\n"
    assert main(["--config", str(tmp_path / "none.yml"), "show"], commands=(register,)) == 2
    assert capsys.readouterr().err == (
        f"driftgauge: error: {tmp_path}/none.yml: cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize(("flags", "start"), [([], "{"), (["--yaml"], "# yaml-language-server")])
def test_the_schema_and_the_default_file_are_printed(flags: list[str], start: str) -> None:
    done = driftgauge("config-schema", *flags)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(start)
