"""What is left of the budgets of errors and of slow predictions, and how fast they burn."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import figure, rows
from generator.links import of_row, of_series
from generator.marks import OF_A_MODEL
from generator.panels import GREEN, ORANGE, RED, Column, State
from generator.promql import KEYS, MODEL, NAME, RATE, failed_share, latency, newest, once, with_rules
from generator.queries import Prom
from generator.variables import MODELS, Label

SLO: Final = f"slo, {MODEL}"
EACH: Final = f"{{{{slo}}}}: {NAME}"
CHOSEN: Final = '@model, slo=~"$slo"'
WINDOWS: Final = {"5m": "5 min", "30m": "30 min", "1h": "1 h", "2h": "2 h", "6h": "6 h", "1d": "1 d", "3d": "3 d"}
KEPT_OR_BURNS: Final = {
    "0": State(text="kept", colour=GREEN),
    "1": State(text="burns", colour=RED),
    "2": State(text="burns slowly", colour=ORANGE),
}
LEFT: Final = f"model_slo:ml_error_budget_remaining:ratio30d{{{CHOSEN}}}"
FAILED: Final = once(f'rate(ml_predictions_total{{@model, status!="success"}}[{RATE}])')
NOT_YET: Final = "Nothing is recorded yet: no predictions in these windows, `slo` is off, or the rules are not loaded."


def burn(window: str) -> str:
    """Return how many times as fast as is allowed a budget was used over a window."""
    return newest(f"model_slo:ml_error_budget_burn:ratio_rate{window}{{{CHOSEN}}}", SLO)


def burning(severity: str) -> str:
    """Return the objectives whose budget burns, by alerts of a severity."""
    told = once(
        f'ALERTS{{{CHOSEN}, alertname=~"ErrorBudgetBurn|LatencyBudgetBurn", alertstate="firing", '
        f'severity="{severity}"}}'
    )
    return f"max by ({SLO}) ({told})"


STATE: Final = f"{burning('critical')} or 2 * {burning('warning')} or 0 * {newest(LEFT, SLO)}"


NOW: Final = Row(
    title="Is the promise kept?",
    panels=(
        figure(
            "Objectives that burn",
            "Objectives for which an alert about the budget fires now, critical or warning. Normal is none. The table "
            "names them: see ErrorBudgetBurn and LatencyBudgetBurn in the runbook.",
            Prom(
                expr=with_rules(f"count({burning('critical')} or {burning('warning')})"),
                now=True,
            ),
            unit="none",
            states={"0": State(text="none", colour=GREEN)},
            colour=RED,
            no_value="no rules are loaded",
            width=6,
        ),
        figure(
            "Least budget left",
            "The smallest budget that is left of 30 days over the chosen objectives: 100 % is untouched, below 0 more "
            "than was promised has gone wrong. Where it is used up, stop releasing and mend first.",
            Prom(expr=f"min({LEFT})", now=True),
            unit="percentunit",
            decimals=1,
            no_value="nothing is recorded yet",
            width=6,
        ),
        figure(
            "Fastest burn of the last hour",
            "The highest burn rate of the last hour: 1 uses a budget up in just 30 days, 14.4 in two. From 14.4 on "
            "for an hour somebody is paged, if the last five minutes burn as fast and there were enough predictions.",
            Prom(expr=f"max({burn('1h')})", now=True),
            unit="suffix: ×",
            decimals=1,
            no_value="nothing is recorded yet",
            width=6,
        ),
        figure(
            "Predictions of three days",
            "Predictions of all chosen models in the last three days: what the longest window of the alerts is made "
            "of. Few predictions make burn rates jumpy; windows with fewer than the exported minimum tell nothing.",
            Prom(expr=f"sum({once('model:ml_predictions:increase3d{@model}')})", now=True),
            unit="short",
            no_value="nothing is recorded yet",
            width=6,
        ),
        rows(
            "Objectives",
            "Each objective with what is left of its budget of 30 days, by predictions, and how many times as fast as "
            "allowed it was used over each window. An alert is critical above 14.4 in 1 h and 5 min, or above 6 in "
            "6 h and 30 min; a warning above 3 in 1 d and 2 h, or above 1 in 3 d and 6 h. A short window that is "
            "calm while its long one is not says that it is over. Click a name for the model.",
            Prom(expr=newest(f"ml_slo_objective_ratio{{{CHOSEN}}}", SLO), now=True),
            Prom(expr=newest(LEFT, SLO), now=True),
            Prom(expr=STATE, now=True),
            *(Prom(expr=burn(window), now=True) for window in WINDOWS),
            columns=(
                Column(of="model", title="Model", links=(of_row("This model", "driftgauge-model", *KEYS),)),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="slo", title="Objective"),
                Column(of="Value #C", title="State", states=KEPT_OR_BURNS),
                Column(of="Value #A", title="must be good", unit="percentunit", decimals=2),
                Column(of="Value #B", title="Budget left", unit="percentunit", decimals=1),
                *(
                    Column(of=f"Value #{ref}", title=f"Burn in {window}", decimals=2)
                    for ref, window in zip("DEFGHIJ", WINDOWS.values(), strict=True)
                ),
            ),
            no_value="No model has an objective: `slo` is off, or none has predicted.",
            sort="Value #B",
            descending=False,
        ),
    ),
)
BURN: Final = Row(
    title="How fast does it burn?",
    panels=(
        timeline(
            "Objectives that burned",
            "When an alert about the budget fired for which objective. Short and red is an outage, long and orange a "
            "leak: a version that fails a little more than it should. The marks say which version came.",
            Prom(expr=STATE, legend=EACH),
            states=KEPT_OR_BURNS,
            no_value=NOT_YET,
            height=7,
            links=(of_series("This model", "driftgauge-model", *KEYS),),
        ),
        lines(
            "Burn over an hour",
            "Burn rates of the last hour, in grey of the last five minutes. Above 14.4 in both is critical: a fiftieth "
            "of the budget of 30 days goes in an hour. Normal is below 1.",
            Prom(expr=burn("1h"), legend=f"1 h {EACH}"),
            Prom(expr=burn("5m"), legend=f"5 min {EACH}", look="quiet"),
            unit="suffix: ×",
            no_value=NOT_YET,
            low=0,
        ),
        lines(
            "Burn over six hours",
            "Burn rates of the last six hours, in grey of the last half hour. Above 6 in both is critical: a twentieth "
            "of the budget of 30 days goes in six hours. Normal is below 1.",
            Prom(expr=burn("6h"), legend=f"6 h {EACH}"),
            Prom(expr=burn("30m"), legend=f"30 min {EACH}", look="quiet"),
            unit="suffix: ×",
            no_value=NOT_YET,
            low=0,
        ),
        lines(
            "Burn over a day",
            "Burn rates of the last day, in grey of the last two hours. Above 3 in both is a warning: a tenth of the "
            "budget of 30 days goes in a day. It can wait for working hours.",
            Prom(expr=burn("1d"), legend=f"1 d {EACH}"),
            Prom(expr=burn("2h"), legend=f"2 h {EACH}", look="quiet"),
            unit="suffix: ×",
            no_value=NOT_YET,
            low=0,
        ),
        lines(
            "Burn over three days",
            "Burn rates of the last three days, in grey of the last six hours. Above 1 in both is a warning: it will "
            "not last for 30 days. Look for a part of the traffic that always fails.",
            Prom(expr=burn("3d"), legend=f"3 d {EACH}"),
            Prom(expr=burn("6h"), legend=f"6 h {EACH}", look="quiet"),
            unit="suffix: ×",
            no_value=NOT_YET,
            low=0,
        ),
    ),
)
LEFT_OVER: Final = Row(
    title="What is left, and of how many?",
    panels=(
        lines(
            "Budget left over time",
            "What is left of each budget of the last 30 days, by predictions, so that a quiet night earns nothing. A "
            "steep fall is an incident, a slope a leak; it rises again as an incident passes out of the 30 days. "
            "Prometheus must keep 30 days for it to be whole.",
            Prom(expr=newest(LEFT, SLO), legend=EACH),
            unit="percentunit",
            no_value=NOT_YET,
            height=9,
        ),
        lines(
            "Predictions in an hour",
            "Predictions of the last hour of each model, dashed the fewest that a window must have for its burn rate "
            "to raise an alert. A model below it is judged by its longer windows only: `slo.minimum_predictions`.",
            Prom(expr=newest("model:ml_predictions:increase1h{@model}"), legend=NAME),
            Prom(expr="max(ml_slo_minimum_predictions{@model})", legend="fewest", look="limit"),
            unit="short",
            no_value="No predictions are recorded: nobody logs, or the rules are not loaded.",
            low=0,
            height=9,
        ),
    ),
)
BAD: Final = Row(
    title="What uses it up?",
    panels=(
        lines(
            "Failures by status",
            "Predictions a second that did not succeed, by the status that the service gave them. One status that "
            "rises alone has one cause: look for it in the service's log. Normal is nearly none.",
            Prom(
                expr=f"sum by (status, {MODEL}) ({FAILED})",
                legend=f"{{{{status}}}}: {NAME}",
            ),
            unit="cps",
            no_value="Every prediction has succeeded.",
            low=0,
        ),
        lines(
            "Share that failed",
            "Share of the predictions that did not succeed; dashed is the largest share that an objective allows in "
            "the long run. A short time above it is what a budget is for.",
            Prom(expr=failed_share(), legend=NAME),
            Prom(
                expr='max by (environment) (1 - ml_slo_objective_ratio{@model, slo="errors"})',
                legend="allowed {{environment}}",
                look="limit",
            ),
            unit="percentunit",
            no_value="Nothing was logged in this time.",
            low=0,
        ),
        lines(
            "Slow predictions",
            "Predictions a second that took longer than the objective allows, which the legend names in seconds. "
            "They use up the budget of latency, whether they succeed or not.",
            Prom(
                expr=f"sum by (threshold, {MODEL}) ({once(f'rate(ml_slow_predictions_total{{@model}}[{RATE}])')})",
                legend=f"> {{{{threshold}}}} s: {NAME}",
            ),
            unit="cps",
            no_value="No latency was logged, or `slo.latency` is off.",
            low=0,
        ),
        lines(
            "Latency against what is allowed",
            "Within which time 95 and 99 of 100 predictions were answered, dashed from what time on one counts as too "
            "slow. A model that is slow by nature wants another promise: `models.NAME.slo.latency_threshold`.",
            Prom(expr=latency(0.95), legend=f"95 %: {NAME}"),
            Prom(expr=latency(0.99), legend=f"99 %: {NAME}"),
            Prom(expr=newest("ml_slo_latency_threshold_seconds{@model}"), legend=f"too slow: {NAME}", look="limit"),
            unit="s",
            no_value="No latency was logged in this time.",
            low=0,
        ),
    ),
)

BOARD: Final = Board(
    uid="driftgauge-slo",
    title="driftgauge / SLO",
    whom="site reliability engineers",
    answers=(
        "What is left of each budget of errors and of slow predictions?",
        "How fast does it burn, and is that over?",
        "Of how many predictions, and which ones use it up?",
    ),
    variables=(
        *MODELS,
        Label(name="slo", metric="ml_slo_objective_ratio{@model}", label="slo", title="Objective"),
    ),
    marks=OF_A_MODEL,
    rows=(NOW, BURN, LEFT_OVER, BAD),
    span="now-7d",
)
