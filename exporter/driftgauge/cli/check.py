"""`driftgauge check`: tell everything that would stop the exporter, before it is started."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from driftgauge.cli.context import Context, load
from driftgauge.errors import SignalMissing

if TYPE_CHECKING:
    from driftgauge.config import Settings
    from driftgauge.store.inspection import Finding

_EPILOG: Final = "Example: driftgauge --config driftgauge.yml check"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("check", epilog=_EPILOG)(check)


def check(
    ctx: typer.Context,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print a list of {check, state, detail, mend} instead.")] = False,
) -> None:
    """Check configuration, connection, schema, privileges, SQL files, sources, rules and Alertmanager; change nothing.

    Exit code 0 if the exporter can run (warnings allowed), 1 if a check failed, 2 without a connection or with a
    configuration that cannot be used.
    """
    from driftgauge.app.alerting import inspect_alertmanager
    from driftgauge.app.rules import inspect_rules
    from driftgauge.app.sources import inspect_sources
    from driftgauge.store.inspection import FindingState, inspect_database

    settings = load(ctx)
    findings = [_configuration(ctx, settings)]
    findings += inspect_database(settings.database.conninfo(), settings.database.schema_name)
    usable = not any(finding.state is FindingState.FAILED for finding in findings)
    findings += inspect_sources(settings)
    findings += inspect_rules(settings) if usable else []
    findings += inspect_alertmanager(settings)
    if json:
        import orjson

        typer.echo(orjson.dumps([asdict(finding) for finding in findings], option=orjson.OPT_INDENT_2))
    else:
        for finding in findings:
            typer.echo(_line(finding))
    failed = sum(finding.state is FindingState.FAILED for finding in findings)
    if failed:
        raise SignalMissing(f"{failed} of {len(findings)} checks failed")


def _configuration(ctx: typer.Context, settings: Settings) -> Finding:
    """Read the web config, too, which `run` would refuse."""
    from driftgauge.store.inspection import Finding, FindingState
    from driftgauge.web.web_config import load_web_config

    if settings.http.web_config is not None:
        load_web_config(settings.http.web_config).tls_context()
    given = ctx.ensure_object(Context).config
    return Finding(
        check="configuration",
        state=FindingState.OK,
        detail=f"serves {settings.http.listen}, settings from {given or 'the environment and the defaults'}",
    )


def _line(finding: Finding) -> str:
    from driftgauge.store.inspection import FindingState

    state = "FAILED" if finding.state is FindingState.FAILED else finding.state.value
    return f"{state:<8}{finding.check}: {finding.detail}" + (f"; {finding.mend}" if finding.mend else "")
