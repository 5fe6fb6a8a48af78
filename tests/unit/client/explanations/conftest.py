from __future__ import annotations

from typing import cast

import pandas as pd
import pytest
from sklearn.ensemble import (  # pyright: ignore[reportMissingTypeStubs] - none exist
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
)

from fixtures.explained import Model, Shap, customers, explain, kinds, spend, tree_explainer


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return customers()


@pytest.fixture(scope="module")
def regressor(table: pd.DataFrame) -> Model:
    return cast("Model", GradientBoostingRegressor(n_estimators=20, random_state=0)).fit(table, spend(table))


@pytest.fixture(scope="module")
def booster(table: pd.DataFrame) -> Model:
    model = cast("Model", GradientBoostingClassifier(n_estimators=20, random_state=0))
    return model.fit(table, spend(table) > 0)


@pytest.fixture(scope="module")
def forest(table: pd.DataFrame) -> Model:
    return cast("Model", RandomForestClassifier(20, random_state=0)).fit(table, kinds(table))


@pytest.fixture(scope="module")
def bare_forest(table: pd.DataFrame) -> Model:
    """Lime perturbs bare arrays, about which a model of a data frame would warn."""
    return cast("Model", RandomForestClassifier(20, random_state=0)).fit(table.to_numpy(), kinds(table))


@pytest.fixture(scope="module")
def explained(table: pd.DataFrame, forest: Model) -> Shap:
    return explain(tree_explainer(forest), table[:10])
