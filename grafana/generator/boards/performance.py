"""How well a model does: by the outcomes of its predictions, and by estimates before they come."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models.common import BigValueTextMode

from generator.board import Board, Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import figure, rows
from generator.links import of_choice, of_row
from generator.marks import OF_A_MODEL
from generator.panels import Column
from generator.promql import EACH_VERSION, KEYS, MODEL, NORMAL_OR_DEGRADED, VERSION, newest
from generator.queries import Prom
from generator.sections.outcomes import CALIBRATION, OUTCOMES
from generator.variables import ONE_MODEL, Label

METRIC: Final = f"metric, {MODEL}"
CHOSEN: Final = '@model, metric="$metric"'


def score(basis: str) -> Prom:
    """Ask for every metric of the newest cohort."""
    return Prom(expr=newest(f'ml_performance_score{{@model, basis="{basis}"}}', METRIC), now=True)


def verdict(basis: str) -> Prom:
    """Ask whether it is judged degraded."""
    return Prom(expr=newest(f'ml_performance_degraded{{@model, basis="{basis}"}}', METRIC), now=True)


def bound(of: str, basis: str, end: str) -> Prom:
    """Ask for the lower or upper end of what it is held against, or of where it should lie."""
    return Prom(expr=newest(f'ml_performance_{of}{{@model, basis="{basis}", bound="{end}"}}', METRIC), now=True)


def limits(basis: str) -> Prom:
    """Ask for the limits of the chosen metric over time."""
    return Prom(
        expr=newest(f'ml_performance_threshold{{{CHOSEN}, basis="{basis}"}}', f"bound, {VERSION}"),
        legend=f"{{{{bound}}}} limit {EACH_VERSION}",
        look="limit",
    )


NOW: Final = Row(
    title="Is it good enough?",
    panels=(
        figure(
            "Outcomes that came",
            "Share of the predictions of the latest matured cohort that have an outcome. Normal is what it was in the "
            "weeks before; if it is far below, outcomes are late or lost, and the values are of those that came, "
            "which need not be like the rest.",
            Prom(expr=f"max by ({VERSION}) (ml_outcome_coverage_ratio{{@model}})", legend=EACH_VERSION, now=True),
            unit="percentunit",
            decimals=1,
            no_value="no cohort has matured",
            width=6,
        ),
        figure(
            "Outcomes come after",
            "Mean time from a prediction to its outcome in the latest matured cohort. If it grows towards "
            "`outcomes.maturity` (7 days), outcomes are missed: raise the maturity.",
            Prom(expr=f"max by ({VERSION}) (ml_outcome_lag_seconds{{@model}})", legend=EACH_VERSION, now=True),
            unit="s",
            no_value="no cohort has matured",
            width=6,
        ),
        figure(
            "Cohort ended, ago",
            "How long ago the cohort ended that is shown as realised, and the one that is estimated. Realised is older "
            "by as long as outcomes are waited for; if estimated is older than two cohorts, nothing was logged since.",
            Prom(
                expr=f"time() - max by (basis, {VERSION}) (ml_performance_cohort_timestamp_seconds{{@model}})",
                legend="{{basis}} {{version}}",
                now=True,
            ),
            text=BigValueTextMode.VALUE_AND_NAME,
            unit="s",
            decimals=0,
            no_value="no cohort is known",
            width=6,
        ),
        figure(
            "Rows judged",
            "Outcomes of the cohort that realised values are of, and predictions of the one that estimates are of. "
            "Below `performance.minimum_rows` (200) there is no verdict, and values are mostly chance.",
            Prom(
                expr=f"max by (basis, {VERSION}) (ml_performance_rows{{@model}})",
                legend="{{basis}} {{version}}",
                now=True,
            ),
            text=BigValueTextMode.VALUE_AND_NAME,
            unit="short",
            no_value="no cohort is known",
            width=6,
        ),
        rows(
            "Metrics of the latest cohorts",
            "Every metric by the outcomes of the latest matured cohort, and as estimated for the latest closed one, "
            "each with its verdict and the limits that it is held against. An estimate knows what changed inputs do, "
            "not that the concept changed; should is where the realised value will probably lie. Click a metric to "
            "see it over time below; docs/performance-metrics.md says what each is, and `driftgauge show performance "
            "--model NAME` gives reasons.",
            score("realised"),
            verdict("realised"),
            bound("threshold", "realised", "lower"),
            bound("threshold", "realised", "upper"),
            score("estimated"),
            verdict("estimated"),
            bound("confidence", "estimated", "lower"),
            bound("confidence", "estimated", "upper"),
            bound("threshold", "estimated", "lower"),
            bound("threshold", "estimated", "upper"),
            columns=(
                Column(
                    of="metric",
                    title="Metric",
                    links=(of_row("This metric over time", "driftgauge-performance", *KEYS, "metric"),),
                ),
                Column(of="model", title="Model", hidden=True),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="Value #A", title="Realised", decimals=4),
                Column(of="Value #B", title="is", states=NORMAL_OR_DEGRADED),
                Column(of="Value #C", title="not below", decimals=4),
                Column(of="Value #D", title="not above", decimals=4),
                Column(of="Value #E", title="Estimated", decimals=4),
                Column(of="Value #F", title="will be", states=NORMAL_OR_DEGRADED),
                Column(of="Value #G", title="should, from", decimals=4),
                Column(of="Value #H", title="should, to", decimals=4),
                Column(of="Value #I", title="estimate not below", decimals=4),
                Column(of="Value #J", title="estimate not above", decimals=4),
            ),
            no_value="Nothing is known yet: log outcomes (docs/outcomes.md), then wait until a cohort has matured.",
            sort="metric",
            descending=False,
            height=10,
        ).leading_to(of_choice("Each cohort, and its calibration", "driftgauge-evidence", *KEYS)),
        timeline(
            "When metrics were degraded",
            "When which metric was judged degraded, by outcomes and by estimate. One metric alone is often chance, "
            "most at once are not. If it began with a mark, begin there: a new version, or drift; "
            "PerformanceBelowFloor in the runbook says what to do.",
            Prom(
                expr=newest("ml_performance_degraded{@model}", f"basis, metric, {VERSION}"),
                legend="{{metric}} {{basis}} {{version}}",
            ),
            states=NORMAL_OR_DEGRADED,
            no_value="Nothing is judged yet: that takes ten matured cohorts of 200 outcomes, or limits of your own.",
            height=10,
        ),
    ),
)

OVER_TIME: Final = Row(
    title="$metric, since when?",
    panels=(
        lines(
            "Realised $metric",
            "The chosen metric by the outcomes of the latest matured cohort at that time, dashed its limits: the band "
            "of the reference's cohorts, or what was set. It moves when a cohort matures, and is as old as that takes. "
            "Beyond a dashed line on the worse side it is degraded.",
            Prom(
                expr=newest(f'ml_performance_score{{{CHOSEN}, basis="realised"}}', VERSION),
                legend=f"realised {EACH_VERSION}",
            ),
            limits("realised"),
            unit="none",
            no_value="This metric has no realised value: no cohort with outcomes has matured.",
            steps=True,
            height=9,
        ),
        lines(
            "Estimated $metric",
            "The chosen metric as estimated for the latest closed cohort, in grey where the realised value should "
            "lie, dashed red its limits. If realised leaves the grey later, the estimate's calibration no longer "
            "holds: look at Concept.",
            Prom(
                expr=newest(f'ml_performance_score{{{CHOSEN}, basis="estimated"}}', VERSION),
                legend=f"estimated {EACH_VERSION}",
            ),
            Prom(
                expr=newest(f'ml_performance_confidence{{{CHOSEN}, basis="estimated"}}', f"bound, {VERSION}"),
                legend=f"should be {{{{bound}}}} {EACH_VERSION}",
                look="band",
            ),
            limits("estimated"),
            unit="none",
            no_value="This metric has no estimate: docs/model-performance.md says which have.",
            steps=True,
            height=9,
        ).leading_to(of_choice("Whether the concept changed", "driftgauge-concept", *KEYS)),
    ),
)

SEGMENTS: Final = Row(
    title="$metric, of whom?",
    panels=(
        rows(
            "Segments by $metric",
            "The chosen metric of each segment in its latest matured cohort, and how far it lies from that of all "
            "rows. A segment far off is where to look first, even if the whole is as it should be. Small segments vary "
            "by chance: `driftgauge show performance --segment NAME` has their rows.",
            Prom(expr=newest(f"ml_segment_performance_score{{{CHOSEN}}}", f"segment, {VERSION}"), now=True),
            Prom(
                expr=newest(
                    f"ml_segment_performance_score{{{CHOSEN}}} - on (job, instance, metric, {MODEL}) group_left () "
                    f'ml_performance_score{{{CHOSEN}, basis="realised"}}',
                    f"segment, {VERSION}",
                ),
                now=True,
            ),
            columns=(
                Column(of="segment", title="Segment"),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="Value #A", title="Realised", decimals=4),
                Column(of="Value #B", title="more than all rows by", decimals=4),
            ),
            no_value="No segment has a matured cohort, or predictions name no segment: docs/segments.md.",
            sort="Value #A",
            descending=False,
            width=12,
        ),
        lines(
            "Segments over time by $metric",
            "The chosen metric of each segment, as of its latest matured cohort; grey is that of all rows. One segment "
            "that leaves the others is a change in one part of the traffic: the dashboard Drift shows its features.",
            Prom(
                expr=newest(f"ml_segment_performance_score{{{CHOSEN}}}", f"segment, {VERSION}"),
                legend="{{segment}} {{version}}",
            ),
            Prom(
                expr=newest(f'ml_performance_score{{{CHOSEN}, basis="realised"}}', VERSION),
                legend="all rows {{version}}",
                look="quiet",
            ),
            unit="none",
            no_value="Neither a segment nor the whole has a matured cohort.",
            steps=True,
            height=9,
        ).leading_to(of_choice("Which segments drifted", "driftgauge-drift", *KEYS)),
    ),
)

BOARD: Final = Board(
    uid="driftgauge-performance",
    title="driftgauge / Performance",
    whom="data scientists",
    answers=(
        "Is the model as good as it should be, by outcomes and by estimate?",
        "Since when, by which metric, and for which part of its rows?",
        "Do its scores mean what they say?",
        "Do outcomes come, and soon enough?",
    ),
    variables=(
        *ONE_MODEL,
        Label(name="metric", metric="ml_performance_score{@model}", label="metric", title="Metric", many=False),
    ),
    marks=OF_A_MODEL,
    rows=(NOW, OVER_TIME, SEGMENTS, CALIBRATION, OUTCOMES),
    span="now-30d",
    refresh="5m",
)
