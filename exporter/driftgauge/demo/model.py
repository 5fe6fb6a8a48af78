"""The demonstration's model: the probability that a flight comes in more than 15 minutes late."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier  # pyright: ignore[reportMissingTypeStubs]  # none exist
from sklearn.metrics import roc_auc_score  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]  # same
from threadpoolctl import ThreadpoolController  # pyright: ignore[reportMissingTypeStubs]  # same

from driftgauge.demo.flights import FEATURES, Column, Flights, FloatArray

MODEL_NAME: Final = "flight-delay"
MODEL_VERSION: Final = "2013.1"
CANARY_VERSION: Final = "2013.2"
CANARY_LACKS: Final = "hour"  # the feature that matters most to the other
ENVIRONMENT: Final = "production"
THRESHOLD: Final = 0.5
CATEGORIES: Final = tuple(name for name, kind in FEATURES.items() if kind == "category")


class Classifier(Protocol):
    """What is used of a scikit-learn classifier, which ships no types."""

    def fit(self, X: FloatArray, y: FloatArray) -> object:  # noqa: N803  # scikit-learn's name
        """Learn from rows and their labels."""
        ...

    def predict_proba(self, X: FloatArray) -> FloatArray:  # noqa: N803  # scikit-learn's name
        """Return each row's probability of each label."""
        ...


class Threads(Protocol):
    """What is used of threadpoolctl, which ships no types either."""

    def limit(self, *, limits: int, user_api: str) -> AbstractContextManager[object]:
        """Hold the thread pools of an API to a size for a while."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DelayModel:
    """A trained model: it takes these `features`; `codes` number the categories that the training flights had."""

    version: str
    features: tuple[str, ...]
    codes: dict[str, dict[object, int]]
    classifier: Classifier
    threads: Threads

    def score(self, features: dict[str, Column]) -> FloatArray:
        """Return each flight's probability of being late; missing values and unknown categories are allowed."""
        return self.probabilities(self.matrix(features))[:, 1]

    def probabilities(self, matrix: FloatArray) -> FloatArray:
        """Return each row's probabilities of being on time and late, of the features as numbers."""
        # Threads that wait for each other would cost seconds on a busy machine, and gain little.
        with self.threads.limit(limits=1, user_api="openmp"):
            return self.classifier.predict_proba(matrix)

    def matrix(self, features: dict[str, Column]) -> FloatArray:
        """Return the features as numbers, NaN for what is missing or was never seen in training."""
        return _matrix({name: features[name] for name in self.features}, self.codes)


def train(
    flights: Flights, *, seed: int, version: str = MODEL_VERSION, without: frozenset[str] = frozenset()
) -> DelayModel:
    """Train on the flights that came in; the same flights and seed give the same model."""
    features = tuple(name for name in FEATURES if name not in without)
    known = flights.take(~np.isnan(flights.late))
    codes = {
        name: {category: code for code, category in enumerate(sorted(set(known.features[name])))}
        for name in CATEGORIES
        if name in features
    }
    # Categories are numbers to it, in alphabetical order: shap's TreeExplainer does not follow scikit-learn's splits by
    # sets of categories, and what it says would not add up to what the model does.
    options: dict[str, Any] = {
        "max_iter": 60,
        "learning_rate": 0.1,
        "max_leaf_nodes": 15,
        "min_samples_leaf": 100,
        "early_stopping": False,
        "random_state": seed,
    }
    classifier = cast("Classifier", HistGradientBoostingClassifier(**options))
    threads = cast("Threads", ThreadpoolController())
    with threads.limit(limits=1, user_api="openmp"):
        classifier.fit(_matrix({name: known.features[name] for name in features}, codes), known.late)
    return DelayModel(version=version, features=features, codes=codes, classifier=classifier, threads=threads)


def area_under_curve(model: DelayModel, flights: Flights) -> float:
    """Return the model's ROC AUC on the flights that came in."""
    known = flights.take(~np.isnan(flights.late))
    return float(cast("float", roc_auc_score(known.late, model.score(known.features))))


def _matrix(features: dict[str, Column], codes: dict[str, dict[object, int]]) -> FloatArray:
    rows = len(next(iter(features.values())))
    matrix = np.empty((rows, len(features)))
    for position, name in enumerate(features):
        if name in codes:
            code_of = codes[name]
            matrix[:, position] = [code_of.get(category, np.nan) for category in features[name]]
        else:
            matrix[:, position] = features[name]
    return matrix
