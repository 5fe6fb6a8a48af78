"""PromQL that several dashboards ask; what two exporters of one database tell twice is counted once."""

from __future__ import annotations

from typing import Final

from generator.panels import GREEN, GREY, ORANGE, RED, State, States

MODEL: Final = "environment, model, version"
NAME: Final = "{{model}} {{version}} {{environment}}"
RATE: Final = "$__rate_interval"
#: What a click on a model chooses on the next dashboard.
KEYS: Final = ("environment", "model", "version")
#: By what a dashboard of one model tells its values, and what it calls them.
VERSION: Final = "environment, version"
EACH_VERSION: Final = "{{version}} {{environment}}"
#: Of exporters only: Prometheus and Alertmanager have metrics of the same names.
OF_EXPORTERS: Final = "and on (job, instance) driftgauge_build_info{@exporter}"

#: A version that another has replaced is silent, as it should be: its health is history.
WELL_OR_LOW: Final[States] = {
    "0": State(text="well", colour=GREEN),
    "1": State(text="low", colour=RED),
    "2": State(text="replaced", colour=GREY),
    "3": State(text="replaced", colour=GREY),
}
CRITICAL_OR_WARNING: Final[States] = {
    "1": State(text="critical", colour=RED),
    "2": State(text="warning", colour=ORANGE),
}
NORMAL_OR_DEGRADED: Final[States] = {
    "0": State(text="as it should be", colour=GREEN),
    "1": State(text="degraded", colour=RED),
}
USUAL_OR_NOT: Final[States] = {
    "0": State(text="usual", colour=GREEN),
    "1": State(text="unusual", colour=ORANGE),
}

_BEHIND: Final = "model:ml_last_prediction_timestamp_seconds:behind_other_versions{@model}"
_LOW: Final = "(ml_health_score{@model} < bool ml_health_score_threshold{@model})"


def once(expr: str) -> str:
    """Return an expression of which each value is told once, however many exporters tell it."""
    return f"max without (job, instance) ({expr})"


def newest(expr: str, by: str = MODEL) -> str:
    """Return an expression that tells a value once for each model, or whatever else it is told by."""
    return f"max by ({by}) ({expr})"


def predictions(over: str = RATE, by: str = MODEL) -> str:
    """Return predictions a second."""
    return f"sum by ({by}) ({once(f'rate(ml_predictions_total{{@model}}[{over}])')})"


def failed_share(over: str = RATE, by: str = MODEL) -> str:
    """Return the share of predictions that did not succeed, 0 where none ever failed."""
    failed = once(f'rate(ml_predictions_total{{@model, status!="success"}}[{over}])')
    return f"(sum by ({by}) ({failed}) or 0 * {predictions(over, by)}) / ({predictions(over, by)} > 0)"


def latency(quantile: float, over: str = RATE, by: str = MODEL) -> str:
    """Return the latency within which a share of the predictions were made."""
    buckets = once(f"rate(ml_prediction_latency_seconds_bucket{{@model}}[{over}])")
    return f"histogram_quantile({quantile}, sum by (le, {by}) ({buckets}))"


def health_state() -> str:
    """Return 1 where health is below its limit, 0 where it is not, and 2 more where the version was replaced.

    The rule HealthLow says the same.
    """
    replaced = f"({_BEHIND} > bool ml_silence_limit_seconds{{@model}})"
    same = f"on (job, instance, {MODEL})"
    return newest(f"{_LOW} + {same} 2 * {replaced} or {_LOW}")


def taken_away(by: str = f"component, {MODEL}") -> str:
    """Return the share of the health score that each component takes away."""
    return newest("ml_health_component_weight_ratio{@model} * (1 - ml_health_component_ratio{@model})", by)


def firing(severity: str, of: str = "@model") -> str:
    """Return the alerts that fire, each once."""
    return once(f'ALERTS{{{of}, alertstate="firing", severity=~"{severity}"}}')


def with_rules(expr: str, of: str = "@model", by: str = "") -> str:
    """Return an expression that is 0 where it has no value, if the rules are there at all."""
    recorded = f"count {f'by ({by}) ' if by else ''}({_BEHIND.replace('@model', of)})"
    return f"{expr} or 0 * {recorded}"


def alerts_told(by: str, of: str = "@model") -> str:
    """Return 1 while an alert fires that is critical, 2 while its gravest is a warning: one series by `by`."""
    critical, warning = (f"max by (alertname, {by}) ({firing(severity, of)})" for severity in ("critical", "warning"))
    return f"{critical} or 2 * {warning}"


def latency_buckets() -> str:
    """Return how many predictions a second took at most how long, for a heatmap.

    Not how many: the time that a cell stands for is longer than its width, so that some would be in several.
    """
    buckets = once(f"rate(ml_prediction_latency_seconds_bucket{{@model}}[{RATE}])")
    return f"sum by (le) ({buckets})"
