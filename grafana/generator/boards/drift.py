"""Which features are not as in the reference, by how much, since when, and for whom."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Row
from generator.kinds.over_time import heat, lines, timeline
from generator.kinds.values import figure, ranking, rows
from generator.links import EVIDENCE, of_choice
from generator.marks import OF_A_MODEL
from generator.panels import STABLE_OR_DRIFTED, Column
from generator.phrases import (
    FEATURE,
    NOT_JUDGED,
    OF_FEATURE,
    OF_MODEL,
    TO_EVIDENCE,
    VERDICT,
    VERDICTS,
    ever,
    one_of,
    since,
)
from generator.promql import MODEL
from generator.queries import Prom
from generator.sections.segments import SEGMENTS
from generator.sections.soundness import QUALITY
from generator.variables import ONE_MODEL, Label

OF_TEST: Final = f"{FEATURE}, test"
CHOSEN: Final = '@model, feature=~"$feature", test=~"$test"'
RATIO: Final = f"ml_feature_drift_score{{{CHOSEN}}} / (ml_feature_drift_threshold{{{CHOSEN}}} > 0)"
LAST_RATIO: Final = (
    f"last_over_time(ml_feature_drift_score{{{CHOSEN}}}[$__range] @ end()) "
    f"/ (last_over_time(ml_feature_drift_threshold{{{CHOSEN}}}[$__range] @ end()) > 0)"
)
FOREMOST: Final = f"and topk(5, max by ({OF_TEST}) ({LAST_RATIO}))"
CHOICE_TO_EVIDENCE: Final = of_choice(
    "Distributions and reasons", EVIDENCE, "model", "version", "environment", "feature"
)
CHOICE_TO_EXPLAIN: Final = of_choice(
    "Does the model still reason as it did?", "driftgauge-explain", "model", "version", "environment", "feature"
)

NOW: Final = Row(
    title="Has the data drifted?",
    panels=(
        figure(
            "Any feature",
            "The verdict on the newest window: drifted if any feature is. One feature alone is worth a look and no "
            "more; what it means for the model is the next figure.",
            Prom(expr=one_of("ml_drift_verdict", "verdict", VERDICTS, MODEL), legend=OF_MODEL, now=True),
            unit="none",
            states=VERDICT,
            no_value="not judged",
        ),
        figure(
            "Data as a whole",
            "Drifted when the features that drifted have the limit's share of all importance, or of all features where "
            "no importance is known. This is what DatasetDrift alerts on: the runbook says what to do.",
            Prom(expr=f"max by ({MODEL}) (ml_dataset_drifted{{@model}})", legend=OF_MODEL, now=True),
            unit="none",
            states=STABLE_OR_DRIFTED,
            no_value="not judged",
        ),
        figure(
            "Drifted for",
            "How long some feature has been drifted without a break, as far back as the time that is shown. Compare it "
            "with the last release and with the marks in the panels below.",
            Prom(
                expr=since(f'max by ({MODEL}) (ml_drift_verdict{{@model, verdict="drifted"}})'),
                legend=OF_MODEL,
                now=True,
            ),
            unit="s",
            decimals=1,
            no_value="not drifted",
        ),
        figure(
            "Features drifted",
            "How many features are judged drifted now. Nearly all at once is seldom the world: look for a broken join, "
            "another unit or another population first.",
            Prom(
                expr=f"sum by ({MODEL}) (max by ({FEATURE}) (ml_feature_drifted{{@model}}))", legend=OF_MODEL, now=True
            ),
            unit="none",
            no_value="not judged",
        ),
        figure(
            "Score of all together",
            "The drift of all features in one number, weighed by importance where it is known. It has no limit of its "
            "own: watch whether it grows.",
            Prom(expr=f"max by ({MODEL}) (ml_dataset_drift_score{{@model}})", legend=OF_MODEL, now=True),
            unit="short",
            decimals=2,
            no_value="not judged",
        ),
        figure(
            "Rows judged",
            "Rows in the window that was judged last. With fewer than drift.minimum_rows nothing is judged; a sudden "
            "fall is a matter of traffic, not of drift.",
            Prom(expr=f"max by ({MODEL}) (ml_drift_window_rows{{@model}})", legend=OF_MODEL, now=True),
            unit="short",
            no_value="no window",
        ),
        ranking(
            "Farthest over their thresholds",
            "The ten features with the highest score of any chosen test, in multiples of that test's threshold; 1 is "
            "at it. A high score alone is no verdict, since chance and seasons are weighed too: see the verdicts "
            "below. Click a bar for the evidence.",
            Prom(expr=f"sort_desc(topk(10, max by ({FEATURE}) ({RATIO})))", legend=OF_FEATURE, now=True),
            unit="short",
            decimals=2,
            no_value=NOT_JUDGED,
            width=8,
            links=(TO_EVIDENCE,),
        ).leading_to(CHOICE_TO_EVIDENCE, CHOICE_TO_EXPLAIN),
        lines(
            "Share drifted",
            "Which share of the features drifted, by importance where services log it, and by number. At the dashed "
            "limit (drift.dataset_share) the data as a whole is drifted; by importance counts where both are known.",
            Prom(expr=f"max by ({MODEL}) (ml_drifted_importance_ratio{{@model}})", legend=f"by importance {OF_MODEL}"),
            Prom(expr=f"max by ({MODEL}) (ml_drifted_features_ratio{{@model}})", legend=f"by number {OF_MODEL}"),
            Prom(expr="max(ml_dataset_drift_threshold_ratio{@model})", legend="limit", look="limit"),
            unit="percentunit",
            low=0,
            high=1,
            steps=True,
            width=8,
            height=9,
            no_value=NOT_JUDGED,
        ),
        rows(
            "Reference in force",
            "What each version is compared with, where it came from and of how many rows and features. Four weeks of "
            "logged predictions make the best one; if it is automatic and young, set one: driftgauge reference set.",
            Prom(
                expr=f"max by ({MODEL}, reference_id, source, rows, features) (ml_reference_info{{@model}})", now=True
            ),
            columns=(
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="reference_id", title="Reference"),
                Column(of="source", title="From"),
                Column(of="rows", title="Rows"),
                Column(of="features", title="Features"),
            ),
            no_value="No reference yet: one is made of the first rows, or set one by driftgauge reference set.",
            width=8,
            sort="version",
            descending=False,
        ),
    ),
)
FEATURES: Final = Row(
    title="Which features, and since when?",
    panels=(
        heat(
            "Scores over thresholds by feature",
            "Each row is a feature, each colour its highest score of the chosen tests in multiples of the threshold: "
            "what stands out from the background is far, the middle of the scale is at the threshold. Rows that begin "
            "to stand out together have one cause; one that always did was never as in the reference.",
            Prom(expr=f"max by ({FEATURE}) ({RATIO})", legend=OF_FEATURE),
            unit="none",
            low=0,
            high=2,
            width=24,
            height=10,
            no_value=NOT_JUDGED,
        ).leading_to(CHOICE_TO_EVIDENCE),
        timeline(
            "Features that drifted",
            "The verdicts of those features that drifted at some time that is shown. This is what decides and what "
            "FeatureDrift alerts on; driftgauge show drift has the reason of each in words and numbers.",
            Prom(expr=ever(FEATURE, 'ml_feature_drifted{@model, feature=~"$feature"}'), legend=OF_FEATURE),
            states=STABLE_OR_DRIFTED,
            height=9,
            no_value="No chosen feature drifted in this time, or none was judged.",
            links=(TO_EVIDENCE,),
        ).leading_to(CHOICE_TO_EVIDENCE),
    ),
)
TESTS: Final = Row(
    title="A feature, test by test",
    panels=(
        lines(
            "Scores and their thresholds",
            "The scores of the chosen features and tests with each test's threshold, dashed; of more than five those "
            "that are farthest over it now. Each test has a unit of its own: docs/drift-tests.md says what a score "
            "means. Choose one feature above to see it alone.",
            Prom(
                expr=f"max by ({OF_TEST}) (ml_feature_drift_score{{{CHOSEN}}}) {FOREMOST}",
                legend="{{test}}: {{feature}} {{version}} {{environment}}",
            ),
            Prom(
                expr=f"max by ({OF_TEST}) (ml_feature_drift_threshold{{{CHOSEN}}}) {FOREMOST}",
                legend="{{test}}: limit {{feature}} {{version}} {{environment}}",
                look="limit",
            ),
            unit="short",
            low=0,
            steps=True,
            height=9,
            no_value=NOT_JUDGED,
            links=(TO_EVIDENCE,),
        ),
        lines(
            "P-values",
            "How likely so great a change would be by chance, of the five least likely; not corrected for many tests, "
            "and on a logarithmic scale that ends at 1e-12. With many rows small values are common: they alone decide "
            "nothing. Distances such as psi have none.",
            Prom(
                expr=f"clamp_min(min by ({OF_TEST}) (ml_feature_drift_p_value{{{CHOSEN}}}), 1e-12) "
                f"and bottomk(5, min by ({OF_TEST}) "
                f"(last_over_time(ml_feature_drift_p_value{{{CHOSEN}}}[$__range] @ end())))",
                legend="{{test}}: {{feature}} {{version}} {{environment}}",
            ),
            unit="none",
            logarithmic=True,
            steps=True,
            height=9,
            no_value="None of the chosen tests has a p-value, or nothing was judged.",
            links=(TO_EVIDENCE,),
        ),
    ),
)
BOARD: Final = Board(
    uid="driftgauge-drift",
    title="driftgauge / Drift",
    whom="data scientists",
    answers=(
        "Has the data drifted, and since when?",
        "Which features are farthest from the reference?",
        "For whom: all traffic, or a segment?",
        "Are the rows sound as data?",
    ),
    variables=(
        *ONE_MODEL,
        Label(name="feature", metric="ml_feature_drift_score{@model}", label="feature", title="Feature"),
        Label(name="test", metric='ml_feature_drift_score{@model, feature=~"$feature"}', label="test", title="Test"),
        Label(name="segment", metric="ml_segment_drift_window_rows{@model}", label="segment", title="Segment"),
    ),
    marks=OF_A_MODEL,
    rows=(NOW, FEATURES, TESTS, SEGMENTS, QUALITY),
)
