"""Compose a replay from the settings."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from driftgauge.app.judging_settings import drift_options, policy
from driftgauge.app.settings import database, rollup_options
from driftgauge.config import Settings
from driftgauge.jobs.replay import Replay
from driftgauge.store.migrations import require_current


@contextmanager
def build_replay(settings: Settings) -> Generator[Replay]:
    """Yield a replay on the settings' database, whose schema is current."""
    store = database(settings)
    try:
        with store.transaction(read_only=True) as connection:
            require_current(connection)
        yield Replay(
            store,
            policy(settings),
            lambda model: drift_options(settings, model),
            rollup_options(settings),
        )
    finally:
        store.close()
