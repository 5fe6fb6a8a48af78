"""A schedule can be stopped, however far its start has come."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

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


def test_a_backlog_is_gone_on_with_as_soon_as_its_run_has_ended_however_long_it_lasts_after_asking() -> None:
    missed: list[str] = []
    done = threading.Event()
    runs: list[float] = []
    schedule = Schedule(missed.append)

    def work() -> None:
        runs.append(time.monotonic())
        if len(runs) < 4:
            schedule.again_in(timedelta(), "work")
            time.sleep(0.1)  # as publishing takes
        else:
            done.set()

    schedule.every(timedelta(hours=1), "work", work)
    schedule.start()
    try:
        assert done.wait(10)
    finally:
        schedule.stop()
    assert missed == []


def test_what_was_forgotten_while_it_ran_is_not_run_again() -> None:
    ran = threading.Event()
    schedule = Schedule(lambda _: None)
    runs: list[None] = []

    def work() -> None:
        runs.append(None)
        schedule.again_in(timedelta(), "work")
        schedule.forget("work")
        ran.set()

    schedule.every(timedelta(hours=1), "work", work)
    schedule.start()
    try:
        assert ran.wait(10)
        time.sleep(0.2)
    finally:
        schedule.stop()
    assert len(runs) == 1


def test_a_turn_is_brought_forward_and_never_put_off() -> None:
    runs: list[float] = []
    twice = threading.Event()
    schedule = Schedule(lambda _: None)

    def work() -> None:
        runs.append(time.monotonic())
        if len(runs) == 2:
            twice.set()

    schedule.every(timedelta(hours=1), "work", work)
    schedule.start()
    try:
        while not runs:
            time.sleep(0.01)
        schedule.bring_forward(timedelta(seconds=0.2), "work")
        schedule.bring_forward(timedelta(minutes=30), "work")
        schedule.bring_forward(timedelta(), "of nobody")
        assert twice.wait(10)
    finally:
        schedule.stop()
    assert runs[1] - runs[0] >= 0.2
