"""What the global options said, carried to every command."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import SecretStr

if TYPE_CHECKING:
    from driftgauge.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The global options; each of None was not given."""

    config: Path | None = None
    dsn: SecretStr | None = None


def load(ctx: typer.Context, *, listen: str | None = None) -> Settings:
    """Return the settings: the command line over the environment over the file, read anew at each call.

    Raises
    ------
    ConfigError
        With every problem of the configuration.
    """
    from driftgauge.concept.registry import READERS
    from driftgauge.config import load_config
    from driftgauge.drift.registry import TESTS
    from driftgauge.drift.shifts import SHIFTS
    from driftgauge.health.components import COMPONENTS
    from driftgauge.performance.registry import METRICS

    context = ctx.ensure_object(Context)
    overrides = {} if context.dsn is None else {"database.dsn": context.dsn.get_secret_value()}
    if listen is not None:
        overrides["http.listen"] = listen
    return load_config(
        context.config,
        environ=os.environ,
        overrides=overrides,
        known_tests=TESTS,
        known_shifts=SHIFTS,
        detectors=READERS,
        components=COMPONENTS,
        known_metrics={task.value: metrics for task, metrics in METRICS.items()},
    )
