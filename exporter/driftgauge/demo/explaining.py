"""Why the demonstration's models answer as they do: real explainers over a sample of flights, logged by the client."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, cast

import numpy as np

from driftgauge.client import PredictionLogger
from driftgauge.client.attributions import LimeExplanation, ShapExplanation
from driftgauge.client.explanations import is_sampled, log_lime, log_shap
from driftgauge.demo.flights import FEATURES, Column, FloatArray
from driftgauge.demo.model import CATEGORIES, ENVIRONMENT, MODEL_NAME, DelayModel
from driftgauge.demo.traffic import LABELS, PredictionRow
from driftgauge.errors import SignalMissing

SHAP_SHARE: Final = 0.1  # of the live flights
LIME_SHARE: Final = 0.03  # of them; only those that lack nothing can be explained
LIME_SAMPLES: Final = 500  # perturbed flights an explanation: 40 ms of one core
LIME_ROWS: Final = 2_000  # flights that tell LIME how values are spread
SEED: Final = 1
CLOSE_SECONDS: Final = 5.0
NAMED: Final = 3


class Explained(Protocol):
    """What is used of shap's explanation, which ships no types."""

    @property
    def values(self) -> FloatArray:
        """What each feature added, by row."""
        ...

    @property
    def base_values(self) -> FloatArray:
        """What they were added to."""
        ...


@dataclass(slots=True)
class Told:
    """How many flights were explained while live, by which explainer."""

    shap: int = 0
    lime: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains one version of the model, and logs what that says by the client's helpers.

    `shap` is a TreeExplainer of the very classifier that serves, so that values add up to its log-odds; `lime` a
    LimeTabularExplainer, which takes no missing values.
    """

    model: DelayModel
    logger: PredictionLogger
    shap: Callable[[FloatArray], Explained]
    lime: Callable[[FloatArray], LimeExplanation]
    told: Told = field(default_factory=Told)

    @classmethod
    def of(cls, model: DelayModel, known: Mapping[str, Column], dsn: str, *, schema: str = "driftgauge") -> Explainer:
        """Prepare both explainers; `known` flights tell LIME how values are spread. Nothing is connected yet."""
        with warnings.catch_warnings():
            # shap sets the colours of its plots at import, in a way that matplotlib will retire.
            warnings.filterwarnings("ignore", "The set_(bad|over|under) function", PendingDeprecationWarning)
            import shap  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  # a second, on the first call
        matrix = model.matrix(dict(known))
        return cls(
            model=model,
            logger=PredictionLogger(
                dsn, model=MODEL_NAME, version=model.version, environment=ENVIRONMENT, schema=schema, on_sigterm=False
            ),
            shap=cast("Callable[[FloatArray], Explained]", shap.TreeExplainer(model.classifier)),
            lime=_lime(model, matrix[~np.isnan(matrix).any(axis=1)][:LIME_ROWS]),
        )

    def log_history(self, rows: Sequence[PredictionRow]) -> None:
        """Log the SHAP values of past predictions, at their own times."""
        explained, values = self._explain(rows)
        log_shap(
            self.logger,
            _readable(explained, values, self.model.features),
            [row.id for row in rows],
            explainer=self.shap,
            timestamps=[row.timestamp for row in rows],
        )

    def log_importances(self, flights: Mapping[str, Column], *, at: datetime | None = None) -> dict[str, float]:
        """Log the mean |SHAP value| of each feature over some flights, and return it, the largest first."""
        mean = np.abs(self.shap(self.model.matrix(dict(flights))).values).mean(axis=0)
        importances = {name: float(value) for name, value in zip(self.model.features, mean, strict=True)}
        self.logger.log_feature_importance(importances, timestamp=at)
        return dict(sorted(importances.items(), key=lambda item: -item[1]))

    def log_live(self, rows: Sequence[PredictionRow]) -> None:
        """Log explanations of a sample of the live predictions of this version that were answered."""
        chosen = [
            row
            for row in rows
            if row.version == self.model.version and row.status == "success" and is_sampled(row.id, SHAP_SHARE)
        ]
        if not chosen:
            return
        explained, values = self._explain(chosen)
        self.told.shap += log_shap(
            self.logger,
            _readable(explained, values, self.model.features),
            [row.id for row in chosen],
            explainer=self.shap,
            timestamps=[row.timestamp for row in chosen],
        )
        for row in chosen:
            if is_sampled(row.id, LIME_SHARE) and None not in row.features.values():
                self._log_lime(row)
                break  # one a tick: the traffic must not wait

    def close(self) -> None:
        """Store what is left."""
        self.logger.close(CLOSE_SECONDS)

    def _explain(self, rows: Sequence[PredictionRow]) -> tuple[Explained, list[list[object]]]:
        columns = columns_of(rows, self.model.features)
        return self.shap(self.model.matrix(columns)), [list(row.features.values()) for row in rows]

    def _log_lime(self, row: PredictionRow) -> None:
        matrix = self.model.matrix(columns_of([row], self.model.features))
        if np.isnan(matrix).any():  # a category that training never saw
            return
        self.told.lime += log_lime(self.logger, self.lime(matrix[0]), row.id, timestamp=row.timestamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explaining:
    """The explainers of all versions that serve."""

    explainers: tuple[Explainer, ...]

    def log_live(self, rows: Sequence[PredictionRow]) -> None:
        """Log explanations of a sample of the live predictions."""
        for explainer in self.explainers:
            explainer.log_live(rows)

    def close(self) -> None:
        """Store what is left."""
        for explainer in self.explainers:
            explainer.close()

    def conclude(self) -> str:
        """Store what is left, and return what was logged, in words.

        Raises
        ------
        SignalMissing
            If any of it was lost.
        """
        self.close()
        stats = [explainer.logger.stats() for explainer in self.explainers]
        accepted, stored = (sum(getattr(one, count) for one in stats) for count in ("accepted", "stored"))
        if accepted != stored:
            raise SignalMissing(f"explanations were lost: {accepted:,} rows logged, {stored:,} stored")
        by_shap, by_lime = (
            sum(getattr(explainer.told, kind) for explainer in self.explainers) for kind in ("shap", "lime")
        )
        return f"explained live: {by_shap:,} predictions by SHAP, {by_lime:,} by LIME; {stored:,} rows stored, 0 lost"


def describe(importances: Mapping[str, float]) -> str:
    """Return the most important features, in few words.

    Examples
    --------
    >>> describe({"hour": 0.2551, "seats": 0.217, "pressure": 0.134, "temp": 0.119})
    'hour 0.26, seats 0.22, pressure 0.13'
    """
    return ", ".join(f"{name} {value:.2f}" for name, value in list(importances.items())[:NAMED])


def columns_of(rows: Sequence[PredictionRow], features: Sequence[str]) -> dict[str, Column]:
    """Return the features of logged predictions as columns again."""
    columns: dict[str, Column] = {}
    for name in features:
        values = [row.features[name] for row in rows]
        if FEATURES[name] == "category":
            columns[name] = np.array(values, dtype=np.object_)
        else:
            columns[name] = np.array(values, dtype=np.float64)
    return columns


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readable:
    """shap's explanation with the features as the service logged them, not as codes."""

    values: FloatArray
    base_values: FloatArray
    data: FloatArray | np.ndarray[Any, np.dtype[np.object_]]
    feature_names: tuple[str, ...]
    output_names: None = None


def _readable(explained: Explained, values: list[list[object]], features: tuple[str, ...]) -> ShapExplanation:
    return _Readable(
        values=explained.values,
        base_values=explained.base_values,
        data=np.array(values, dtype=np.object_),
        feature_names=features,
    )


def _lime(model: DelayModel, matrix: FloatArray) -> Callable[[FloatArray], LimeExplanation]:
    """Return what explains a complete flight by LIME; a category is kept or drawn anew, never added to."""
    from lime.lime_tabular import (  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  # none exist
        LimeTabularExplainer,
    )

    places = {model.features.index(name): name for name in CATEGORIES if name in model.features}
    explainer: Any = LimeTabularExplainer(
        matrix,
        feature_names=list(model.features),
        class_names=list(LABELS),
        categorical_features=list(places),
        categorical_names={place: [str(each) for each in model.codes[name]] for place, name in places.items()},
        random_state=SEED,
    )

    def explain(row: FloatArray) -> LimeExplanation:
        return explainer.explain_instance(
            row, model.probabilities, num_features=len(model.features), num_samples=LIME_SAMPLES
        )

    return explain
