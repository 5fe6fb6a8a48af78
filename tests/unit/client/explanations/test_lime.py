"""What is stored of lime's explanations: weights by feature, whatever lime calls the range it fell in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from lime.lime_tabular import LimeTabularExplainer  # pyright: ignore[reportMissingTypeStubs] - none exist
from lime.lime_text import LimeTextExplainer  # pyright: ignore[reportMissingTypeStubs] - same
from scipy import sparse
from sklearn.ensemble import (  # pyright: ignore[reportMissingTypeStubs] - same
    GradientBoostingRegressor,
    RandomForestClassifier,
)

from driftgauge.client.explanations import log_lime
from driftgauge.model.bins import FloatArray
from fixtures.explained import FEATURES, KINDS, Lime, Model, Recorder, lime_of, spend


def test_a_classs_weights_go_by_feature_not_by_range(table: pd.DataFrame, bare_forest: Model) -> None:
    explanation = lime_of(table, bare_forest.predict_proba, 3, labels=(2,), class_names=KINDS)
    recorder = Recorder()
    assert log_lime(recorder, explanation, UUID(int=1)) is True
    (stored,) = recorder.lime
    assert stored.attributions == {FEATURES[place]: weight for place, weight in explanation.as_map()[2]}
    assert list(stored.attributions.values()) == [weight for _, weight in explanation.as_list(label=2)]
    assert any("<" in text for text, _ in explanation.as_list(label=2)), "the ranges are there"
    assert stored.feature_values == {name: f"{table[name][3]:.2f}" for name in stored.attributions}
    assert (stored.prediction_id, stored.method) == (UUID(int=1), "linear_regression")


def test_a_regressions_weights_are_those_that_lime_shows(table: pd.DataFrame) -> None:
    model = cast("Model", GradientBoostingRegressor(n_estimators=20, random_state=0)).fit(
        table.to_numpy(), spend(table)
    )
    explanation = lime_of(table, model.predict, 5, mode="regression")
    recorder = Recorder()
    log_lime(recorder, explanation, str(UUID(int=1)), method="ridge")
    assert list(recorder.lime[0].attributions.values()) == [weight for _, weight in explanation.as_list()]
    assert recorder.lime[0].method == "ridge"
    with pytest.raises(ValueError, match="a regression's explanation has no labels: leave out label=0"):
        log_lime(recorder, explanation, UUID(int=1), label=0)


def test_a_label_is_chosen_by_number_by_name_or_as_lime_does(table: pd.DataFrame, bare_forest: Model) -> None:
    explanation = lime_of(table, bare_forest.predict_proba, 3, labels=(0, 1, 2), class_names=KINDS)
    recorder = Recorder()
    for label in (0, "bronze", None, 1, 2, "gold"):
        log_lime(recorder, explanation, UUID(int=1), label=label)
    shown = [[weight for _, weight in explanation.as_list(label=label)] for label in (0, 0, 1, 1, 2, 2)]
    assert [list(each.attributions.values()) for each in recorder.lime] == shown


def test_the_likeliest_class_needs_no_label(table: pd.DataFrame, bare_forest: Model) -> None:
    surest = int(bare_forest.predict_proba(table.to_numpy())[:, 2].argmax())
    explanation = lime_of(table, bare_forest.predict_proba, surest, top_labels=1)
    (top,) = explanation.as_map()
    assert top == 2
    recorder = Recorder()
    log_lime(recorder, explanation, UUID(int=1))
    assert list(recorder.lime[0].attributions.values()) == [weight for _, weight in explanation.as_list(label=top)]


def test_an_unclear_label_is_told_what_there_is(table: pd.DataFrame, bare_forest: Model) -> None:
    explanation = lime_of(table, bare_forest.predict_proba, 3, labels=(0, 2), class_names=KINDS[:2])
    with pytest.raises(ValueError, match=r"label is needed: the explanation has 0 \(bronze\), 2$"):
        log_lime(Recorder(), explanation, UUID(int=1))
    for unknown in (1, "gold"):
        with pytest.raises(ValueError, match=f"there is no label {unknown!r}: "):
            log_lime(Recorder(), explanation, UUID(int=1), label=unknown)


@pytest.mark.parametrize("discretize", [False, True])
@pytest.mark.parametrize(
    ("name", "category", "told"),
    [("plan", "free", None), ("plan=free", "yes", None), ("plan", "a=b", True), ("plan=free", "a=b", True)],
)
def test_a_category_is_a_value_and_no_part_of_the_name(
    *, name: str, category: str, told: bool | None, discretize: bool, table: pd.DataFrame, bare_forest: Model
) -> None:
    coded = table.assign(age=(table["age"] > 0).astype(float))
    names = [name, *FEATURES[1:]]
    explanation = lime_of(
        coded,
        bare_forest.predict_proba,
        int(coded["age"].to_numpy().argmax()),
        feature_names=names,
        categorical_features=[0],
        categorical_names={0: ["none", category]},
        discretize_continuous=discretize,
    )
    recorder = Recorder()
    log_lime(recorder, explanation, UUID(int=1), feature_names=names if told else None)
    assert set(recorder.lime[0].attributions) == set(names)
    assert cast("dict[str, object]", recorder.lime[0].feature_values)[name] == category


def test_a_sparse_rows_weights_are_logged_once_each(table: pd.DataFrame) -> None:
    few = sparse.csr_matrix(np.where(table.to_numpy() > 0, table.to_numpy(), 0))
    model = cast("Model", RandomForestClassifier(10, random_state=0)).fit(few, spend(table) > 0)
    explainer = cast("Any", LimeTabularExplainer)(few, feature_names=list(FEATURES), random_state=0)
    explanation: Lime = explainer.explain_instance(few[3], model.predict_proba, num_samples=200)
    assert len(explanation.as_map()[1]) > len(FEATURES), "lime repeats a feature to fill its list"
    recorder = Recorder()
    log_lime(recorder, explanation, UUID(int=1))
    assert recorder.lime[0].attributions == {FEATURES[place]: weight for place, weight in explanation.as_map()[1]}
    dense = few[3].toarray().ravel()
    assert recorder.lime[0].feature_values == {
        name: f"{dense[FEATURES.index(name)]:.2f}" for name in recorder.lime[0].attributions
    }


def test_feature_names_must_be_as_many_as_the_row_has(table: pd.DataFrame, bare_forest: Model) -> None:
    explanation = lime_of(table, bare_forest.predict_proba, 3)
    with pytest.raises(ValueError, match="4 feature names for a row of 5 features"):
        log_lime(Recorder(), explanation, UUID(int=1), feature_names=FEATURES[:4])
    with pytest.raises(ValueError, match="two features are named 'age'"):
        log_lime(Recorder(), explanation, UUID(int=1), feature_names=("age", *FEATURES[:4]))


def words(bow: bool) -> Lime:  # noqa: FBT001 - lime's own flag
    def answer(texts: Sequence[str]) -> FloatArray:
        good = np.array([0.5 + 0.1 * text.count("good") - 0.1 * text.count("bad") for text in texts])
        return np.stack([1 - good, good], axis=1)

    explainer = cast("Any", LimeTextExplainer)(bow=bow, random_state=0)
    return explainer.explain_instance("good good bad awful", answer, num_samples=100)


def test_a_texts_weights_go_by_word() -> None:
    explanation, recorder = words(bow=True), Recorder()
    log_lime(recorder, explanation, UUID(int=1))
    assert recorder.lime[0].attributions == dict(explanation.as_list())
    assert set(recorder.lime[0].attributions) == {"good", "bad", "awful"}
    assert recorder.lime[0].feature_values is None


def test_a_text_whose_words_repeat_is_refused() -> None:
    with pytest.raises(ValueError, match="two features are named 'good'"):
        log_lime(Recorder(), words(bow=False), UUID(int=1))
    with pytest.raises(ValueError, match="feature_names are for explanations of a table's row"):
        log_lime(Recorder(), words(bow=True), UUID(int=1), feature_names=["good"])
