"""How the model is, all in all, and what that follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.queries import HealthComponent, LatestHealth
from driftgauge.report.data import ReportData
from driftgauge.report.figures import Limit, Line, OverTime
from driftgauge.report.section import Badge, Section, Table, Tone, table_of
from driftgauge.report.wording import count, counted, day, midnight, moment, number, percent, spaced

FINE: Final = 0.9
"""From here on a classic score is fine; those that the exporter writes have a threshold of their own."""

NAMED: Final = 2
LEAST: Final = 0.0005
"""What takes away less is not worth a word."""
MUCH: Final = 0.05
"""What takes away less is no reason to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The figure that stands above all, what it is out of, and what it follows from."""

    figure: str
    unit: str
    reason: str
    tone: Tone


def headline(data: ReportData) -> Headline:
    """Return the health in one figure: the newest score that was written, or else the classic one."""
    latest, classic = data.scored, data.health
    if latest is not None:
        return Headline(
            figure=f"{latest.score:.3f}",
            unit=f"of 1{_by(latest.rule)}",
            reason=f"{_side(latest)}; {_losses(latest.components)}",
            tone=Tone.ATTENTION if latest.score < latest.threshold else Tone.GOOD,
        )
    if classic.score is None:
        return Headline(figure="unknown", unit="", reason=f"{_unwritten(data)}; {_empty(data)}", tone=Tone.UNKNOWN)
    return Headline(
        figure=f"{classic.score:.3f}",
        unit=f"of 1{_by(classic.rule)}",
        reason=f"{_losses(classic.components)}; this is the classic score, because {_unwritten(data)}",
        tone=Tone.GOOD if classic.score >= FINE else Tone.ATTENTION,
    )


def health(data: ReportData) -> Section:
    """Return the section: the components of the score, the score by day, and what services reported."""
    latest, classic = data.scored, data.health
    checks = sum(one.checks for one in data.health_days)
    healthy = sum(one.healthy for one in data.health_days)
    reported = (
        f"Services reported {counted(checks, 'health check')} in {data.days} days, {percent(healthy / checks)} healthy."
        if checks
        else "Services reported no health checks."
    )
    by_rule = f"The classic score is {classic.score:.3f}." if classic.score is not None else ""
    notes = [f"The score is the product of 1 - what each component takes away. {by_rule} {reported}"]
    if latest is not None:
        said = f"Health was {latest.score:.3f} of 1 at {moment(latest.timestamp)}, {_side(latest)}."
    elif classic.score is not None:
        said = f"Health is {classic.score:.3f} of 1 by the classic rule; {_unwritten(data)}."
    else:
        said = f"Nobody can tell how healthy it is: {_unwritten(data)}, and {_empty(data)}."
        notes = [reported]
    return Section(
        key="health",
        title="Health",
        conclusion=said,
        tone=headline(data).tone,
        headline=False,
        notes=tuple(notes),
        plots=_plots(data),
        tables=(
            *(() if latest is None else _components(latest.components, "What the score is made of")),
            *(
                ()
                if classic.score is None
                else _components(
                    classic.components,
                    f"What the classic score is made of, over {data.hours:g} hours",
                    folded=latest is not None,
                )
            ),
            *table_of(
                data.score_days[::-1],
                "The score by day",
                {
                    "day": lambda row: day(row.day),
                    "mean": lambda row: number(row.mean_score),
                    "least": lambda row: number(row.least_score),
                    "hours known": lambda row: f"{row.hours:.1f}",
                    "hours below its threshold": lambda row: f"{row.hours_below:.1f}",
                },
                numbers=frozenset({"mean", "least", "hours known", "hours below its threshold"}),
                folded=True,
            ),
            *table_of(
                data.health_days[::-1],
                "Health checks by day",
                {
                    "day": lambda row: day(row.day),
                    "mean score": lambda row: number(row.mean_score),
                    "healthy": lambda row: count(row.healthy),
                    "checks": lambda row: count(row.checks),
                },
                numbers=frozenset({"mean score", "healthy", "checks"}),
                folded=True,
            ),
        ),
    )


def _side(latest: LatestHealth) -> str:
    side = "below" if latest.score < latest.threshold else "not below"
    return f"{side} its threshold of {number(latest.threshold)}"


def _unwritten(data: ReportData) -> str:
    return f"no score by components was written in the last {data.hours:g} hours (driftgauge run writes them)"


def _empty(data: ReportData) -> str:
    return f"there were no predictions in prediction_logs in the last {data.hours:g} hours"


def _by(rule: str) -> str:
    return "" if rule == "components" else f", {rule} rule"


def _losses(components: Sequence[HealthComponent]) -> str:
    """Return what takes most away, and how much is not known."""
    losing = sorted((one for one in components if one.takes_away > LEAST), key=lambda one: -one.takes_away)
    losses = [f"{spaced(one.component)} takes away {percent(one.takes_away)} ({one.reason})" for one in losing[:NAMED]]
    if len(losing) > NAMED:
        losses.append("others take away less")
    unknown = sum(one.value is None for one in components)
    untold = f"; {unknown} of {counted(len(components), 'component')} cannot be told" if unknown else ""
    return (", ".join(losses) or "no component takes anything away") + untold


def _components(components: Sequence[HealthComponent], caption: str, *, folded: bool = False) -> tuple[Table, ...]:
    return table_of(
        sorted(components, key=lambda one: (one.value is None, -one.takes_away)),
        caption,
        {
            "component": lambda row: spaced(row.component),
            "": _badge,
            "value": lambda row: number(row.value),
            "weight": lambda row: number(row.weight),
            "takes away": lambda row: "" if row.value is None else percent(row.takes_away),
            "why": lambda row: row.reason,
        },
        numbers=frozenset({"value", "weight", "takes away"}),
        folded=folded,
    )


def _badge(one: HealthComponent) -> Badge:
    if one.value is None:
        return Badge(text="cannot tell", tone=Tone.UNKNOWN)
    if one.takes_away >= MUCH:
        return Badge(text="lowers it", tone=Tone.ATTENTION)
    return Badge(text="hardly lowers it" if one.takes_away > LEAST else "as it should be", tone=Tone.GOOD)


def _plots(data: ReportData) -> tuple[OverTime, ...]:
    latest, days = data.scored, data.score_days
    scores = tuple(midnight(one.day) for one in days)
    checks = tuple(midnight(one.day) for one in data.health_days)
    means = Line(label="mean", times=scores, values=tuple(one.mean_score for one in days), accent=True)
    least = Line(label="least", times=scores, values=tuple(one.least_score for one in days))
    reported = tuple(one.mean_score for one in data.health_days)
    plots: list[OverTime] = []
    if len(scores) > 1:  # one point makes no trend
        plots.append(
            OverTime(
                title="Health score by day",
                description=f"The mean and the least score of each day; on {day(days[-1].day)} "
                f"{number(days[-1].mean_score)} and {number(days[-1].least_score)}.",
                wide=True,
                start=data.start,
                end=data.at,
                unit="score",
                from_zero=True,
                to_one=True,
                lines=(means, least),
                limits=(Limit(label="threshold", times=scores, values=(latest.threshold,) * len(scores)),)
                if latest
                else (),
            )
        )
    if len(checks) > 1:
        plots.append(
            OverTime(
                title="Health checks: mean score by day",
                description="The mean score of the health checks that services reported, by day.",
                wide=True,
                start=data.start,
                end=data.at,
                unit="score",
                from_zero=True,
                lines=(Line(label="mean score", times=checks, values=reported, accent=True),),
            )
        )
    return tuple(plots)
