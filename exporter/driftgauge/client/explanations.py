"""Turns explanations made by shap and lime into what the logger stores, and samples them by prediction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from driftgauge.client.attributions import LimeExplanation, LimeWeights, ShapExplanation, ShapRows

__all__ = ["Explaining", "is_sampled", "log_lime", "log_shap"]


class Explaining(Protocol):
    """What is used of the logger."""

    def log_shap_values(
        self,
        prediction_id: UUID,
        values: Mapping[str, float],
        *,
        base_value: float | None = None,
        feature_values: Mapping[str, object] | None = None,
        method: str = ...,
        timestamp: object = None,
    ) -> None:
        """Store what each feature added to the base value of a prediction."""
        ...

    def log_lime_explanation(
        self,
        prediction_id: UUID,
        weights: Mapping[str, float],
        *,
        feature_values: Mapping[str, object] | None = None,
        method: str = ...,
        timestamp: object = None,
    ) -> None:
        """Store the weights of the local model around a prediction."""
        ...

    def refuse(self, error: Exception) -> None:
        """Count what cannot be logged, and raise it if the logger is strict."""
        ...


def is_sampled(prediction_id: UUID | str, rate: float) -> bool:
    """Decide whether a prediction's explanations are kept; asked before explaining, it saves that too.

    Parameters
    ----------
    prediction_id : UUID or str
        Alone decides: SHAP and LIME of one prediction, every process and every retry agree.
    rate : float
        The share of predictions to keep, from 0 (none) to 1 (all). What is kept at a rate is kept at any higher one.

    Returns
    -------
    bool
        Whether to keep them.

    Raises
    ------
    ValueError
        If the rate is not in [0, 1], or the id is not a UUID.

    Notes
    -----
    The first 64 bits of the id's SHA-256, as a share of 2⁶⁴, must lie below the rate. The id's own bits would not do:
    those of versions 1, 6 and 7 tell the time.

    Examples
    --------
    >>> [is_sampled("6f9619ff-8b86-4d01-b42d-00cf4fc964ff", rate) for rate in (0, 0.4, 0.5, 1)]
    [False, False, True, True]
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"rate must be from 0 to 1, not {rate}")
    return int.from_bytes(sha256(_uuid(prediction_id).bytes).digest()[:8]) < rate * 2**64


def log_shap(  # noqa: PLR0913 - a keyword a fact
    logger: Explaining,
    explanation: ShapExplanation,
    prediction_ids: UUID | str | Iterable[UUID | str],
    *,
    rate: float = 1.0,
    output: int | str | None = None,
    method: str | None = None,
    explainer: object = None,
    feature_names: Iterable[object] | None = None,
    timestamps: Iterable[object] | None = None,
) -> int:
    """Log the SHAP values of explained predictions.

    Parameters
    ----------
    logger : PredictionLogger
        Where they go.
    explanation : shap.Explanation
        `values` of shape (features,), (rows, features) or (rows, features, outputs), with one-dimensional `data` also
        (features, outputs); `base_values` a number, or one a row or an output, or (rows, outputs).
    prediction_ids : UUID, str or iterable of them
        What `log_prediction` returned, one a row.
    rate : float
        The share of predictions to log, see `is_sampled`.
    output : int or str, optional
        Which output, or class, by place or by name; needed where there are several.
    method : str, optional
        What made the values, such as `tree_shap`.
    explainer : shap.Explainer, optional
        Names the method by its class if `method` does not: `tree_shap` for a `TreeExplainer`. An explanation does not
        know its explainer, so without either the method is `shap`.
    feature_names : iterable of str, optional
        Used instead of the explanation's own, which has none if the model was explained on a bare array.
    timestamps : iterable of datetime, optional
        When each was predicted, one a row, where they are explained later; now by default.

    Returns
    -------
    int
        How many predictions were logged.

    Raises
    ------
    ValueError
        If the logger is strict, and lengths do not match, a name is missing or twice there, or the output is not clear.
        Nothing is logged then, and a logger that is not strict counts it as invalid.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> explanation = SimpleNamespace(  # a shap.Explanation in practice
    ...     values=[[[-0.2, 0.2], [0.1, -0.1]]], base_values=[[0.6, 0.4]], data=[[41, 3.5]],
    ...     feature_names=["age", "visits"], output_names=["stays", "leaves"])
    >>> def log_shap_values(prediction_id, values, *, base_value, feature_values, method, timestamp):
    ...     print(values, base_value, feature_values, method)
    >>> logger = SimpleNamespace(log_shap_values=log_shap_values)
    >>> log_shap(logger, explanation, "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", output="leaves", method="tree_shap")
    {'age': 0.2, 'visits': -0.1} 0.4 {'age': 41, 'visits': 3.5} tree_shap
    1
    """
    try:
        ids = [_uuid(each) for each in ([prediction_ids] if isinstance(prediction_ids, UUID | str) else prediction_ids)]
        rows = ShapRows.of(explanation, output, feature_names)
        times: list[object] = [None] * len(ids) if timestamps is None else list(timestamps)
        _check_lengths(len(ids), len(rows.base_values), len(times))
        kept = [
            (ids[row], rows.attributions(row), rows.base_values[row], rows.feature_values(row), times[row])
            for row in range(len(ids))
            if is_sampled(ids[row], rate)
        ]
    except Exception as error:  # noqa: BLE001 - logging must not stop a service
        logger.refuse(error)
        return 0
    for prediction_id, attributions, base_value, values, at in kept:
        logger.log_shap_values(
            prediction_id,
            attributions,
            base_value=base_value,
            feature_values=values,
            method=method or _method(explainer),
            timestamp=at,
        )
    return len(kept)


def log_lime(
    logger: Explaining,
    explanation: LimeExplanation,
    prediction_id: UUID | str,
    *,
    label: int | str | None = None,
    rate: float = 1.0,
    method: str = "linear_regression",
    feature_names: Iterable[object] | None = None,
    timestamp: object = None,
) -> bool:
    """Log the LIME weights of an explained prediction.

    Parameters
    ----------
    logger : PredictionLogger
        Where they go.
    explanation : lime.explanation.Explanation
        Of a table's row: weights go by the feature's name, not by the range or category that lime found its value in.
        Other explanations (of texts, say) go by lime's own names, without values.
    prediction_id : UUID or str
        What `log_prediction` returned.
    label : int or str, optional
        Which class, by number or by name. By default the one that was explained, or 1 if that is among several.
        A regression has none.
    rate : float
        The share of predictions to log, see `is_sampled`.
    method : str
        The local model that was fitted.
    feature_names : iterable of str, optional
        Those that the explainer was given. Without them a categorical feature's name is told from its value at the
        last equals sign of `name=value`, as lime has it.
    timestamp : datetime, optional
        When it was predicted, where it is explained later; now by default.

    Returns
    -------
    bool
        Whether it was logged.

    Raises
    ------
    ValueError
        If the logger is strict, and lengths do not match, a name is twice there, or the label is not clear. Nothing is
        logged then, and a logger that is not strict counts it as invalid.

    Notes
    -----
    Values are those of lime's own table: text, numbers with two decimals.
    """
    try:
        prediction_id = _uuid(prediction_id)
        read = LimeWeights.of(explanation, label, feature_names)
        sampled = is_sampled(prediction_id, rate)
    except Exception as error:  # noqa: BLE001 - logging must not stop a service
        logger.refuse(error)
        return False
    if not sampled:
        return False
    logger.log_lime_explanation(
        prediction_id, read.weights, feature_values=read.values, method=method, timestamp=timestamp
    )
    return True


def _check_lengths(ids: int, rows: int, times: int) -> None:
    for what, count in (("prediction ids", ids), ("timestamps", times)):
        if count != rows:
            raise ValueError(f"{count} {what} for {rows} explained rows")


def _method(explainer: object) -> str:
    """Name the method by the explainer's class: `tree_shap` for a `TreeExplainer`."""
    name = "" if explainer is None else type(explainer).__name__.removesuffix("Explainer")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return f"{words}_shap" if words else "shap"


def _uuid(prediction_id: UUID | str) -> UUID:
    if isinstance(prediction_id, UUID):
        return prediction_id
    try:
        return UUID(prediction_id)
    except ValueError as error:
        raise ValueError(f"a prediction's id is a UUID, not {prediction_id!r}") from error
