"""Whether rows and features are sound as data."""

from __future__ import annotations

from driftgauge.report.data import ReportData
from driftgauge.report.section import Section, Tone, badge, table_of
from driftgauge.report.wording import count, counted, listing, number, spaced


def quality(data: ReportData) -> Section:
    """Return the section: the last verdict of each check, faults first."""
    faults = [row for row in data.quality if row.verdict == "faulty"]
    judged = [row for row in data.quality if row.verdict in {"faulty", "sound"}]
    recent = f"in the last {data.hours:g} hours"
    if not judged:
        said, tone = f"No check of data quality could be judged {recent}.", Tone.UNKNOWN
    elif faults:
        named = listing([f"{spaced(row.check)}{f' of {row.feature}' if row.feature else ''}" for row in faults])
        said, tone = f"{counted(len(faults), 'check')} of data quality found a fault: {named}.", Tone.ATTENTION
    else:
        said, tone = f"All {counted(len(judged), 'check')} of data quality {recent} are sound.", Tone.GOOD
    return Section(
        key="quality",
        title="Data quality",
        conclusion=said,
        tone=tone,
        tables=table_of(
            data.quality,
            "Checks, faults first",
            {
                "feature": lambda row: row.feature or "(rows)",
                "check": lambda row: spaced(row.check),
                "verdict": lambda row: badge(row.verdict),
                "value": lambda row: number(row.value),
                "threshold": lambda row: number(row.threshold),
                "rows": lambda row: "" if row.rows is None else count(row.rows),
                "why": lambda row: row.reason,
            },
            numbers=frozenset({"value", "threshold", "rows"}),
        ),
    )
