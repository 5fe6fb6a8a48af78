"""When jobs run: APScheduler with settings that neither skip, pile up nor starve them."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# apscheduler 3 ships no types; this module is the only one that sees it.

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from driftgauge.config.source_settings import MOST_SOURCES

CHATTY: Final = ("apscheduler.scheduler", "apscheduler.executors.default")
"""Loggers that tell of every run; failed and missed ones are counted, and told once, by us."""
WORKERS: Final = 20 + MOST_SOURCES  # more than there are jobs, so that a slow one never delays another
JITTER: Final = 0.1
JOB_DEFAULTS: Final = {
    "misfire_grace_time": None,  # the default of one second would skip late runs without a word
    "coalesce": True,
    "max_instances": 1,
}


class Schedule:
    """Runs things every so often, in UTC, each at most once at a time."""

    def __init__(self, on_missed: Callable[[str], None]) -> None:
        """Start nothing yet; `on_missed` hears the name of each run that was due but could not start."""
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.ERROR)
        self._scheduler: Any = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(WORKERS)}, job_defaults=JOB_DEFAULTS, timezone=UTC
        )
        self._again: dict[str, timedelta] = {}
        self._scheduler.add_listener(lambda event: self._ended(str(event.job_id)), EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self._scheduler.add_listener(
            lambda event: on_missed(str(event.job_id)), EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES
        )

    def every(self, interval: timedelta, name: str, action: Callable[[], None]) -> None:
        """Run `action` now and then at each interval, in place of what had the name before."""
        self._scheduler.add_job(
            action,
            "interval",
            id=name,
            name=name,
            seconds=interval.total_seconds(),
            jitter=interval.total_seconds() * JITTER,
            next_run_time=datetime.now(UTC),
            replace_existing=True,
        )

    def again_in(self, delay: timedelta, name: str) -> None:
        """Let the next run of `name`, which is running, be so long after its end instead of at its turn."""
        self._again[name] = delay

    def _ended(self, name: str) -> None:
        delay = self._again.pop(name, None)
        if delay is not None and self._scheduler.get_job(name) is not None:  # else forgotten while it ran
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + delay)

    def bring_forward(self, delay: timedelta, name: str) -> None:
        """Let the next run of `name` be after `delay`, if its turn is later."""
        due = datetime.now(UTC) + delay
        job = self._scheduler.get_job(name)
        if job is not None and job.next_run_time > due:
            self._scheduler.modify_job(name, next_run_time=due)

    def forget(self, name: str) -> None:
        """Never again run what has the name; a run that is on its way ends by itself."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.remove_job(name)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Start nothing more; what runs goes on."""
        if self._scheduler.running:
            with suppress(AttributeError):  # an interrupted start leaves no thread, for which it would wait at its end
                self._scheduler.shutdown(wait=False)
