"""What is stored of shap's explanations: attributions that add up to the model's output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import shap  # pyright: ignore[reportMissingTypeStubs] - none exist
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier  # pyright: ignore[reportMissingTypeStubs] - none exist
from sklearn.linear_model import LinearRegression  # pyright: ignore[reportMissingTypeStubs] - same

from driftgauge.client.explanations import log_shap
from fixtures.explained import (
    FEATURES,
    KINDS,
    HandMade,
    Model,
    Recorder,
    Row,
    Shap,
    attributed,
    explain,
    made,
    predictions,
    spend,
    tree_explainer,
)


def outputs(rows: Sequence[Row]) -> list[float]:
    """What the stored rows say the model's output was: attributions add up to it."""
    return [cast("float", each.base_value) + sum(each.attributions.values()) for each in rows]


def test_a_regressors_rows_add_up_to_its_predictions(table: pd.DataFrame, regressor: Model) -> None:
    recorder, of = Recorder(), predictions(10)
    explanation = explain(tree_explainer(regressor), table[:10])
    assert log_shap(recorder, explanation, of) == 10
    assert outputs(recorder.shap) == pytest.approx(regressor.predict(table[:10]).tolist())
    assert [each.prediction_id for each in recorder.shap] == of
    assert [list(each.attributions.values()) for each in recorder.shap] == attributed(explanation).tolist()
    assert [each.feature_values for each in recorder.shap] == table[:10].to_dict("records")


def test_a_binary_boosters_rows_add_up_to_its_log_odds(table: pd.DataFrame, booster: Model) -> None:
    recorder = Recorder()
    explanation = explain(tree_explainer(booster), table[:10])
    assert attributed(explanation).ndim == 2
    assert log_shap(recorder, explanation, predictions(10), output=0) == 10
    assert outputs(recorder.shap) == pytest.approx(booster.decision_function(table[:10]).tolist())


@pytest.mark.parametrize("output", [0, 1, 2])
def test_a_classes_rows_add_up_to_its_probability(
    output: int, table: pd.DataFrame, forest: Model, explained: Shap
) -> None:
    recorder = Recorder()
    assert attributed(explained).shape == (10, len(FEATURES), len(KINDS))
    assert log_shap(recorder, explained, predictions(10), output=output) == 10
    assert outputs(recorder.shap) == pytest.approx(forest.predict_proba(table[:10])[:, output].tolist())
    assert [list(each.attributions.values()) for each in recorder.shap] == attributed(explained)[..., output].tolist()


def test_a_binary_forest_has_an_output_for_each_class(table: pd.DataFrame) -> None:
    model = cast("Model", RandomForestClassifier(10, random_state=0)).fit(table, spend(table) > 0)
    recorder = Recorder()
    log_shap(recorder, explain(tree_explainer(model), table[:5]), predictions(5), output=1)
    assert outputs(recorder.shap) == pytest.approx(model.predict_proba(table[:5])[:, 1].tolist())


def test_an_output_can_be_named(table: pd.DataFrame, forest: Model, explained: Shap) -> None:
    kinds_named = made(explained, output_names=list(KINDS), feature_names=FEATURES)
    recorder = Recorder()
    log_shap(recorder, kinds_named, predictions(10), output="gold")
    assert outputs(recorder.shap) == pytest.approx(forest.predict_proba(table[:10])[:, 2].tolist())


def test_a_slice_of_one_output_needs_no_choice(explained: Shap) -> None:
    chosen, sliced = Recorder(), Recorder()
    log_shap(chosen, explained, predictions(10), output=2)
    log_shap(sliced, explained[..., 2], predictions(10))
    assert sliced.shap == chosen.shap


def test_a_single_row_is_the_batchs_row(explained: Shap) -> None:
    batch, single = Recorder(), Recorder()
    log_shap(batch, explained, predictions(10), output=1)
    assert log_shap(single, explained[3], str(predictions(4)[3]), output=1) == 1
    assert log_shap(single, explained[3, :, 1], predictions(4)[3:]) == 1
    assert single.shap == [batch.shap[3]] * 2


def test_several_outputs_ask_for_one(explained: Shap) -> None:
    kinds_named = made(explained, output_names=list(KINDS), feature_names=FEATURES)
    there = r"the explanation has 0 \(bronze\), 1 \(silver\), 2 \(gold\)"
    with pytest.raises(ValueError, match=f"output is needed: {there}"):
        log_shap(Recorder(), kinds_named, predictions(10))
    for unknown in (3, -1, "platinum"):
        with pytest.raises(ValueError, match=f"there is no output {unknown!r}: {there}"):
            log_shap(Recorder(), kinds_named, predictions(10), output=unknown)


def test_an_explanation_of_one_output_has_no_other(table: pd.DataFrame, booster: Model) -> None:
    with pytest.raises(ValueError, match=r"there is no output 1: the explanation has 0$"):
        log_shap(Recorder(), explain(tree_explainer(booster), table[:2]), predictions(2), output=1)


@pytest.mark.parametrize("base", [0.5, [0.5], [0.5] * 4, [[0.5]] * 4])
def test_one_base_value_can_be_written_in_any_of_its_forms(base: object) -> None:
    values, recorder = np.arange(20.0).reshape(4, 5), Recorder()
    log_shap(recorder, HandMade(values=values, base_values=base), predictions(4), feature_names=FEATURES)
    assert [each.base_value for each in recorder.shap] == [0.5] * 4
    assert [list(each.attributions.values()) for each in recorder.shap] == values.tolist()


def test_an_explainers_expected_value_serves_as_base_values(
    table: pd.DataFrame, forest: Model, explained: Shap
) -> None:
    expected = cast("Any", tree_explainer(forest)).expected_value
    by_hand = made(attributed(explained), base_values=expected, data=table[:10].to_numpy(), feature_names=FEATURES)
    theirs, ours = Recorder(), Recorder()
    log_shap(theirs, explained, predictions(10), output=1)
    log_shap(ours, by_hand, predictions(10), output=1)
    assert ours.shap == theirs.shap


def test_what_an_explanation_lacks_is_left_out(explained: Shap) -> None:
    recorder = Recorder()
    log_shap(recorder, made(attributed(explained)[..., 0], feature_names=FEATURES), predictions(10))
    assert {(each.base_value, each.feature_values) for each in recorder.shap} == {(None, None)}


def test_a_bare_arrays_features_must_be_named(table: pd.DataFrame, regressor: Model) -> None:
    explanation = explain(tree_explainer(regressor), table[:3].to_numpy())
    assert explanation.feature_names is None
    with pytest.raises(ValueError, match="the explanation names no features: give feature_names, 5 of them"):
        log_shap(Recorder(), explanation, predictions(3))
    recorder = Recorder()
    log_shap(recorder, explanation, predictions(3), feature_names=table.columns)
    assert [each.feature_values for each in recorder.shap] == table[:3].to_dict("records")


def test_values_of_a_data_frame_keep_their_types(explained: Shap) -> None:
    data = pd.DataFrame([["m", 3, 0.5, True, None]] * 10, columns=list(FEATURES), dtype=object)
    facts = HandMade(values=attributed(explained), data=data, feature_names=FEATURES)
    recorder = Recorder()
    log_shap(recorder, facts, predictions(10), output=0)
    assert recorder.shap[9].feature_values == dict(zip(FEATURES, ("m", 3, 0.5, True, None), strict=True))


def test_a_sparse_tables_rows_are_logged_whole(table: pd.DataFrame) -> None:
    few = np.where(table.to_numpy() > 0.5, table.to_numpy(), 0)
    model = cast("Model", LinearRegression()).fit(few, spend(table))
    matrix = sparse.csr_matrix(few)
    explanation = explain(cast("Any", shap.LinearExplainer)(model, matrix), matrix[:10])
    assert sparse.issparse(explanation.data)
    recorder = Recorder()
    log_shap(recorder, explanation, predictions(10), feature_names=FEATURES)
    assert outputs(recorder.shap) == pytest.approx(model.predict(few[:10]).tolist())
    assert [list((each.feature_values or {}).values()) for each in recorder.shap] == few[:10].tolist()


@pytest.mark.parametrize("square", [False, True])
def test_interaction_values_are_refused(*, square: bool, table: pd.DataFrame, regressor: Model, forest: Model) -> None:
    rows = len(FEATURES) if square else 3
    of_regressor, of_forest = (
        explain(tree_explainer(model), table[:rows], interactions=True) for model in (regressor, forest)
    )
    with pytest.raises(ValueError, match="interactions, which are no attributions"):
        log_shap(Recorder(), of_regressor, predictions(rows), output=0)
    with pytest.raises(ValueError, match=rf"have 2 or 3 dimensions .* not shape \({rows}, 5, 5, 3\)"):
        log_shap(Recorder(), of_forest, predictions(rows), output=0)


def test_lengths_that_do_not_match_are_told(explained: Shap) -> None:
    values, base, data = attributed(explained)[..., 0], explained.base_values[:, 0], explained.data
    faults: dict[str, tuple[dict[str, Any], Sequence[str]]] = {
        "4 feature names for 5 attributions a row": ({}, FEATURES[:4]),
        r"data of shape \(10, 4\) for attributions of shape \(10, 5\)": ({"data": data[:, :4]}, FEATURES),
        r"data of shape \(9, 5\) for attributions of shape \(10, 5\)": ({"data": data[:9]}, FEATURES),
        r"base values of shape \(9,\) for values of shape \(10, 5\)": ({"base_values": base[:9]}, FEATURES),
        "two features are named 'debt'": ({}, (*FEATURES[1:], "debt")),
    }
    recorder = Recorder()
    for fault, (changed, names) in faults.items():
        whole = HandMade(values=values, base_values=base, data=data)
        with pytest.raises(ValueError, match=fault):
            log_shap(recorder, replace(whole, **changed), predictions(10), feature_names=names)
    for count in (0, 9, 11):
        with pytest.raises(ValueError, match=f"{count} prediction ids for 10 explained rows"):
            log_shap(recorder, explained, predictions(count), output=0)
    assert recorder == Recorder(), "nothing is logged of what does not fit"


def test_a_malformed_id_is_shown(explained: Shap) -> None:
    with pytest.raises(ValueError, match="a prediction's id is a UUID, not 'four'"):
        log_shap(Recorder(), explained[0], "four", output=0)


@pytest.mark.parametrize(
    ("made_by", "method"),
    [
        (shap.TreeExplainer, "tree_shap"),
        (shap.LinearExplainer, "linear_shap"),
        (shap.KernelExplainer, "kernel_shap"),
        (shap.GPUTreeExplainer, "gpu_tree_shap"),
        (shap.Explainer, "shap"),
    ],
)
def test_the_method_is_named_by_its_explainer(made_by: type[object], method: str, explained: Shap) -> None:
    recorder = Recorder()
    log_shap(recorder, explained[0], UUID(int=1), output=0, explainer=made_by.__new__(made_by))
    log_shap(recorder, explained[0], UUID(int=1), output=0)
    log_shap(recorder, explained[0], UUID(int=1), output=0, explainer=made_by.__new__(made_by), method="own_shap")
    assert [each.method for each in recorder.shap] == [method, "shap", "own_shap"]


def test_shaps_own_choice_of_explainer_names_the_method(table: pd.DataFrame, regressor: Model) -> None:
    explainer, recorder = cast("Any", shap.Explainer)(regressor), Recorder()
    log_shap(recorder, explain(explainer, table[:1]), predictions(1), explainer=explainer)
    assert recorder.shap[0].method == "tree_shap"


def test_what_is_explained_later_has_the_times_of_its_predictions() -> None:
    whole = HandMade(values=[[0.1, 0.2], [0.3, 0.4]], feature_names=["age", "plan"])
    recorder = Recorder()
    assert log_shap(recorder, whole, predictions(2), timestamps=["2026-03-01T12:00Z", "2026-03-01T13:00Z"]) == 2
    assert log_shap(recorder, whole, predictions(2)) == 2
    assert [row.timestamp for row in recorder.shap] == ["2026-03-01T12:00Z", "2026-03-01T13:00Z", None, None]
    with pytest.raises(ValueError, match="1 timestamps for 2 explained rows"):
        log_shap(recorder, whole, predictions(2), timestamps=["2026-03-01T12:00Z"])
