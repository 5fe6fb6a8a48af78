"""Whether a model's scores are true, and its outcomes come."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines
from generator.kinds.values import figure
from generator.links import of_choice
from generator.promql import EACH_VERSION, KEYS, VERSION, newest, once
from generator.queries import Prom

CALIBRATION: Final = Row(
    title="Are its scores true?",
    panels=(
        lines(
            "Calibration error",
            "How far scores are from the share of positives (`ece`), by outcomes, dashed its limits. 0.05 says that "
            "a score of 0.70 means 0.65 or 0.75. If it rises, scores no longer mean what they did: recalibrate before "
            "retraining, and trust no estimate until then.",
            Prom(
                expr=newest('ml_performance_score{@model, metric="ece", basis="realised"}', VERSION),
                legend=f"ece {EACH_VERSION}",
            ),
            Prom(
                expr=newest('ml_performance_threshold{@model, metric="ece", basis="realised"}', f"bound, {VERSION}"),
                legend=f"{{{{bound}}}} limit {EACH_VERSION}",
                look="limit",
            ),
            unit="none",
            no_value="No calibration is known: it is of models of two classes that log scores.",
            low=0,
            steps=True,
        ).leading_to(of_choice("The reliability curve of each cohort", "driftgauge-evidence", *KEYS)),
        lines(
            "Brier score",
            "The mean squared difference of score and outcome, by outcomes, dashed its limits: lower is better, 0.25 "
            "is a coin's. If it rises while the calibration error does not, the model tells classes apart less well.",
            Prom(
                expr=newest('ml_performance_score{@model, metric="brier", basis="realised"}', VERSION),
                legend=f"brier {EACH_VERSION}",
            ),
            Prom(
                expr=newest('ml_performance_threshold{@model, metric="brier", basis="realised"}', f"bound, {VERSION}"),
                legend=f"{{{{bound}}}} limit {EACH_VERSION}",
                look="limit",
            ),
            unit="none",
            no_value="No Brier score is known: it is of models of two classes that log scores.",
            low=0,
            steps=True,
        ).leading_to(of_choice("The reliability curve of each cohort, in the evidence", "driftgauge-evidence", *KEYS)),
    ),
)

OUTCOMES: Final = Row(
    title="Do outcomes come?",
    panels=(
        lines(
            "Coverage over time",
            "Share of the predictions of the latest matured cohort that have an outcome. Normal is a level of its own; "
            "a fall is a broken feed of outcomes, and makes every realised value of that cohort doubtful.",
            Prom(expr=newest("ml_outcome_coverage_ratio{@model}", VERSION), legend=EACH_VERSION),
            unit="percentunit",
            no_value="No cohort has matured.",
            width=8,
            low=0,
            high=1,
            steps=True,
        ),
        lines(
            "Outcome lag over time",
            "Mean time from a prediction to its outcome in the latest matured cohort. If it grows, drift detectors and "
            "verdicts come later, too; look at whoever delivers outcomes.",
            Prom(expr=newest("ml_outcome_lag_seconds{@model}", VERSION), legend=EACH_VERSION),
            unit="s",
            no_value="No cohort has matured.",
            width=8,
            low=0,
            steps=True,
        ),
        lines(
            "Rows of the cohorts",
            "Outcomes of the cohort that is realised, predictions of the one that is estimated. Few rows make wide "
            "bands; fewer than `performance.minimum_rows` make no verdict.",
            Prom(expr=newest("ml_performance_rows{@model}", f"basis, {VERSION}"), legend="{{basis}} {{version}}"),
            unit="short",
            no_value="No cohort is known.",
            width=8,
            low=0,
            steps=True,
        ),
        figure(
            "Outcomes without a task",
            "Outcomes that have a prediction, but from which nobody can tell yet what kind of model it is, so nothing "
            "is judged. Normal is empty; from 100 on, set `outcomes.task` for the model.",
            Prom(expr=f"max by ({VERSION}) (ml_outcomes_without_task{{@model}})", legend=EACH_VERSION, now=True),
            unit="short",
            no_value="none waits: its task is known, or nothing was logged",
            width=12,
        ),
        figure(
            "Outcomes without a prediction",
            "Outcomes of all models that were read and have no prediction that could turn out right or wrong, or none "
            "yet. A few are late rows; many are wrong ids, or predictions that were dropped before their outcome came.",
            Prom(expr=f"max({once('driftgauge_outcomes_unmatched{@exporter}')})", now=True),
            unit="short",
            no_value="the exporter has not read outcomes",
            width=12,
        ),
    ),
)
