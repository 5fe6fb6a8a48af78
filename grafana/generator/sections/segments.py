"""For whom the data has drifted: the largest parts of the traffic, apart."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import rows
from generator.links import EVIDENCE, of_row
from generator.panels import STABLE_OR_DRIFTED, Column
from generator.phrases import FEATURE, VERDICT, VERDICTS, one_of
from generator.promql import MODEL
from generator.queries import Prom

OF_SEGMENT: Final = f"{MODEL}, segment"
NO_SEGMENT: Final = "No segment is judged: rows name none, or the reference was set before they did."

SEGMENTS: Final = Row(
    title="For whom?",
    panels=(
        timeline(
            "Segments",
            "The verdict on each of the largest parts of the traffic. One segment alone that drifted is hidden in the "
            "averages of all rows; all at once are no matter of segments.",
            Prom(
                expr=one_of(
                    "ml_segment_drift_verdict", "verdict", VERDICTS, OF_SEGMENT, chosen=', segment=~"$segment"'
                ),
                legend="{{segment}} {{version}} {{environment}}",
            ),
            states=VERDICT,
            width=12,
            no_value=NO_SEGMENT,
        ),
        lines(
            "Share of features drifted by segment",
            "Which share of its features drifted in each segment; the dashed line is the limit of the data as a "
            "whole. A segment that stands out is where to look first.",
            Prom(
                expr=f'max by ({OF_SEGMENT}) (ml_segment_drifted_features_ratio{{@model, segment=~"$segment"}})',
                legend="{{segment}} {{version}} {{environment}}",
            ),
            Prom(expr="max(ml_dataset_drift_threshold_ratio{@model})", legend="limit", look="limit"),
            unit="percentunit",
            low=0,
            high=1,
            steps=True,
            no_value=NO_SEGMENT,
        ),
        rows(
            "Features by segment",
            "Each feature in each segment with its verdict and its highest score in multiples of the threshold, at "
            "most 10; the 100 highest. driftgauge show drift --segment says why; the evidence has the reasons too.",
            Prom(
                expr=f"topk(100, max by ({FEATURE}, segment) (ml_segment_feature_drift_ratio"
                '{@model, segment=~"$segment", feature=~"$feature"}))',
                now=True,
            ),
            Prom(
                expr=f"max by ({FEATURE}, segment) (ml_segment_feature_drifted"
                '{@model, segment=~"$segment", feature=~"$feature"}) '
                f"and topk(100, max by ({FEATURE}, segment) (ml_segment_feature_drift_ratio"
                '{@model, segment=~"$segment", feature=~"$feature"}))',
                now=True,
            ),
            columns=(
                Column(of="segment", title="Segment"),
                Column(
                    of="feature",
                    title="Feature",
                    links=(of_row("Evidence", EVIDENCE, "model", "version", "environment", "feature"),),
                ),
                Column(of="model", title="Model", hidden=True),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="Value #B", title="Verdict", states=STABLE_OR_DRIFTED),
                Column(of="Value #A", title="Of its threshold", decimals=2),
            ),
            no_value=NO_SEGMENT,
            sort="Value #A",
            width=12,
        ),
        lines(
            "Rows judged by segment",
            "Rows of each segment in the window that was judged. A segment of fewer than drift.minimum_rows is told "
            "too few rows; which segments there are is decided when a reference is set.",
            Prom(
                expr=f'max by ({OF_SEGMENT}) (ml_segment_drift_window_rows{{@model, segment=~"$segment"}})',
                legend="{{segment}} {{version}} {{environment}}",
            ),
            unit="short",
            low=0,
            steps=True,
            height=9,
            no_value=NO_SEGMENT,
        ),
    ),
)
