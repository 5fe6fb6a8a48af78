from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from driftgauge.app.steps import Steps
from driftgauge.demo.checks import Signal
from driftgauge.demo.incidents import timeline
from driftgauge.demo.readings import FeatureReading, Readings
from driftgauge.demo.table import Frame, open_view

CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PHASES = timeline(100)
WELL = Readings(rate=60.0, latency=0.04, error_share=0.0, verdict="stable", rows=1_200, lag=0.2, features=())


def feature(name: str, score: float, *, drifted: bool = False) -> FeatureReading:
    return FeatureReading(feature=name, test="out_of_range_share", score=score, threshold=0.1, drifted=drifted)


def frame(at: float, *, readings: Readings = WELL, shown_at: float | None = None) -> Frame:
    signals = [
        Signal(phase=phase, expectation=expectation, shown_at=shown_at if phase is PHASES[1] else None)
        for phase in PHASES
        for expectation in phase.incident.expected
    ]
    phase = next(phase for phase in PHASES if at < phase.end)
    return Frame(
        at=at,
        length=100,
        endless=False,
        phase=phase,
        signals=signals,
        shown=[signal for signal in signals if signal.shown_at == at],
        readings=readings,
    )


def console(*, terminal: bool, width: int = 80, height: int = 24) -> tuple[Console, io.StringIO]:
    sink = io.StringIO()
    return Console(file=sink, force_terminal=terminal, width=width, height=height, color_system=None), sink


def drawn(last: Frame, *, width: int = 80, height: int = 24) -> list[str]:
    """Return what stands on the screen after a frame, which is drawn again when the view closes."""
    screen, sink = console(terminal=True, width=width, height=height)
    with open_view(screen) as view:
        view.show(last)
        text = sink.getvalue()
    return CONTROLS.sub("", text).splitlines()


def test_lines_tell_what_changes_and_only_that() -> None:
    screen, sink = console(terminal=False)
    drifted = Readings(
        rate=60.0, latency=None, error_share=None, verdict="drifted", rows=3_600, lag=None,
        features=(feature("temp", 0.4, drifted=True), feature("dest", 0.15)),
    )  # fmt: skip
    with open_view(screen) as view:
        for moment in (frame(1), frame(2), frame(22, shown_at=22), frame(23, shown_at=22), frame(65, readings=drifted)):
            view.show(moment)
    assert sink.getvalue().splitlines() == [
        "  0:01  healthy: late-winter flights, as in the reference; a canary answers some",
        "  0:01  verdict: stable",
        "  0:22  latency: every request takes 6 times as long",
        "  0:22  shown after 2 s: the mean latency is above 100 ms",
        "  1:05  unit change: temp arrives in °C instead of °F",
        "  1:05  verdict: drifted (temp)",
    ]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table_tells_phase_traffic_signals_and_features(width: int) -> None:
    readings = Readings(
        rate=60.0, latency=0.24, error_share=0.2, verdict="drifted", rows=3_600, lag=0.5,
        features=(feature("temp", 0.4, drifted=True), feature("dest", 0.15), feature("seats", 0.01)),
    )  # fmt: skip
    text = "\n".join(drawn(frame(33, readings=readings, shown_at=22), width=width))
    for words in (
        "0:33 of 1:40",
        "errors  20% of the requests fail",
        "60 /s",
        "240 ms",
        "20.0%",
        "3,600",
        "after 2 s",
        "waiting 2 s",
        "in 9 s",
        "out of range share",
        "within chance",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize("height", [16, 20, 24, 50])
def test_the_table_fits_the_terminal(height: int) -> None:
    features = tuple(feature(name, 0.1) for name in ("temp", "dewp", "humid", "seats", "dest", "hour"))
    readings = Readings(
        rate=None, latency=None, error_share=None, verdict=None, rows=None, lag=None, features=features
    )  # fmt: skip
    lines = drawn(frame(1, readings=readings), height=height)
    assert len(lines) <= height
    assert lines[-1].split() != ["..."]


def test_a_step_is_told_with_its_result_and_its_time() -> None:
    screen, sink = console(terminal=False)
    with Steps(screen, lambda: None).step("model", "training") as step:
        step.says = "trained [on] 41,621 flights"
    assert sink.getvalue() == "  model         trained [on] 41,621 flights … 0.0 s\n"
