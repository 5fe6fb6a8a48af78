"""What the dashboards of drift and explanations make of verdicts, also where no demonstration has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.test_dashboard_answers import Case, hold, of, twice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fixtures.stack import Prometheus

MODEL: Final = 'environment="production", model="churn", version="1"'
SHAP: Final = 'explanation_type="shap"'


def features(metric: str, **values: float | str) -> dict[str, float | str]:
    """Return a metric's series by feature, as two exporters tell them."""
    return twice({f'{metric}{{feature="{feature}", {of("1")}}}': value for feature, value in values.items()})


def one(metric: str, label: str, which: str, every: Sequence[str], *, more: str = "") -> dict[str, float | str]:
    """Return series of which one has the 1, as two exporters tell them."""
    return twice({f'{metric}{{{label}="{each}", {more}{of("1")}}}': float(each == which) for each in every})


VERDICTS: Final = ("stable", "drifted", "insufficient_data", "no_data")
STATES: Final = ("unchanged", "inputs_changed", "reasoning_changed", "both_changed")
REASONING: Final = {
    name: value
    for feature, told in {"age": 0, "plan": 0, "region": 1, "visits": 1}.items()
    for name, value in twice({f'ml_explanation_drifted{{feature="{feature}", {SHAP}, {of("1")}}}': float(told)}).items()
}
TEXTS: Final = {
    **one("ml_data_quality_faulty", "check", "staleness", ("repeated_rows", "staleness")),
    **features("ml_feature_distinct_faulty", note="1x3 0", title=0),
    **features("ml_feature_distinct_ratio", note=0.75),
}
CASES: Final = {
    "a segment has one verdict": Case(
        panel=("drift", "Segments"),
        of={
            **one("ml_segment_drift_verdict", "verdict", "drifted", VERDICTS, more='segment="web", '),
            **one("ml_segment_drift_verdict", "verdict", "stable", VERDICTS, more='segment="app", '),
            **one("ml_segment_drift_verdict", "verdict", "insufficient_data", VERDICTS, more='segment="pos", '),
        },
        says={
            f'{{segment="app", {MODEL}}}': 0,
            f'{{segment="pos", {MODEL}}}': 2,
            f'{{segment="web", {MODEL}}}': 1,
        },
    ),
    "a version that has no rows is neither stable nor drifted": Case(
        panel=("drift", "Any feature"),
        of=one("ml_drift_verdict", "verdict", "no_data", VERDICTS),
        says={f"{{{MODEL}}}": 3},
    ),
    "drifted for as long as no verdict was another": Case(
        panel=("drift", "Drifted for"),
        of=twice({f'ml_drift_verdict{{verdict="drifted", {of("1")}}}': "0x4 1"}),
        says={f"{{{MODEL}}}": 360},
    ),
    "what is stable has not drifted for any time": Case(
        panel=("drift", "Drifted for"),
        of=twice({f'ml_drift_verdict{{verdict="drifted", {of("1")}}}': "1x4 0"}),
        says={},
    ),
    "features are told that drifted at some time, and no others": Case(
        panel=("drift", "Features that drifted"),
        of=features("ml_feature_drifted", age="1x4 0", plan=0, region="0x4 1"),
        says={f'{{feature="age", {MODEL}}}': 0, f'{{feature="region", {MODEL}}}': 1},
    ),
    "features are counted once": Case(
        panel=("drift", "Features drifted"),
        of=features("ml_feature_drifted", age=1, plan=0, region=1),
        says={f"{{{MODEL}}}": 2},
    ),
    "a score is told by its own threshold, and none of 0 is divided by": Case(
        panel=("drift", "Farthest over their thresholds"),
        of=twice(
            {
                f'ml_feature_drift_score{{feature="age", test="ks", {of("1")}}}': 0.25,
                f'ml_feature_drift_threshold{{feature="age", test="ks", {of("1")}}}': 0.1,
                f'ml_feature_drift_score{{feature="age", test="psi", {of("1")}}}': 0.4,
                f'ml_feature_drift_threshold{{feature="age", test="psi", {of("1")}}}': 0.2,
                f'ml_feature_drift_score{{feature="plan", test="psi", {of("1")}}}': 0.4,
                f'ml_feature_drift_threshold{{feature="plan", test="psi", {of("1")}}}': 0,
            }
        ),
        says={f'{{feature="age", {MODEL}}}': 2.5},
    ),
    "rows have checks, and texts are named that were faulty": Case(
        panel=("drift", "Checks of rows and texts"),
        of=TEXTS,
        says={
            f'{{check="repeated_rows", {MODEL}}}': 0,
            f'{{check="staleness", {MODEL}}}': 1,
            f'{{feature="note", {MODEL}}}': 0,
        },
    ),
    "a text's share of distinct values is told once": Case(
        panel=("drift", "Distinct texts"), of=TEXTS, says={f'{{feature="note", {MODEL}}}': 0.75}
    ),
    "features of segments have verdicts": Case(
        panel=("drift", "Features by segment"),
        query="B",
        of=twice(
            {
                f'ml_segment_feature_drifted{{feature="age", segment="web", {of("1")}}}': 1,
                f'ml_segment_feature_drift_ratio{{feature="age", segment="web", {of("1")}}}': 4.5,
            }
        ),
        says={f'{{feature="age", segment="web", {MODEL}}}': 1},
    ),
    "reasoning that changed is told apart": Case(
        panel=("explain", "What changed"),
        of=one("ml_explanation_state", "state", "reasoning_changed", STATES, more=f"{SHAP}, "),
        says={f"{{{SHAP}, {MODEL}}}": 3},
    ),
    "where nobody could judge nothing is said to be unchanged": Case(
        panel=("explain", "What changed"),
        of=dict.fromkeys(one("ml_explanation_state", "state", STATES[0], STATES, more=f"{SHAP}, "), 0),
        says={f"{{{SHAP}, {MODEL}}}": 0},
    ),
    "inputs are crossed with reasoning, where both are judged": Case(
        panel=("explain", "Inputs and reasoning, feature by feature"),
        of={**REASONING, **features("ml_feature_drifted", age=0, plan=1, region=0)},
        says={
            f'{{feature="age", {SHAP}, {MODEL}}}': 0,
            f'{{feature="plan", {SHAP}, {MODEL}}}': 1,
            f'{{feature="region", {SHAP}, {MODEL}}}': 2,
        },
    ),
    "a detector's threshold is 1, as its score is in multiples of it": Case(
        panel=("concept", "How far detectors have gone"),
        query="B",
        of=twice({f'ml_concept_drift_score{{detector="adwin", metric="accuracy", {of("1")}}}': 0.3}),
        says={"{}": 1},
    ),
    "a change is where it was, in the milliseconds of Grafana": Case(
        panel=("concept", "Last change"),
        of=twice({f'ml_concept_drift_timestamp_seconds{{detector="adwin", metric="accuracy", {of("1")}}}': 42}),
        says={f"{{{MODEL}}}": 42_000},
    ),
}


def test_verdicts_are_told_as_they_are(prometheus: Prometheus, tmp_path: Path) -> None:
    hold(prometheus, tmp_path / "verdicts.yml", CASES)
