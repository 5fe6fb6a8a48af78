"""How much was predicted, with how many errors, and how fast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from driftgauge.queries import TrafficStep
from driftgauge.report.data import ReportData
from driftgauge.report.figures import Line, OverTime
from driftgauge.report.section import Section, Tone
from driftgauge.report.wording import counted, number, percent

HOUR: Final = timedelta(hours=1)
MANY_ERRORS: Final = 0.05


def traffic(data: ReportData) -> Section:
    """Return the section: predictions, errors and latency over the days."""
    found = data.health.predictions
    recent = f"in the last {data.hours:g} hours"
    if found.total:
        errors = found.error / found.total
        latency = (
            ""
            if found.mean_latency_ms is None
            else f"; latency is {number(found.mean_latency_ms)} ms on average and "
            f"{number(found.p95_latency_ms)} ms at the 95th percentile"
        )
        said = f"{counted(found.total, 'prediction')} {recent}, {percent(errors)} of them errors{latency}."
        tone = Tone.ATTENTION if errors > MANY_ERRORS else Tone.GOOD
    else:
        said, tone = f"No prediction was logged {recent}.", Tone.ATTENTION
    return Section(
        key="traffic", title="Traffic and latency", conclusion=said, tone=tone, plots=_plots(data, _closed(data))
    )


def _closed(data: ReportData) -> tuple[TrafficStep, ...]:
    """Return the steps that are over: the running one would look like a drop. If there is no other, it has to do."""
    return tuple(step for step in data.traffic if step.end <= data.at) or data.traffic


def _plots(data: ReportData, steps: tuple[TrafficStep, ...]) -> tuple[OverTime, ...]:
    if not steps:
        return ()
    width = steps[0].end - steps[0].start
    counts = {step.start: step for step in steps}
    times: list[datetime] = [steps[0].start]
    while times[-1] < steps[-1].start:
        times.append(times[-1] + width)

    def line(label: str, value: Callable[[TrafficStep], float | None], empty: float | None, *, accent: bool) -> Line:
        return Line(
            label=label,
            times=tuple(times),
            values=tuple(value(counts[at]) if at in counts else empty for at in times),
            accent=accent,
        )

    each = f"one value every {_words(width)}"
    return (
        OverTime(
            title="Predictions per hour",
            description=f"Predictions per hour and errors among them over {data.days} days, {each}.",
            wide=True,
            start=data.start,
            end=data.at,
            unit="per hour",
            from_zero=True,
            steps=True,
            lines=(
                line("predictions", lambda step: step.predictions * (HOUR / width), 0, accent=False),
                line("errors", lambda step: step.errors * (HOUR / width), 0, accent=True),
            ),
        ),
        OverTime(
            title="Mean latency",
            description=f"Mean latency over {data.days} days, {each}.",
            wide=True,
            start=data.start,
            end=data.at,
            unit="ms",
            from_zero=True,
            lines=(line("mean latency", lambda step: step.mean_latency_ms, None, accent=True),),
        ),
    )


def _words(width: timedelta) -> str:
    hours = width / HOUR
    return f"{hours * 60:g} minutes" if hours < 1 else "hour" if hours == 1 else f"{hours:g} hours"
