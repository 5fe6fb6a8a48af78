"""Which models are unhealthy, why, and since when."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import ranking, rows
from generator.links import of_row, of_series
from generator.marks import OF_A_MODEL
from generator.panels import Column
from generator.promql import (
    CRITICAL_OR_WARNING,
    KEYS,
    MODEL,
    NAME,
    WELL_OR_LOW,
    alerts_told,
    failed_share,
    health_state,
    newest,
    predictions,
    taken_away,
)
from generator.queries import Prom
from generator.sections.fleet_now import FIGURES, TABLE
from generator.variables import MODELS

SINCE: Final = Row(
    title="Since when?",
    panels=(
        timeline(
            "Health below its limit",
            "When each model's health was below its exported limit, and when a version was replaced by another. "
            "Normal is green throughout. Click a bar for the model, and look at the marks: did it begin with a new "
            "version?",
            Prom(expr=health_state(), legend=NAME),
            states=WELL_OR_LOW,
            no_value="No health is known yet.",
            width=12,
            height=9,
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
        timeline(
            "Alerts that fired",
            "When which alert fired for which model, critical or warning, those of the exporter itself included. What "
            "began first is often the cause of the others; each name is a heading in the runbook.",
            Prom(expr=alerts_told(MODEL, "@either"), legend="{{alertname}} {{model}} {{version}}"),
            states=CRITICAL_OR_WARNING,
            no_value="No alert fired in this time.",
            width=12,
            height=9,
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
    ),
)

WHY: Final = Row(
    title="Why?",
    panels=(
        ranking(
            "What takes most health away",
            "The components that take most of a model's score away, over all chosen models: a component at 0 takes "
            "its weight. Normal is a few per cent. Each component is judged by a job of its own and explained in "
            "docs/health.md; click a bar for the model.",
            Prom(
                expr=f"sort_desc(topk(10, {taken_away()} > 0))",
                legend=f"{{{{component}}}}: {NAME}",
                now=True,
            ),
            unit="percentunit",
            decimals=0,
            no_value="Nothing takes anything away, or no health is known yet.",
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
        ranking(
            "Fallen most",
            "How far the health of a model is now below its best within the time shown: the worst movers first. "
            "Normal is nothing. A model that fell is more urgent than one that was always low; the marks of the "
            "panels above say what happened then.",
            Prom(
                expr="sort_desc(topk(10, "
                f"{newest('max_over_time(ml_health_score{@model}[$__range]) - ml_health_score{@model}')} > 0))",
                legend=NAME,
                now=True,
            ),
            unit="none",
            decimals=2,
            no_value="No model's health is below its best of this time.",
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
        ranking(
            "Features drifted farthest",
            "Features that are judged drifted, by how many times their score is above its threshold. A score only "
            "just above 1 is often a matter of the season; one of 5 is usually a broken pipeline. Click a bar for the "
            "feature's history; FeatureDrift in the runbook says what to do.",
            Prom(
                expr="sort_desc(topk(10, "
                + newest(
                    "ml_feature_drift_score{@model} / (ml_feature_drift_threshold{@model} > 0)", f"feature, {MODEL}"
                )
                + f" and on (feature, {MODEL}) ml_feature_drifted{{@model}} == 1))",
                legend=f"{{{{feature}}}}: {NAME}",
                now=True,
            ),
            unit="suffix: ×",
            decimals=1,
            no_value="No feature is judged drifted.",
            links=(of_series("This feature", "driftgauge-drift", *KEYS, "feature"),),
        ),
        rows(
            "Alerts that nobody has acknowledged",
            "What fires and was not acknowledged, silenced or hidden by another alert, the longest first, beside how "
            "long it may wait. Take one with `driftgauge alerts ack NUMBER --for 4h --comment …`; "
            "AlertUnacknowledged fires for what has waited too long.",
            Prom(
                expr="max by (alert, severity, feature, environment, model, version) "
                '(ml_alert_unacknowledged_seconds{@either, alert!="AlertUnacknowledged"})',
                now=True,
            ),
            Prom(
                expr="max by (alert, severity, feature, environment, model, version) "
                '(ml_alert_unacknowledged_seconds{@either, alert!="AlertUnacknowledged"} * 0 '
                "+ on (job, instance, severity) group_left () "
                "driftgauge_alert_unacknowledged_threshold_seconds{@exporter})",
                now=True,
            ),
            columns=(
                Column(of="alert", title="Alert"),
                Column(of="severity", title="Severity"),
                Column(of="model", title="Model", links=(of_row("This model", "driftgauge-model", *KEYS),)),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="feature", title="Feature"),
                Column(of="Value #A", title="Has waited", unit="s", decimals=0),
                Column(of="Value #B", title="may wait", unit="s", decimals=0),
            ),
            no_value="Every alert is acknowledged, silenced or over.",
            sort="Value #A",
            width=12,
        ),
    ),
)

TRAFFIC: Final = Row(
    title="Traffic",
    panels=(
        lines(
            "Predictions by model",
            "Predictions a second of each model and version, however they ended. Normal is the shape of the day "
            "before; a fall to nothing becomes ModelSilent, an unusual hour MetricAnomaly.",
            Prom(expr=predictions(), legend=NAME),
            unit="cps",
            no_value="Nobody has logged a prediction in this time.",
            width=8,
            low=0,
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
        lines(
            "Failed predictions by model",
            "Share of the predictions whose status is not `success`. What is normal is each model's objective; the "
            "dashboard SLO shows how fast its budget burns, and ErrorBudgetBurn says when to act.",
            Prom(expr=failed_share(), legend=NAME),
            unit="percentunit",
            no_value="Nobody has logged a prediction in this time.",
            width=8,
            low=0,
            links=(of_series("Its budget", "driftgauge-slo", *KEYS),),
        ),
        lines(
            "Silence by model",
            "How long ago each model last predicted, as a share of how long it may be silent by its usual gaps. "
            "Normal is below 100 %; above it ModelSilent follows, unless another version has taken over.",
            Prom(
                expr=newest(
                    "(time() - ml_last_prediction_timestamp_seconds{@model}) / (ml_silence_limit_seconds{@model} > 0)"
                ),
                legend=NAME,
            ),
            unit="percentunit",
            no_value="No model has logged for a day, after which its usual gaps are known.",
            width=8,
            low=0,
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
    ),
)

BOARD: Final = Board(
    uid="driftgauge-fleet",
    title="driftgauge / Fleet",
    whom="whoever is on call, and leads",
    answers=(
        "Which models are unhealthy?",
        "Why, and since when?",
        "Who has been told, and who has answered?",
        "Is what is shown fresh?",
    ),
    variables=MODELS,
    marks=OF_A_MODEL,
    rows=(
        Row(title="What is wrong now?", panels=(*FIGURES, TABLE)),
        SINCE,
        WHY,
        TRAFFIC,
    ),
)
