"""What a model turned out to be worth: cohorts, calibration, changes and unusual hours, from the tables."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.values import bars, rows
from generator.links import of_evidence
from generator.panels import BLUE, GREEN, GREY, RED, Column, State, States
from generator.phrases import CHOICE, ENVIRONMENT, VERSION
from generator.queries import Sql

PERFORMANCE: Final[States] = {
    "stable": State(text="as it should be", colour=GREEN),
    "degraded": State(text="degraded", colour=RED),
    "improved": State(text="improved", colour=BLUE),
    "insufficient_data": State(text="cannot tell", colour=GREY),
}


OUTCOMES: Final = Row(
    title="What the model is worth",
    panels=(
        rows(
            "Cohorts of predictions",
            "How well each cohort did by its outcomes, between the limits that its reference or configuration set, "
            "and how well it was estimated to do before. Young cohorts still change as outcomes come. "
            "PerformanceBelowFloor in the runbook says what to do about a degraded one.",
            Sql(file="cohorts"),
            columns=(
                Column(of="cohort_to", title="Cohort to", width=170),
                Column(of="metric", title="Metric", width=130),
                VERSION,
                ENVIRONMENT,
                Column(of="verdict", title="Verdict", states=PERFORMANCE, width=120),
                Column(of="realised", title="Realised", unit="short", decimals=3, width=85),
                Column(of="lower_limit", title="Lower limit", unit="short", decimals=3, width=95),
                Column(of="upper_limit", title="Upper limit", unit="short", decimals=3, width=95),
                Column(of="estimated", title="Estimated", unit="short", decimals=3, width=85),
                Column(of="estimated_verdict", title="By estimate", states=PERFORMANCE, width=120),
                Column(of="predictions", title="Predictions", width=90),
                Column(of="coverage", title="Outcomes", unit="percentunit", decimals=0, width=85),
                Column(of="lag", title="They come after", unit="s", decimals=1, width=120),
                Column(of="state", title="State", width=150),
                Column(of="reason", title="Reason"),
            ),
            no_value="No cohort in this time: outcomes that match predictions are needed (docs/outcomes.md).",
        ).leading_to(of_evidence("How well does it do over time?", "driftgauge-performance", *CHOICE)),
        bars(
            "Are scores probabilities?",
            "For each bin of scores of the newest matured cohort, what the model said on average and how often it "
            "came true; the number of predictions is in brackets. Pairs of like height are a calibrated model: "
            "estimates of performance rest on that.",
            Sql(file="reliability"),
            unit="percentunit",
            across="score",
            width=12,
            no_value="No cohort of this time has scores of two classes and outcomes.",
        ),
        rows(
            "Changes of the concept",
            "Changes that detectors and tests found in this time: when the predictions were made, when it was found, "
            "and the means before and after. Of errors up is worse. Retrain on what came after a change for the worse.",
            Sql(file="change_points"),
            columns=(
                Column(of="changed", title="Changed", width=170),
                Column(of="found", title="Found", width=170),
                Column(of="metric", title="Metric"),
                Column(of="detector", title="By"),
                VERSION,
                Column(of="direction", title="Went", width=70),
                Column(of="before", title="Before", unit="short", decimals=3, width=80),
                Column(of="after", title="After", unit="short", decimals=3, width=80),
            ),
            width=12,
            no_value="No change was found in this time.",
        ).leading_to(of_evidence("How far are the detectors?", "driftgauge-concept", *CHOICE)),
        rows(
            "Hours that were not as usual",
            "Hours in which traffic, latency, errors, confidence or a metric that services log lay outside of what is "
            "usual then, with what was expected and allowed. MetricAnomaly in the runbook goes on from here.",
            Sql(file="anomalies"),
            columns=(
                Column(of="hour_from", title="Hour from", width=170),
                Column(of="metric", title="Metric", width=150),
                VERSION,
                ENVIRONMENT,
                Column(of="direction", title="Too", width=70),
                Column(of="value", title="Was", unit="short", width=80),
                Column(of="expected", title="Usual", unit="short", width=80),
                Column(of="lower", title="From", unit="short", width=80),
                Column(of="upper", title="To", unit="short", width=80),
                Column(of="score", title="Of what is allowed", unit="short", decimals=2, width=130),
                Column(of="reason", title="Reason"),
            ),
            height=8,
            no_value="Every hour of this time was as usual, or there is not yet enough history to tell.",
        ),
    ),
)
