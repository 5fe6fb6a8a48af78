"""One model: what takes its health away, its traffic, and how it does in every respect at a glance."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Row
from generator.kinds.over_time import heat, lines
from generator.kinds.values import rows
from generator.links import of_choice
from generator.marks import OF_A_MODEL
from generator.panels import Column
from generator.promql import (
    EACH_VERSION,
    KEYS,
    VERSION,
    failed_share,
    latency,
    latency_buckets,
    newest,
    predictions,
    taken_away,
)
from generator.queries import Prom
from generator.sections.model_now import NOW
from generator.sections.unusual import TOLD, UNUSUAL
from generator.variables import ONE_MODEL, Label

HEALTH: Final = Row(
    title="What takes its health away?",
    panels=(
        rows(
            "Components of health",
            "What the health score is made of: the value of each component from 0 (worst) to 1, its weight, and the "
            "share of the score that it takes away. What is not known is left out, so a short list says that little "
            "is known. Begin with the first line; docs/health.md says what each component is made of.",
            Prom(expr=newest("ml_health_component_ratio{@model}", f"component, {VERSION}"), now=True),
            Prom(expr=newest("ml_health_component_weight_ratio{@model}", f"component, {VERSION}"), now=True),
            Prom(expr=taken_away(f"component, {VERSION}"), now=True),
            columns=(
                Column(of="component", title="Component"),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="Value #A", title="Value", decimals=2),
                Column(of="Value #B", title="Weight", decimals=2),
                Column(of="Value #C", title="takes away", unit="percentunit", decimals=1, gauge=True),
            ),
            no_value="No health is known: fewer than 50 predictions, and nothing else to judge by.",
            sort="Value #C",
            width=12,
        ),
        lines(
            "Health over time",
            "The health score of each version, dashed the limit below which somebody should look. Components are "
            "judged by jobs of their own, so it moves in steps; the marks say whether a new version, drift or an "
            "alert came with it.",
            Prom(expr=f"min by ({VERSION}) (ml_health_score{{@model}})", legend=EACH_VERSION),
            Prom(expr="max by (environment) (ml_health_score_threshold{@model})", legend="limit", look="limit"),
            unit="none",
            no_value="No health is known yet.",
            low=0,
            high=1,
            steps=True,
            height=9,
        ),
        lines(
            "What components take away, over time",
            "The share of the health score that each component takes away. Normal is near 0 throughout; the component "
            "that rises first is usually the cause of those that follow.",
            Prom(expr=taken_away(f"component, {VERSION}"), legend="{{component}} {{version}}"),
            unit="percentunit",
            no_value="No health is known yet.",
            low=0,
            steps=True,
            width=16,
        ),
        rows(
            "Health checks of its services",
            "The newest health check that a service of each version logged within a day, and how old it is; the score "
            "is the service's own. It counts as the component `logged_checks`. A service that says that it is not "
            "well knows more than is shown here: ask it.",
            Prom(expr=newest("ml_health_check_score{@model}", VERSION), now=True),
            Prom(expr=f"time() - {newest('ml_health_check_timestamp_seconds{@model}', VERSION)}", now=True),
            columns=(
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="Value #A", title="Score", decimals=2),
                Column(of="Value #B", title="Logged, ago", unit="s", decimals=0),
            ),
            no_value="No service has logged a health check within a day: it need not.",
            width=8,
            height=8,
        ),
    ),
)

TRAFFIC: Final = Row(
    title="What does it serve?",
    panels=(
        lines(
            "Predictions by status",
            "Predictions a second by how they ended, of all chosen versions together. Normal is `success`, in the "
            "shape of the day before; statuses are the service's own words.",
            Prom(expr=predictions(by="status"), legend="{{status}}"),
            unit="cps",
            no_value="Nothing was logged in this time.",
            width=8,
            low=0,
            stacked=True,
        ),
        lines(
            "Failed predictions",
            "Share of the predictions that did not succeed, by version; dashed is what the objective allows in the "
            "long run. Above it the budget is used up: how fast is on the dashboard SLO.",
            Prom(expr=failed_share(by=VERSION), legend=EACH_VERSION),
            Prom(
                expr='max by (environment) (1 - ml_slo_objective_ratio{@model, slo="errors"})',
                legend="allowed",
                look="limit",
            ),
            unit="percentunit",
            no_value="Nothing was logged in this time.",
            width=8,
            low=0,
            links=(of_choice("Its budget of errors", "driftgauge-slo", *KEYS),),
        ),
        lines(
            "Confidence",
            "Mean confidence of the predictions of the last hour, by version, as the service logged it. Normal is a "
            "level of its own for each model. If it falls, inputs may be unlike those it learned from: see Drift.",
            Prom(expr=newest("ml_prediction_confidence{@model}", VERSION), legend=EACH_VERSION),
            unit="none",
            no_value="No confidence was logged: it is optional.",
            width=8,
            links=(of_choice("Its features", "driftgauge-drift", *KEYS),),
        ),
        lines(
            "Latency",
            "Within which time half, 95 and 99 of 100 predictions were answered, by version; dashed, from what time "
            "on one counts as too slow. A model that was slow before a release and is not after it needs no more than "
            "a look at the marks.",
            Prom(expr=latency(0.5, by=VERSION), legend=f"50 % {EACH_VERSION}"),
            Prom(expr=latency(0.95, by=VERSION), legend=f"95 % {EACH_VERSION}"),
            Prom(expr=latency(0.99, by=VERSION), legend=f"99 % {EACH_VERSION}"),
            Prom(
                expr="max by (environment) (ml_slo_latency_threshold_seconds{@model})", legend="too slow", look="limit"
            ),
            unit="s",
            no_value="No latency was logged in this time.",
            low=0,
            height=9,
        ),
        heat(
            "Latency of all predictions",
            "How many predictions a second took how long: the more there are, the more a cell stands out from the "
            "background. One band is normal; a second one far above it is a part of the traffic that waits for "
            "something, which a quantile alone would hide.",
            Prom(expr=latency_buckets(), legend="{{le}}", buckets=True),
            unit="s",
            cell_unit="cps",
            no_value="No latency was logged in this time.",
        ),
    ),
)

BOARD: Final = Board(
    uid="driftgauge-model",
    title="driftgauge / Model",
    whom="the owner of a model",
    answers=(
        "Is it well, and if not, what takes its health away?",
        "What does it serve, how fast, and how often does it fail?",
        "What changed, and when?",
        "Which dashboard says more?",
    ),
    variables=(
        *ONE_MODEL,
        Label(name="logged", metric="ml_metric_value{@model}", label="metric", title="Logged metric"),
    ),
    marks=OF_A_MODEL,
    rows=(NOW, HEALTH, TRAFFIC, UNUSUAL, TOLD),
)
