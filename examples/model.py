"""Stands for your model: whether a tumour is malignant, learnt at start from the data that scikit-learn ships."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from sklearn.datasets import load_breast_cancer  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingTypeStubs] - none exist
from sklearn.pipeline import make_pipeline  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType] - same
from sklearn.preprocessing import StandardScaler  # pyright: ignore[reportMissingTypeStubs] - same

FEATURES: Final = ("mean radius", "mean texture", "mean smoothness", "mean concavity", "mean symmetry")
THRESHOLD: Final = 0.5


def diagnose(features: Mapping[str, float]) -> tuple[str, float]:
    """Return what a tumour is and the probability that it is malignant; a KeyError names a feature that is missing."""
    score = float(_MODEL.predict_proba([[features[name] for name in FEATURES]])[0][0])
    return "malignant" if score >= THRESHOLD else "benign", score


def _trained() -> Any:  # noqa: ANN401 - scikit-learn has no types
    tumours: Any = cast("Any", load_breast_cancer)()
    columns = [list(tumours.feature_names).index(name) for name in FEATURES]
    return cast("Any", make_pipeline)(StandardScaler(), LogisticRegression()).fit(
        tumours.data[:, columns], tumours.target
    )


_MODEL: Final = _trained()
