"""Which features drifted, and why."""

from __future__ import annotations

from collections import Counter

from driftgauge.queries import FeatureDrift, LatestDrift
from driftgauge.report.data import ReportData
from driftgauge.report.figures import Line, OverTime
from driftgauge.report.section import Section, Tone, badge, table_of
from driftgauge.report.wording import count, counted, day, midnight, number, percent, short, spaced, window

MOST = 10


def drift(data: ReportData) -> Section:
    """Return the section: the last judged window feature by feature, segments, and checks by day."""
    found = data.drift
    if found is None:
        return Section(
            key="drift",
            title="Data drift",
            conclusion=f"No window was judged for drift in the last {data.hours:g} hours: "
            "that takes a reference and enough rows (docs/alarm-policy.md).",
            tone=Tone.UNKNOWN,
            plots=_plots(data),
        )
    notes = [f"Window of {window(found.window_start, found.window_end)}, {counted(found.rows, 'row')}."]
    notes.append(f"All features together: {spaced(found.verdict)}; {found.reason}.")
    return Section(
        key="drift",
        title="Data drift",
        conclusion=_conclude(found),
        tone=_tone(found),
        notes=tuple(notes),
        plots=_plots(data),
        tables=(
            *table_of(
                found.features,
                "Features, first those to look at first",
                {
                    "feature": lambda row: row.feature,
                    "verdict": lambda row: badge(row.verdict),
                    "of threshold": lambda row: "" if row.ratio is None else _times(row.ratio),
                    "importance": lambda row: number(row.importance),
                    "why": lambda row: row.reason,
                },
                numbers=frozenset({"of threshold", "importance"}),
            ),
            *table_of(
                data.segments,
                "Segments of the traffic",
                {
                    "segment": lambda row: row.segment,
                    "verdict": lambda row: badge(row.verdict),
                    "rows": lambda row: count(row.rows),
                    "why": lambda row: row.reason,
                },
                numbers=frozenset({"rows"}),
            ),
            *table_of(
                data.drift_days[::-1],
                "Drift checks by day (a check is one test on one feature in one window)",
                {
                    "day": lambda row: day(row.day),
                    "drifted": lambda row: count(row.drifted),
                    "checks": lambda row: count(row.checks),
                    "unjudged": lambda row: count(row.unjudged),
                },
                numbers=frozenset({"drifted", "checks", "unjudged"}),
                folded=True,
            ),
        ),
    )


def _tone(found: LatestDrift) -> Tone:
    verdicts = {feature.verdict for feature in found.features}
    if "drifted" in verdicts:
        return Tone.ATTENTION
    return Tone.GOOD if "stable" in verdicts else Tone.UNKNOWN


def _conclude(found: LatestDrift) -> str:
    verdicts = Counter(feature.verdict for feature in found.features)
    when = f"in the window to {window(found.window_start, found.window_end).rpartition('to ')[2]}"
    judged = verdicts["drifted"] + verdicts["stable"]
    if not judged:
        return f"No feature could be judged {when}: {found.reason}."
    unjudged = len(found.features) - judged
    beside = f"; {count(unjudged)} more could not be judged" if unjudged else ""
    drifted = [feature for feature in found.features if feature.verdict == "drifted"]
    if not drifted:
        return f"None of {counted(judged, 'judged feature')} drifted {when}{beside}."
    return (
        f"{count(len(drifted))} of {counted(judged, 'judged feature')} drifted {when}, "
        f"first to look at: {_first(drifted)}{beside}."
    )


def _first(drifted: list[FeatureDrift], most: int = 3) -> str:
    said = [
        short(feature.feature, 32) + ("" if feature.ratio is None else f" ({_times(feature.ratio)} × its threshold)")
        for feature in drifted[:most]
    ]
    return ", ".join(said)


def _times(ratio: float) -> str:
    """Return how many times a score is its threshold; the ranking counts no further than ten."""
    return "10 or more" if ratio >= MOST else f"{ratio:.2f}"


def _plots(data: ReportData) -> tuple[OverTime, ...]:
    days = [one for one in data.drift_days if one.checks]
    if len(days) < 2:  # noqa: PLR2004 - one point makes no trend
        return ()
    newest = days[-1]
    return (
        OverTime(
            title="Drift checks that found drift, by day",
            description=f"The share of drift checks that found drift by day; on {day(newest.day)} "
            f"{percent(newest.drifted / newest.checks)} of {counted(newest.checks, 'check')}.",
            wide=True,
            start=data.start,
            end=data.at,
            unit="%",
            from_zero=True,
            lines=(
                Line(
                    label="drifted",
                    times=tuple(midnight(one.day) for one in days),
                    values=tuple(one.drifted / one.checks for one in days),
                    accent=True,
                ),
            ),
        ),
    )
