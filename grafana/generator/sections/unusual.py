"""What was unusual about a model, and who was told."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import figure, rows
from generator.panels import GREEN, ORANGE, RED, Column, State
from generator.promql import (
    CRITICAL_OR_WARNING,
    EACH_VERSION,
    USUAL_OR_NOT,
    VERSION,
    alerts_told,
    newest,
    once,
)
from generator.queries import Prom

HOLDS_OR_NOT: Final = {"0": State(text="does not hold", colour=GREEN), "1": State(text="fires", colour=RED)}

UNUSUAL: Final = Row(
    title="Is anything unusual?",
    panels=(
        lines(
            "How unusual the last hour was",
            "How far each metric of the last closed hour lies from what is usual at such an hour, in multiples of "
            "what is allowed: above 1 it is unusual. Judged once an hour, after eight days of history; "
            "`driftgauge show anomalies --model NAME` says what is usual and what is allowed.",
            Prom(
                expr=newest("ml_anomaly_score{@model}", f"metric, {VERSION}"), legend=f"{{{{metric}}}} {EACH_VERSION}"
            ),
            unit="none",
            no_value="Nothing was judged yet: that takes eight days of history.",
            low=0,
            steps=True,
        ),
        timeline(
            "Hours that were unusual",
            "When each metric was judged unusually high (up) or low (down). Several at once are one incident; look at "
            "the marks, and at what happened in that hour. A new level is usual after four to five days.",
            Prom(
                expr=newest("ml_anomaly_detected{@model}", f"direction, metric, {VERSION}"),
                legend="{{metric}} {{direction}} {{version}}",
            ),
            states=USUAL_OR_NOT,
            no_value="Nothing was judged yet: that takes eight days of history.",
            width=12,
        ),
        lines(
            "Logged metrics",
            "The newest values of metrics that services log themselves (`log_metric`, or the table model_metrics): "
            "choose them above. They are judged like traffic and latency, by the hour.",
            Prom(
                expr=newest('ml_metric_value{@model, metric=~"$logged"}', f"metric, unit, {VERSION}"),
                legend=f"{{{{metric}}}} {{{{unit}}}} {EACH_VERSION}",
            ),
            unit="short",
            no_value="No service logs metrics for this model: it need not.",
            width=18,
            steps=True,
        ),
        figure(
            "Metrics left out",
            "Metrics beyond the first 50 by name, which are neither shown nor judged. If there are any, a service "
            "writes something that varies, such as an id, into the name: mend that.",
            Prom(expr=f"max by ({VERSION}) (ml_metrics_left_out{{@model}})", legend=EACH_VERSION, now=True),
            unit="none",
            states={"0": State(text="none", colour=GREEN)},
            colour=ORANGE,
            no_value="no service logs metrics",
            width=6,
            height=8,
        ),
    ),
)

TOLD: Final = Row(
    title="Who was told?",
    panels=(
        timeline(
            "Alerts of this model",
            "When which alert fired, critical or warning, each feature, metric and rule as one. What began first is "
            "often the cause of the others; each name is a heading in the runbook.",
            Prom(expr=alerts_told(VERSION), legend=f"{{{{alertname}}}} {EACH_VERSION}"),
            states=CRITICAL_OR_WARNING,
            no_value="No alert of this model fired in this time.",
            width=12,
            height=9,
        ),
        lines(
            "Alerts that have not ended",
            "Alerts as the exporter's history has them, by severity, and whether somebody has acknowledged them. "
            "Normal is none, or acknowledged; `driftgauge alerts list --model NAME` has each with its number.",
            Prom(
                expr=f"sum by (severity, acknowledged) ({once('ml_alerts_active{@model}')})",
                legend="{{severity}}, acknowledged: {{acknowledged}}",
            ),
            unit="none",
            no_value="No alert of this model has been told to the exporter.",
            low=0,
            height=9,
            steps=True,
            stacked=True,
        ),
        rows(
            "Rules that people wrote",
            "Each row of the table alert_rules that is about this model: what it compares, with what, and whether it "
            "has held for as long as it says. UserRule in the runbook says whom to ask; change one with "
            "`driftgauge rules`.",
            Prom(
                expr=newest("ml_alert_rule_firing{@model}", f"rule_id, alert_type, severity, {VERSION}"),
                now=True,
            ),
            Prom(expr=newest("ml_alert_rule_value{@model}", f"rule_id, {VERSION}"), now=True),
            Prom(expr=newest("ml_alert_rule_value_threshold{@model}", f"rule_id, {VERSION}"), now=True),
            columns=(
                Column(of="rule_id", title="Rule"),
                Column(of="alert_type", title="About"),
                Column(of="severity", title="Severity"),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="Value #A", title="State", states=HOLDS_OR_NOT),
                Column(of="Value #B", title="Value"),
                Column(of="Value #C", title="compared with"),
            ),
            no_value="Nobody has written a rule for this model: `driftgauge rules add` does.",
            sort="Value #A",
            height=7,
        ),
    ),
)
