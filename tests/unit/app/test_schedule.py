"""A schedule can be stopped, however far its start has come."""

from __future__ import annotations

import pytest

from driftgauge.app.schedule import Schedule


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_start_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule(lambda _: None)
    monkeypatch.setattr("apscheduler.schedulers.background.Thread", interrupted)
    with pytest.raises(KeyboardInterrupt):
        schedule.start()
    schedule.stop()
    schedule.stop()
