"""What is dear is done so seldom that it takes its share of the time, however long it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.app.turns import Turns


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        """Begin at nought."""
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_the_first_turn_is_at_once() -> None:
    assert Turns(0.1, Clock()).wait() == 0


@given(st.lists(st.floats(0.001, 100), min_size=2, max_size=20), st.floats(0.05, 1))
def test_who_waits_for_its_turns_takes_its_share(durations: list[float], share: float) -> None:
    clock = Clock()
    turns = Turns(share, clock)
    for duration in durations:
        clock.now += turns.wait()
        assert turns.wait() == pytest.approx(0, abs=1e-9)
        with turns.taken():
            clock.now += duration
        assert turns.seconds == pytest.approx(duration)
    assert sum(durations) <= share * (clock.now + turns.wait()) * (1 + 1e-9)


def test_while_it_is_done_the_next_turn_is_expected_by_the_last_duration() -> None:
    clock = Clock()
    turns = Turns(0.1, clock)
    waiting = 0.0
    for _ in range(2):
        with turns.taken():
            clock.now += 1
            waiting = turns.wait()
        clock.now += 9
    assert waiting == 9


def test_what_failed_has_taken_its_turn_too() -> None:
    clock = Clock()
    turns = Turns(0.5, clock)

    def fail() -> None:
        with turns.taken():
            clock.now += 3
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert (turns.seconds, turns.wait()) == (3, 3)
