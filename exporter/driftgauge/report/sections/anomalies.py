"""Whether traffic, latency, errors and logged metrics are as usual."""

from __future__ import annotations

from driftgauge.report.data import ReportData
from driftgauge.report.section import Section, Tone, badge, table_of
from driftgauge.report.wording import counted, listing, moment, number


def anomalies(data: ReportData) -> Section:
    """Return the section: the hours that were not as usual, and what each metric was last."""
    unusual = [row for row in data.anomalies if row.verdict == "anomalous"]
    judged = {row.metric for row in data.anomalies if row.verdict != "insufficient_data"}
    if unusual:
        names = list(dict.fromkeys(row.metric for row in unusual))
        said = (
            f"{counted(len(unusual), 'hour')} of the last {data.days} days had a metric that was not as usual "
            f"({listing(names)}), the last from {moment(unusual[0].hour)} on."
        )
        tone = Tone.ATTENTION
    elif judged:
        said, tone = f"{counted(len(judged), 'metric')} judged, all as usual over {data.days} days.", Tone.GOOD
    else:
        said, tone = "No metric has enough history yet to tell what is usual.", Tone.UNKNOWN
    return Section(
        key="anomalies",
        title="Anomalies of metrics",
        conclusion=said,
        tone=tone,
        tables=table_of(
            sorted(data.anomalies, key=lambda row: row.verdict != "anomalous"),
            "Metrics by hour, those that were not as usual first",
            {
                "hour from": lambda row: moment(row.hour),
                "metric": lambda row: row.metric,
                "verdict": lambda row: badge(row.verdict),
                "direction": lambda row: row.direction or "",
                "value": lambda row: number(row.value),
                "usual": lambda row: number(row.expected),
                "why": lambda row: row.reason,
            },
            numbers=frozenset({"value", "usual"}),
        ),
    )
