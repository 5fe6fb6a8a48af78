"""Whether what follows from the features is another than it was, by detectors of errors and tests of metrics."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Mark, Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import figure, rows
from generator.links import of_choice, of_row, of_series
from generator.marks import ALERTS, MONITOR, NEW_VERSION
from generator.panels import ORANGE, STABLE_OR_DRIFTED, Column
from generator.phrases import OF_MODEL
from generator.promql import MODEL
from generator.queries import Prom
from generator.variables import ONE_MODEL, Label

BY: Final = f"{MODEL}, detector, metric"
CHOSEN: Final = '{@model, detector=~"$detector", metric=~"$metric"}'
OF_DETECTOR: Final = "{{metric}} by {{detector}} {{version}} {{environment}}"
PERFORMANCE: Final = "driftgauge-performance"
UNWATCHED: Final = (
    "Nothing is watched: it needs outcomes that match predictions (driftgauge show concept says why, for each "
    "detector)."
)
NO_OUTCOMES: Final = "No cohort of predictions has had time for its outcomes (outcomes.maturity)."
TO_PERFORMANCE: Final = of_choice("How well does it do?", PERFORMANCE, "model", "version", "environment")
CHANGED: Final = Mark(
    name="Concept changed",
    expr=f"max by ({BY}) (ml_concept_drift_timestamp_seconds{CHOSEN}) * 1000",
    text="{{metric}} of {{model}} {{version}} ({{environment}}) changed here, as {{detector}} tells",
    colour=ORANGE,
    at_value=True,
)

NOW: Final = Row(
    title="Does the model still get it right as it did?",
    panels=(
        figure(
            "Concept",
            "Whether any chosen detector or test has told a change lately. It stays so for concept.recent (a day) "
            "after a detector told it, and as long as the last days differ for the t test. Go on with ConceptDrift in "
            "the runbook.",
            Prom(expr=f"max by ({MODEL}) (ml_concept_drift_detected{CHOSEN})", legend=OF_MODEL, now=True),
            unit="none",
            states=STABLE_OR_DRIFTED,
            no_value="not watched",
        ),
        figure(
            "Detectors that told",
            "How many pairs of a detector and a metric tell a change now. Several that agree are surer than one: "
            "detectors such as cusum and page_hinkley cry wolf by their defaults.",
            Prom(
                expr=f"sum by ({MODEL}) (max by ({BY}) (ml_concept_drift_detected{CHOSEN}))", legend=OF_MODEL, now=True
            ),
            unit="none",
            no_value="not watched",
        ),
        figure(
            "Nearest to a change",
            "The highest score of any chosen detector or test: from 1 on it is a change. After one a detector starts "
            "again at 0, so a low score beside a change in the figure on the left is no contradiction.",
            Prom(expr=f"max by ({MODEL}) (ml_concept_drift_score{CHOSEN})", legend=OF_MODEL, now=True),
            unit="percentunit",
            decimals=0,
            no_value="not watched",
        ),
        figure(
            "Last change",
            "When the last change was, by the time of the predictions in which it was seen. Outcomes come late, so it "
            "may have been told days after; ask what was released or happened then.",
            Prom(
                expr=f"max by ({MODEL}) (ml_concept_drift_timestamp_seconds{CHOSEN}) * 1000",
                legend=OF_MODEL,
                now=True,
            ),
            unit="dateTimeFromNow",
            no_value="none so far",
        ),
        figure(
            "Outcomes known",
            "The share of the predictions of the latest matured cohort that have an outcome. Detectors see only "
            "these: where outcomes come for some predictions only, a change may be one of who answers.",
            Prom(expr=f"max by ({MODEL}) (ml_outcome_coverage_ratio{{@model}})", legend=OF_MODEL, now=True),
            unit="percentunit",
            decimals=0,
            no_value="no cohort yet",
        ),
        figure(
            "Outcomes come after",
            "The mean time from a prediction to its outcome in the latest matured cohort. No detector can tell a "
            "change sooner than that: estimates on the performance dashboard can.",
            Prom(expr=f"max by ({MODEL}) (ml_outcome_lag_seconds{{@model}})", legend=OF_MODEL, now=True),
            unit="s",
            decimals=1,
            no_value="no cohort yet",
        ),
        lines(
            "How far detectors have gone",
            "The score of each detector and test, in multiples of its own threshold: where it reaches the dashed line "
            "it tells a change and starts again. A score that climbs for hours is a change that is small or slow; one "
            "that jumps is a sudden one.",
            Prom(expr=f"max by ({BY}) (ml_concept_drift_score{CHOSEN})", legend=OF_DETECTOR),
            # A score is in multiples of its threshold, so the threshold is the 1 that group() gives.
            Prom(expr=f"group(ml_concept_drift_score{CHOSEN})", legend="a change", look="limit"),
            unit="short",
            low=0,
            width=24,
            height=9,
            no_value=UNWATCHED,
            links=(of_series("Performance of this model", PERFORMANCE, "model", "version", "environment"),),
        ).leading_to(TO_PERFORMANCE),
        timeline(
            "Changes that were told",
            "When each detector or test told a change, and for how long it has been news. One that is short and alone "
            "may be chance; several at one time are a change, and its time is in the table below.",
            Prom(expr=f"max by ({BY}) (ml_concept_drift_detected{CHOSEN})", legend=OF_DETECTOR),
            states=STABLE_OR_DRIFTED,
            height=7,
            no_value=UNWATCHED,
        ).leading_to(TO_PERFORMANCE),
    ),
)
CHANGES: Final = Row(
    title="What changed, and when?",
    panels=(
        rows(
            "Detectors and their last changes",
            "Each detector and metric with its score, whether it tells a change now, and when its last one was. "
            "driftgauge show concept adds the means before and after and the direction: of errors up is worse. A "
            "change for the better ends by itself; else retrain on what came after.",
            Prom(expr=f"max by ({BY}) (ml_concept_drift_score{CHOSEN})", now=True),
            Prom(expr=f"max by ({BY}) (ml_concept_drift_detected{CHOSEN})", now=True),
            Prom(expr=f"max by ({BY}) (ml_concept_drift_timestamp_seconds{CHOSEN}) * 1000", now=True),
            Prom(expr=f"time() - max by ({BY}) (ml_concept_drift_timestamp_seconds{CHOSEN})", now=True),
            columns=(
                Column(
                    of="metric",
                    title="Metric",
                    links=(of_row("Performance", PERFORMANCE, "model", "version", "environment"),),
                ),
                Column(of="detector", title="Detector"),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="model", title="Model", hidden=True),
                Column(of="Value #B", title="Now", states=STABLE_OR_DRIFTED),
                Column(of="Value #A", title="Of its threshold", unit="percentunit", decimals=0),
                Column(of="Value #C", title="Last change", unit="dateTimeAsIso"),
                Column(of="Value #D", title="Ago", unit="s", decimals=1),
            ),
            no_value=UNWATCHED,
            sort="Value #A",
            width=12,
        ),
        lines(
            "Realised performance",
            "What the detectors are about: each metric of the latest matured cohort, from outcomes. The marks show "
            "when a change was told to have been; whether it is for better or worse is seen here.",
            Prom(
                expr=f'max by ({MODEL}, metric) (ml_performance_score{{@model, basis="realised"}})',
                legend="{{metric}} {{version}} {{environment}}",
            ),
            unit="short",
            steps=True,
            height=9,
            no_value=NO_OUTCOMES,
            links=(of_series("Performance of this model", PERFORMANCE, "model", "version", "environment"),),
        ).leading_to(
            TO_PERFORMANCE,
            of_choice("Have its inputs drifted?", "driftgauge-drift", "model", "version", "environment"),
            of_choice("Reasons and means, before and after", "driftgauge-evidence", "model", "version", "environment"),
        ),
    ),
)

BOARD: Final = Board(
    uid="driftgauge-concept",
    title="driftgauge / Concept",
    whom="data scientists",
    answers=(
        "Does what follows from the features differ from what the model learned?",
        "Which metric changed, by which detector, and when?",
        "Are there outcomes enough to tell?",
    ),
    variables=(
        *ONE_MODEL,
        Label(name="metric", metric="ml_concept_drift_score{@model}", label="metric", title="Metric"),
        Label(
            name="detector",
            metric='ml_concept_drift_score{@model, metric=~"$metric"}',
            label="detector",
            title="Detector",
        ),
    ),
    marks=(CHANGED, NEW_VERSION, ALERTS, MONITOR),
    rows=(NOW, CHANGES),
    span="now-7d",
)
