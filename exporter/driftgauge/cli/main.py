"""The program `driftgauge`: global options, the commands, and how each ending becomes an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import SecretStr
from typer.core import TyperGroup

from driftgauge import __version__
from driftgauge.cli import (
    alerts,
    bench,
    check,
    config_schema,
    demo,
    detectors,
    migrate,
    rebuild,
    reference,
    replay,
    report,
    rules,
    tests,
    traffic,
)
from driftgauge.cli import run as run_command
from driftgauge.cli.context import Context
from driftgauge.cli.logs import LogFormat, LogLevel, configure_logging
from driftgauge.cli.redaction import without_passwords
from driftgauge.cli.show import group as show
from driftgauge.errors import DriftgaugeError

Register = Callable[[typer.Typer], None]
COMMANDS: Final[tuple[Register, ...]] = (
    migrate.register,
    check.register,
    run_command.register,
    reference.register,
    show.register,
    report.register,
    alerts.register,
    rules.register,
    tests.register,
    detectors.register,
    rebuild.register,
    replay.register,
    bench.register,
    demo.register,
    traffic.register,
    config_schema.register,
)

DONE, INTERRUPTED, BROKEN_PIPE = 0, 130, 141  # the last two as shells report SIGINT and SIGPIPE
_EPILOG = """\
Examples:

driftgauge config-schema --yaml > driftgauge.yml

driftgauge --config driftgauge.yml --log-format json run

Exit codes: 0 done, 1 an expected signal or check failed, 2 bad input or set-up, 130 interrupted.
"""


class _Program(TyperGroup):
    """Ends quietly when the reader of our output has gone."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as typer declares it
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(BROKEN_PIPE) from None


def run(commands: Sequence[Register] = COMMANDS) -> None:
    """Run the program on the process's arguments and exit with its code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # ours are small matrices: threads would spin longer than work
    code = main(sys.argv[1:], commands)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    if code == BROKEN_PIPE:  # nothing may be flushed into the closed pipe when the interpreter ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def main(arguments: Sequence[str], commands: Sequence[Register] = COMMANDS) -> int:
    """Run one command and return the exit code; known errors become lines on standard error, others are raised."""
    program = typer.main.get_command(build_app(commands))
    try:
        code = program.main(list(arguments), prog_name="driftgauge", standalone_mode=False)
    except DriftgaugeError as error:
        _complain(str(error))
        return error.exit_code
    except typer.TyperException as error:
        _complain(error.format_message())
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        from driftgauge.store.faults import describe_ending

        line = describe_ending(error)
        if line is None:
            raise
        _complain(line)
        return DriftgaugeError.exit_code
    return code if isinstance(code, int) else DONE


def build_app(commands: Sequence[Register] = COMMANDS) -> typer.Typer:
    """Return the program with the given commands, in their order."""
    app = typer.Typer(
        name="driftgauge",
        cls=_Program,
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # they would show the values of variables
    )
    app.callback()(_global_options)
    for register in commands:
        register(app)
    return app


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        typer.echo(f"driftgauge {__version__}")
        raise typer.Exit


def _global_options(
    ctx: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Configuration file; else DRIFTGAUGE_CONFIG, else the defaults."),
    ] = None,
    dsn: Annotated[
        str | None,
        typer.Option(
            metavar="DSN",
            help="Postgres connection, URI or key=value. Others on this machine can see it: "
            "prefer DRIFTGAUGE_DSN or DRIFTGAUGE_DSN_FILE.",
        ),
    ] = None,
    log_format: Annotated[LogFormat, typer.Option(help="How logs are written to standard error.")] = LogFormat.CONSOLE,
    log_level: Annotated[LogLevel, typer.Option(help="From which level on logs are written.")] = LogLevel.INFO,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Turn the predictions that models log to Postgres into trustworthy drift, quality and traffic metrics."""
    configure_logging(log_format, log_level, sys.stderr)
    ctx.obj = Context(config=config, dsn=None if dsn is None else SecretStr(dsn))


def _complain(message: str) -> None:
    """Tell each line of a problem on standard error, without passwords."""
    message = message.replace(": Value error, ", ": ", 1)  # typer's own words for a value that is no choice
    for line in without_passwords(message).splitlines():
        typer.echo(f"driftgauge: error: {line}", err=True)
