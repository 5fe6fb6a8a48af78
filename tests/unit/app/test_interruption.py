from __future__ import annotations

import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from driftgauge.app.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    with Interruption() as interruption:
        yield interruption


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_may_be_interrupted(interruption: Interruption, number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruption.allowed():
        signal.raise_signal(number)


def test_tidying_up_is_not_disturbed(interruption: Interruption) -> None:
    with pytest.raises(KeyboardInterrupt), interruption.allowed():
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        interruption.check()


def test_an_impatient_second_signal_disturbs_nothing(interruption: Interruption) -> None:
    with interruption.allowed():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interruption.check()


def test_what_was_swallowed_is_raised_again(interruption: Interruption) -> None:
    with interruption.allowed():
        interruption.check()
        with suppress(BaseException):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            interruption.check()


def test_a_signal_that_came_before_is_raised_on_entry(interruption: Interruption) -> None:
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruption.allowed():
        pytest.fail("it went on")


def test_the_signals_are_given_back_and_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGHUP, before)
