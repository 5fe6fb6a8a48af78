"""`driftgauge replay`: judge stored history as if live."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from driftgauge.cli.context import load

if TYPE_CHECKING:
    from driftgauge.config import Settings
    from driftgauge.jobs.replay import Replay, ReplayPlan
    from driftgauge.jobs.replay_report import ReplayReport

_EPILOG = "Example: driftgauge replay --from 30d --to 1d --every 1h --model churn --json replay.json"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("replay", epilog=_EPILOG)(replay)


def replay(
    ctx: typer.Context,
    *,
    start: Annotated[str, typer.Option("--from", metavar="T", help="Where to begin: ISO 8601, or back from now (7d).")],
    end: Annotated[str, typer.Option("--to", metavar="T", help="Where to end: ISO 8601, or back from now (24h).")],
    every: Annotated[str, typer.Option(metavar="DURATION", help="Time between two steps.")] = "1h",
    window: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Width of the current window. [default: drift.window]")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="M", help="Only this model.")] = None,
    environment: Annotated[str | None, typer.Option(metavar="E", help="Only this environment.")] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write every step, verdict and alert here as JSON; - for standard output."),
    ] = None,
) -> None:
    """Judge stored history step by step, each with the rows before it, and sum up what it would have alerted.

    Results go to data_drift_results under a replay id; nothing is exported or alerted.
    """
    from driftgauge.app.replaying import build_replay
    from driftgauge.cli.durations import duration
    from driftgauge.config.durations import parse_moment
    from driftgauge.jobs.replay import ReplayPlan
    from driftgauge.store.predictions import ModelFilter

    now = datetime.now(UTC)
    plan = ReplayPlan(
        replay_id=uuid.uuid4(),
        start=parse_moment(start, now).replace(microsecond=0),
        end=parse_moment(end, now),
        every=duration(every, "--every"),
        window=duration(window, "--window") if window else None,
        only=ModelFilter(model=model, environment=environment),
    )
    settings = load(ctx)
    with build_replay(settings) as engine:
        report = _run(engine, plan, settings)
    text = report.to_json()
    if json is not None and str(json) != "-":
        json.write_text(text, encoding="utf-8")
    if json is not None and str(json) == "-":
        typer.echo(text)
    else:
        _show(report)


def _run(engine: Replay, plan: ReplayPlan, settings: Settings) -> ReplayReport:
    from rich.console import Console
    from rich.progress import Progress

    from driftgauge.jobs.replay_report import ReplayReport

    keys = engine.models(plan)
    report = ReplayReport(replay_id=plan.replay_id)
    console = Console(file=sys.stderr)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("replaying", total=plan.steps * len(keys))
        for key in keys:
            judged = 0
            for judgement in engine.run(plan, key, lambda: progress.advance(task)):
                report.add(judgement)
                judged += 1
            if judged < plan.steps:
                typer.echo(
                    f"{key}: {plan.steps - judged} of {plan.steps} steps lie before a reference was known "
                    f"(its first {settings.reference.automatic_rows} rows) and were passed over",
                    err=True,
                )
    return report


def _show(report: ReplayReport) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"replay {report.replay_id}", title_justify="left")
    for column, justify in (("model", "left"), ("feature", "left"), ("steps", "right"), ("drifted", "right")):
        table.add_column(column, justify="right" if justify == "right" else "left")
    table.add_column("first drifted at")
    table.add_column("why")
    for line in report.lines():
        first = line.first_at.isoformat() if line.first_at else ""
        table.add_row(line.model, line.feature, str(line.steps), str(line.drifted), first, line.reason)
    Console().print(table)
    summary = report.summary()
    typer.echo(
        f"replayed {summary['steps']} steps, {summary['feature_verdicts']} feature verdicts: "
        f"{summary['drifted']} drifted, {summary['alerts']} alerts"
    )
