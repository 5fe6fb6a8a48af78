"""Whether the model reasons otherwise than it did, and whether the inputs or the model are why."""

from __future__ import annotations

from typing import Final

from generator.board import Board, Row
from generator.kinds.over_time import heat, lines, timeline
from generator.kinds.values import figure, ranking, rows
from generator.links import EVIDENCE, of_choice, of_row
from generator.marks import OF_A_MODEL
from generator.panels import BLUE, GREEN, GREY, ORANGE, RED, STABLE_OR_DRIFTED, Column, State
from generator.phrases import FEATURE, TO_EVIDENCE, VERDICT, VERDICTS, most, one_of
from generator.promql import MODEL
from generator.queries import Prom
from generator.sections.loggings import BASIS, BY_BASIS, LOGGINGS, OF_BASIS
from generator.variables import ONE_MODEL, Label

BY: Final = f"{MODEL}, explanation_type"
BY_FEATURE: Final = f"{FEATURE}, explanation_type"
TYPE: Final = '@model, explanation_type=~"$explanation_type"'
CHOSEN: Final = f'{TYPE}, feature=~"$feature"'
RATIO: Final = f"ml_explanation_drift_score{{{CHOSEN}}} / (ml_explanation_drift_threshold{{{CHOSEN}}} > 0)"
OF_TYPE: Final = "{{explanation_type}} {{version}} {{environment}}"
OF_FEATURE: Final = "{{feature}} {{explanation_type}} {{version}} {{environment}}"
STATES: Final = {"unchanged": 1, "inputs_changed": 2, "reasoning_changed": 3, "both_changed": 4}
STATE: Final = {
    "0": State(text="not judged", colour=GREY),
    "1": State(text="nothing changed", colour=GREEN),
    "2": State(text="inputs changed", colour=BLUE),
    "3": State(text="reasoning changed", colour=RED),
    "4": State(text="both changed", colour=ORANGE),
}
WHAT_CHANGED: Final = {
    "0": State(text="nothing", colour=GREEN),
    "1": State(text="inputs", colour=BLUE),
    "2": State(text="reasoning", colour=RED),
    "3": State(text="both", colour=ORANGE),
}
STATE_CODE: Final = one_of(
    "ml_explanation_state", "state", STATES, BY, chosen=', explanation_type=~"$explanation_type"'
)
UNEXPLAINED: Final = (
    "Nothing is explained: services log SHAP values or LIME weights of a sample (docs/explanations.md)."
)
CHOICE_TO_EVIDENCE: Final = of_choice(
    "Reasons, and single predictions explained", EVIDENCE, "model", "version", "environment", "feature"
)
CHOICE_TO_DRIFT: Final = of_choice(
    "Have the inputs drifted?", "driftgauge-drift", "model", "version", "environment", "feature"
)

NOW: Final = Row(
    title="Does the model reason as it did?",
    panels=(
        figure(
            "What changed",
            "Inputs, reasoning, both or nothing, by the last window. Reasoning alone is the model's own doing: look "
            "at the last release or a preprocessing step. Where both changed it may be the same model on other "
            "inputs: look at drift first.",
            Prom(expr=STATE_CODE, legend=OF_TYPE, now=True),
            unit="none",
            states=STATE,
            width=6,
            no_value="nothing explained",
        ),
        figure(
            "Reasoning",
            "The verdict on the attributions alone: drifted if any feature's has, or their order. It needs 100 "
            "explained predictions in the window (explanations.minimum_rows). ExplanationDrift in the runbook goes on "
            "from here.",
            Prom(
                expr=one_of(
                    "ml_explanation_verdict", "verdict", VERDICTS, BY, chosen=', explanation_type=~"$explanation_type"'
                ),
                legend=OF_TYPE,
                now=True,
            ),
            unit="none",
            states=VERDICT,
            width=6,
            no_value="nothing explained",
        ),
        figure(
            "Predictions explained",
            "Explained predictions in the window that was judged. With few of them only great changes are told: let "
            "services explain a larger sample.",
            Prom(expr=f"max by ({BY}) (ml_explained_predictions{{{TYPE}}})", legend=OF_TYPE, now=True),
            unit="short",
            width=6,
            no_value="none",
        ),
        figure(
            "Logged importances",
            "Whether the importances that a version's services logged differ from those that they are compared with, "
            "usually of the version before. It stays so until the next logging: the last row of this dashboard says "
            "what and since when.",
            Prom(
                expr=f"max by ({BY_BASIS}) (ml_feature_importance_drift_detected{{{BASIS}}})",
                legend=OF_BASIS,
                now=True,
            ),
            unit="none",
            states=STABLE_OR_DRIFTED,
            width=6,
            no_value="not compared",
        ),
        timeline(
            "What changed over time",
            "The same four states over time, a bar for each version and type of explanation. See whether it began "
            "with a new version, which is marked, or with a drift of the inputs, which is marked as well.",
            Prom(expr=STATE_CODE, legend=OF_TYPE),
            states=STATE,
            height=6,
            no_value=UNEXPLAINED,
        ).leading_to(CHOICE_TO_DRIFT),
    ),
)
FEATURES: Final = Row(
    title="Which features does it weigh otherwise?",
    panels=(
        ranking(
            "Attributions farthest over their thresholds",
            "The ten features whose attributions have gone farthest from the reference's, in multiples of what would "
            "matter; 1 is at it. Whether that is more than chance is the verdict in the table beside. Click a bar for "
            "the evidence.",
            Prom(expr=f"sort_desc(topk(10, max by ({BY_FEATURE}) ({RATIO})))", legend=OF_FEATURE, now=True),
            unit="short",
            decimals=2,
            width=10,
            no_value=UNEXPLAINED,
            links=(TO_EVIDENCE,),
        ).leading_to(CHOICE_TO_EVIDENCE),
        rows(
            "Inputs and reasoning, feature by feature",
            "Attributions crossed with drift of the inputs. Inputs: the feature's values drifted and the model takes "
            "them as before. Reasoning: the values are as before and the model weighs them otherwise. Sign flip: how "
            "far the share of predictions that it pushes up has moved.",
            Prom(
                expr=f"2 * max by ({BY_FEATURE}) (ml_explanation_drifted{{{CHOSEN}}}) + on ({FEATURE}) group_left() "
                f'max by ({FEATURE}) (ml_feature_drifted{{@model, feature=~"$feature"}})',
                now=True,
            ),
            Prom(expr=f"max by ({BY_FEATURE}) ({RATIO})", now=True),
            Prom(expr=f"max by ({BY_FEATURE}) (ml_attribution_mean_magnitude{{{CHOSEN}}})", now=True),
            Prom(expr=f"max by ({BY_FEATURE}) (ml_explanation_sign_flip_ratio{{{CHOSEN}}})", now=True),
            columns=(
                Column(
                    of="feature",
                    title="Feature",
                    links=(
                        of_row("Evidence", EVIDENCE, "model", "version", "environment", "feature"),
                        of_row("Drift", "driftgauge-drift", "model", "version", "environment", "feature"),
                    ),
                ),
                Column(of="explanation_type", title="By"),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="model", title="Model", hidden=True),
                Column(of="Value #A", title="Changed", states=WHAT_CHANGED),
                Column(of="Value #B", title="Of its threshold", decimals=2),
                Column(of="Value #C", title="Mean magnitude", unit="short"),
                Column(of="Value #D", title="Sign flip", unit="percentunit", decimals=0),
            ),
            no_value=UNEXPLAINED,
            sort="Value #B",
            width=14,
        ),
        heat(
            "Attribution scores over thresholds by feature",
            "Each row is a feature, each colour how far its attributions have gone, in multiples of the threshold: "
            "what stands out from the background is far, the middle of the scale is at the threshold. Many rows that "
            "begin to stand out at once are a new version or another explainer.",
            Prom(expr=f"max by ({BY_FEATURE}) ({RATIO})", legend=OF_FEATURE),
            unit="none",
            low=0,
            high=2,
            width=24,
            no_value=UNEXPLAINED,
        ).leading_to(CHOICE_TO_EVIDENCE),
    ),
)
WEIGHTS: Final = Row(
    title="What matters to it?",
    panels=(
        lines(
            "Mean magnitude of attributions",
            "How much each feature adds to predictions, in either direction: its importance by explanations, of the "
            "ten that matter most. Lines that cross have changed places; all that rise together are larger outputs, "
            "not another reasoning.",
            Prom(
                expr=most(10, BY_FEATURE, f"ml_attribution_mean_magnitude{{{CHOSEN}}}"),
                legend=OF_FEATURE,
            ),
            unit="short",
            low=0,
            steps=True,
            width=8,
            no_value=UNEXPLAINED,
            links=(TO_EVIDENCE,),
        ),
        lines(
            "Order of features",
            "How well the present order of features by importance ranks what mattered in the reference: 1 is the same "
            "order. Below the dashed limit the order has changed, if chance does not explain it; driftgauge show "
            "explanations names the ranks.",
            Prom(expr=f"max by ({BY}) (ml_explanation_ndcg_ratio{{{TYPE}}})", legend=OF_TYPE),
            Prom(
                expr=f"max by ({BY}) (ml_explanation_ndcg_threshold_ratio{{{TYPE}}})",
                legend=f"limit {OF_TYPE}",
                look="limit",
            ),
            unit="percentunit",
            high=1,
            steps=True,
            width=8,
            no_value=UNEXPLAINED,
        ),
        lines(
            "Sign flips",
            "How far the share of predictions that a feature pushes up, of those that it moves at all, lies from the "
            "reference's, of the ten highest. Above the dashed limit the feature may speak for the opposite: look for "
            "a changed encoding or unit.",
            Prom(
                expr=most(10, BY_FEATURE, f"ml_explanation_sign_flip_ratio{{{CHOSEN}}}"),
                legend=OF_FEATURE,
            ),
            Prom(
                expr=f"max by ({BY}) (ml_explanation_sign_flip_threshold_ratio{{{TYPE}}})",
                legend=f"limit {OF_TYPE}",
                look="limit",
            ),
            unit="percentunit",
            low=0,
            steps=True,
            width=8,
            no_value=UNEXPLAINED,
            links=(TO_EVIDENCE,),
        ),
    ),
)
BOARD: Final = Board(
    uid="driftgauge-explain",
    title="driftgauge / Explanations",
    whom="data scientists",
    answers=(
        "Does the model reason as it did, or have only its inputs changed?",
        "Which features does it weigh otherwise?",
        "What matters to it, and did training change that?",
    ),
    variables=(
        *ONE_MODEL,
        Label(
            name="explanation_type",
            metric="ml_explained_predictions{@model}",
            label="explanation_type",
            title="Explained by",
        ),
        Label(name="basis", metric="ml_feature_importance_timestamp_seconds{@model}", label="basis", title="Basis"),
        Label(name="feature", metric="ml_feature_drift_score{@model}", label="feature", title="Feature"),
    ),
    marks=OF_A_MODEL,
    rows=(NOW, FEATURES, WEIGHTS, LOGGINGS),
)
