"""What is wrong with the fleet now: figures, and the models, the worst first."""

from __future__ import annotations

from typing import Final

from generator.kinds.values import figure, rows
from generator.links import of_choice, of_row
from generator.panels import GREEN, ORANGE, RED, STABLE_OR_DRIFTED, Column, State
from generator.promql import (
    KEYS,
    MODEL,
    WELL_OR_LOW,
    failed_share,
    firing,
    health_state,
    latency,
    newest,
    predictions,
    taken_away,
    with_rules,
)
from generator.queries import Prom

NONE: Final = {"0": State(text="none", colour=GREEN)}

FIGURES: Final = (
    figure(
        "Models",
        "Models that have logged predictions within four weeks, each environment for itself and all versions as one. "
        "If one is missing, its service does not log: docs/connect.md says how to.",
        Prom(expr="count(count by (environment, model) (ml_model_info{@model}))", now=True),
        unit="none",
        no_value="no model has logged",
    ),
    figure(
        "Unhealthy models",
        "Models and versions whose health score is below their exported limit; versions that another has replaced are "
        "not counted. Normal is none. The table below names them and what takes most away: see HealthLow in the "
        "runbook.",
        Prom(expr=f"count({health_state()} == 1) or 0 * count(ml_health_score{{@model}})", now=True),
        unit="none",
        no_value="no health is known yet",
        states=NONE,
        colour=RED,
    ),
    figure(
        "Critical alerts",
        "Alerts of severity critical that fire now, of the chosen models and of the exporter itself. Each has a "
        "heading in the runbook; acknowledge what you work on with `driftgauge alerts ack`.",
        Prom(expr=with_rules(f"count({firing('critical', '@either')})", "@exporter"), now=True),
        unit="none",
        no_value="no rules are loaded",
        states=NONE,
        colour=RED,
    ),
    figure(
        "Warnings",
        "Alerts of severity warning that fire now, of the chosen models and of the exporter itself. They can wait for "
        "working hours; alerts of severity info are only on the dashboards of their subject.",
        Prom(expr=with_rules(f"count({firing('warning', '@either')})", "@exporter"), now=True),
        unit="none",
        no_value="no rules are loaded",
        states=NONE,
        colour=ORANGE,
    ),
    figure(
        "Longest unacknowledged",
        "How long the oldest firing alert has waited for somebody to say that they have seen it. After an exported "
        "limit, 1 h for critical ones by default, AlertUnacknowledged fires: `driftgauge alerts list`, then "
        "`driftgauge alerts ack`.",
        Prom(
            expr='max(ml_alert_unacknowledged_seconds{@either, alert!="AlertUnacknowledged"}) '
            'or 0 * max(driftgauge_job_interval_seconds{@exporter, exported_job="alerts"})',
            now=True,
        ),
        unit="s",
        no_value="the exporter is not scraped",
        states={"0": State(text="none waits", colour=GREEN)},
        colour=ORANGE,
    ),
    figure(
        "Age of the data",
        "How long ago the exporter last counted what services had logged. Normal is a few of its intervals (15 s "
        "unless configured otherwise); if it grows, all that is shown here is as old: see the dashboard Monitor.",
        Prom(
            expr='max(time() - driftgauge_job_last_success_timestamp_seconds{@exporter, exported_job="rollup"})',
            now=True,
        ),
        unit="s",
        decimals=0,
        no_value="never counted",
        links=(of_choice("The monitor itself", "driftgauge-self"),),
    ),
)

TABLE: Final = rows(
    "Models, the worst first",
    "Every model and version with its health from 0 to 1, the limit that it is held against, and the component that "
    "takes most away. Traffic, failures and latency are of the last hour. A version that another has replaced is told "
    "so and needs nothing. Click a name for the model, a verdict for what is behind it; `driftgauge show health "
    "--model NAME` says the same with reasons.",
    Prom(expr=f"min by ({MODEL}) (ml_health_score{{@model}})", now=True),
    Prom(expr=newest("ml_health_score_threshold{@model}"), now=True),
    Prom(expr=health_state(), now=True),
    Prom(expr=f"topk by ({MODEL}) (1, {taken_away()} > 0)", now=True),
    Prom(
        expr=with_rules(f"count by ({MODEL}) ({firing('critical|warning')})", by=MODEL),
        now=True,
    ),
    Prom(expr=newest("ml_dataset_drifted{@model}"), now=True),
    Prom(expr=newest("ml_drifted_features_ratio{@model}"), now=True),
    Prom(expr=f"time() - {newest('ml_last_prediction_timestamp_seconds{@model}')}", now=True),
    Prom(expr=newest("ml_silence_limit_seconds{@model}"), now=True),
    Prom(expr=predictions("1h"), now=True),
    Prom(expr=failed_share("1h"), now=True),
    Prom(expr=latency(0.99, "1h"), now=True),
    columns=(
        Column(of="model", title="Model", links=(of_row("This model", "driftgauge-model", *KEYS),)),
        Column(of="version", title="Version", links=(of_row("This version", "driftgauge-model", *KEYS),)),
        Column(of="environment", title="Environment"),
        Column(
            of="Value #C",
            title="State",
            states=WELL_OR_LOW,
            links=(of_row("What takes its health away", "driftgauge-model", *KEYS),),
        ),
        Column(of="Value #A", title="Health", decimals=2),
        Column(of="Value #B", title="Limit", decimals=2),
        Column(of="component", title="Worst in"),
        Column(of="Value #D", title="takes away", unit="percentunit", decimals=0),
        Column(of="Value #E", title="Alerts", decimals=0),
        Column(
            of="Value #F",
            title="Data",
            states=STABLE_OR_DRIFTED,
            links=(of_row("Which features drifted", "driftgauge-drift", *KEYS),),
        ),
        Column(of="Value #G", title="Drifted features", unit="percentunit", decimals=0),
        Column(of="Value #H", title="Last heard of, ago", unit="s", decimals=0),
        Column(of="Value #I", title="may be silent for", unit="s", decimals=0),
        Column(of="Value #J", title="Predictions", unit="cps", decimals=1),
        Column(
            of="Value #K",
            title="Failed",
            unit="percentunit",
            decimals=2,
            links=(of_row("Its budget of errors", "driftgauge-slo", *KEYS),),
        ),
        Column(
            of="Value #L",
            title="99 % within",
            unit="s",
            links=(of_row("Its budget of slow predictions", "driftgauge-slo", *KEYS),),
        ),
    ),
    no_value="No model has logged a prediction yet: docs/connect.md shows how.",
    sort="Value #A",
    descending=False,
    height=10,
)
