"""What a verdict was made of: distributions, reasons, alerts and one prediction, from the tables themselves."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Row
from generator.kinds.over_time import lines
from generator.kinds.values import bars, rows
from generator.links import EVIDENCE, of_evidence, of_evidence_row, of_row
from generator.panels import BLUE, GREEN, GREY, ORANGE, RED, Column, State, States
from generator.phrases import CHOICE, ENVIRONMENT, VERSION
from generator.queries import Sql
from generator.sections.worth import OUTCOMES
from generator.variables import Answer, Source

VERDICTS: Final[States] = {
    "stable": State(text="stable", colour=GREEN),
    "drifted": State(text="drifted", colour=RED),
    "insufficient_data": State(text="too few rows", colour=GREY),
    "no_data": State(text="no rows", colour=GREY),
}
CHECKS: Final[States] = {
    "sound": State(text="sound", colour=GREEN),
    "faulty": State(text="faulty", colour=RED),
    "insufficient_data": State(text="cannot tell", colour=GREY),
}
ALERT: Final[States] = {
    "waits": State(text="waits", colour=RED),
    "acknowledged": State(text="acknowledged", colour=ORANGE),
    "silenced": State(text="silenced", colour=GREY),
    "ended": State(text="ended", colour=GREEN),
}
SEVERITY: Final[States] = {
    "critical": State(text="critical", colour=RED),
    "warning": State(text="warning", colour=ORANGE),
    "info": State(text="info", colour=BLUE),
}
NOT_JUDGED: Final = "No window of this time was judged: choose a longer time, or another version."

FEATURE: Final = Row(
    title="A feature: how it was, and how it is",
    panels=(
        bars(
            "Reference and now",
            "The chosen feature's values in the reference and in its last judged window; of several features the one "
            "that is farthest from its reference, named on the right. Cells of a number hold about equal shares of "
            "the reference, so where nothing changed pairs of bars are alike. Choose a feature above, or click one "
            "below.",
            Sql(file="distribution"),
            unit="percentunit",
            across="cell",
            width=14,
            height=11,
            no_value=NOT_JUDGED,
        ).leading_to(of_evidence("When did it begin?", "driftgauge-drift", *CHOICE, "feature")),
        rows(
            "Its tests",
            "What each test says of the same feature in the same window. By the calibrated policy tests whose names "
            "end in _shift or _share decide and the others are shown for comparison: those that decided are marked. "
            "docs/drift-tests.md says what a score means.",
            Sql(file="feature_tests"),
            columns=(
                Column(of="feature", title="Feature"),
                VERSION,
                Column(of="test", title="Test"),
                Column(of="decides", title="Decides", states={"drifted": State(text="drifted", colour=RED)}, width=80),
                Column(of="score", title="Score", unit="short", width=80),
                Column(of="threshold", title="Threshold", unit="short", width=80),
                Column(of="ratio", title="Of it", unit="short", decimals=2, width=70),
                Column(of="adjusted_p_value", title="p, corrected", unit="sci", width=100),
            ),
            width=10,
            height=11,
            no_value=NOT_JUDGED,
        ),
        rows(
            "Verdicts and reasons, worst first",
            "Every chosen feature in the last judged window of each chosen version, with the reason of its verdict in "
            "words and numbers, and its mean and missing values before and now. Click a feature to see its "
            "distribution above. If the change is wanted, set a new reference: driftgauge reference set.",
            Sql(file="features_judged"),
            columns=(
                Column(
                    of="feature",
                    title="Feature",
                    links=(
                        of_row("Its distribution", EVIDENCE, *CHOICE, "feature"),
                        of_evidence_row("When did it begin?", "driftgauge-drift", *CHOICE, "feature"),
                    ),
                    width=150,
                ),
                VERSION,
                ENVIRONMENT,
                Column(of="model", title="Model", hidden=True),
                Column(of="verdict", title="Verdict", states=VERDICTS, width=110),
                Column(of="ratio", title="Of its threshold", unit="short", decimals=2, width=120),
                Column(of="rows", title="Rows", unit="short", width=80),
                Column(of="reference_mean", title="Mean before", unit="short", width=100),
                Column(of="current_mean", title="Mean now", unit="short", width=100),
                Column(of="reference_missing", title="Missing before", unit="percentunit", width=110),
                Column(of="current_missing", title="Missing now", unit="percentunit", width=110),
                Column(of="reason", title="Reason"),
            ),
            height=9,
            no_value=NOT_JUDGED,
        ),
        lines(
            "Its scores over time",
            "Each test's score of the same feature in multiples of its threshold: from 1 on it is beyond. See whether "
            "it rose at once, which is a release or a broken pipe, or over days, which is the world.",
            Sql(file="feature_over_time", over_time=True),
            unit="short",
            low=0,
            steps=True,
            height=9,
            no_value=NOT_JUDGED,
        ),
        rows(
            "Checks of data quality",
            "The last verdict of each check of the chosen features, of the model's rows and of its texts, faults "
            "first, each with its reason. Mend faults before you look at drift: DataQuality in the runbook says how.",
            Sql(file="quality_checks"),
            columns=(
                Column(of="feature", title="Feature", width=130),
                Column(of="check", title="Check", width=130),
                VERSION,
                Column(of="verdict", title="Verdict", states=CHECKS, width=100),
                Column(of="reason", title="Reason"),
            ),
            width=12,
            no_value="No check was made in this time.",
        ),
    ),
)
ALERTS: Final = Row(
    title="Alerts, and who has seen them",
    panels=(
        rows(
            "Alerts of this time",
            "Alerts that fired in the time that is shown, those that wait first, with who acknowledged them and what "
            "ended them. driftgauge alerts ack tells that you have seen one and silences it; what to do is in the "
            "runbook under its name.",
            Sql(file="alerts"),
            columns=(
                Column(of="state", title="State", states=ALERT, width=120),
                Column(of="alert", title="Alert", width=180),
                Column(of="severity", title="Severity", states=SEVERITY, width=90),
                Column(of="feature", title="Feature", width=120),
                VERSION,
                ENVIRONMENT,
                Column(of="began", title="Began", width=170),
                Column(of="message", title="Message"),
                Column(of="acknowledged_by", title="Seen by", width=120),
                Column(of="acknowledged_at", title="Seen", width=170),
                Column(of="ended", title="Ended", width=170),
                Column(of="ended_by", title="Ended by", width=130),
            ),
            no_value="No alert of this model in this time; or Alertmanager does not tell of them (docs/alerts.md).",
        ).leading_to(of_evidence("What does the model look like?", "driftgauge-model", *CHOICE)),
    ),
)
HEALTH: Final = Row(
    title="Health, and what takes it away",
    panels=(
        lines(
            "Health score",
            "The score that the exporter wrote, and its dashed limit, below which HealthLow alerts. Where it falls, "
            "the table beside says why it is what it is now.",
            Sql(file="health", over_time=True),
            Sql(file="health_threshold", over_time=True, look="limit"),
            unit="percentunit",
            low=0,
            high=1,
            steps=True,
            width=10,
            no_value="No score was written in this time.",
        ),
        rows(
            "Reasons of the newest score",
            "The components of each chosen version's newest score with what each takes away and why, worst first. A "
            "component without a value cannot be told and takes nothing away. Go on where most is taken.",
            Sql(file="health_reasons"),
            columns=(
                Column(of="component", title="Component", width=130),
                VERSION,
                ENVIRONMENT,
                Column(of="value", title="Value", unit="percentunit", decimals=0, width=80),
                Column(of="takes_away", title="Takes away", unit="percentunit", decimals=0, width=100),
                Column(of="reason", title="Reason"),
            ),
            width=14,
            height=8,
            no_value="No score was written in this time.",
        ),
    ),
)
REASONING: Final = Row(
    title="Why this answer? One prediction, and the reasoning as a whole",
    panels=(
        bars(
            "The chosen prediction",
            "What the 20 largest features added to the prediction that is chosen above: above 0 they pushed the "
            "output up, below it down. SHAP values add up to the output, LIME weights say what matters around it; "
            "their units differ. A feature that should not matter and leads is worth a question.",
            Sql(file="attributions"),
            unit="short",
            across="feature",
            width=14,
            height=10,
            no_value="No explained prediction is chosen, or none was made in this time.",
        ),
        rows(
            "Of which model, and what it adds up to",
            "Which model answered and when, and what the attributions add up to: base and together make the model's "
            "output, in log-odds for most classifiers. driftgauge show shap has the values of the features too, which "
            "dashboards may not read.",
            Sql(file="prediction"),
            columns=(
                Column(of="explained_by", title="By", width=60),
                Column(of="made", title="Made", width=170),
                VERSION,
                ENVIRONMENT,
                Column(of="features", title="Features", width=80),
                Column(of="base", title="Base", unit="short", width=80),
                Column(of="together", title="Together", unit="short", width=90),
                Column(of="output", title="Output", unit="short", width=80),
            ),
            width=10,
            height=10,
            no_value="No explained prediction is chosen, or none was made in this time.",
        ),
        rows(
            "Reasoning over the chosen features",
            "Attributions of each chosen feature in the last judged window beside the reference's: means with their "
            "signs, ranks by importance and how far the share of positives moved. The sentence says whether inputs or "
            "the model changed.",
            Sql(file="explanations"),
            columns=(
                Column(of="feature", title="Feature", width=150),
                Column(of="explained_by", title="By", width=60),
                VERSION,
                Column(of="verdict", title="Verdict", states=VERDICTS, width=110),
                Column(of="reference_mean", title="Mean before", unit="short", width=100),
                Column(of="current_mean", title="Mean now", unit="short", width=100),
                Column(of="reference_rank", title="Rank before", width=90),
                Column(of="current_rank", title="Rank now", width=80),
                Column(of="sign_flip_rate", title="Sign flip", unit="percentunit", decimals=0, width=80),
                Column(of="reason", title="Reason"),
                Column(of="sentence", title="Inputs or reasoning"),
            ),
            height=8,
            no_value="No window of explanations was judged in this time (docs/explanations.md).",
        ).leading_to(of_evidence("Does the model reason as it did?", "driftgauge-explain", *CHOICE, "feature")),
    ),
)
BOARD: Final = Board(
    uid=EVIDENCE,
    title="driftgauge / Evidence",
    whom="data scientists",
    answers=(
        "How was a feature distributed, how is it now, and why is it judged so?",
        "What was alerted, and who has seen it?",
        "Why this answer?",
        "Which cohorts, changes and hours is the rest made of?",
    ),
    variables=(
        Source(kind="grafana-postgresql-datasource"),
        Answer(name="model", file="models", title="Model"),
        Answer(name="version", file="versions", title="Version", many=True),
        Answer(name="environment", file="environments", title="Environment", many=True),
        Answer(name="feature", file="features", title="Feature", many=True),
        Answer(name="prediction", file="explained_predictions", title="Prediction"),
    ),
    rows=(FEATURE, ALERTS, HEALTH, REASONING, OUTCOMES),
    span="now-7d",
    refresh="5m",
)
