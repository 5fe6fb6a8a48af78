"""Log what is learnt besides predictions: outcomes, metrics, health checks, importances, explanations."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from uuid import UUID

from driftgauge.client.encoding import as_mapping, encode, split_answer
from driftgauge.client.frames import plain_list, spread
from driftgauge.client.identifiers import new_id
from driftgauge.client.offering import Offering
from driftgauge.client.rows import (
    EXPLANATIONS,
    HEALTH_CHECKS,
    IMPORTANCES,
    LIME_WEIGHTS,
    METRICS,
    OUTCOMES,
    SHAP_VALUES,
    Table,
)
from driftgauge.client.values import identifier, moment, number, required, text, worded


class ReportCalls(Offering):
    """The part of the logger that logs all but predictions."""

    def log_outcome(self, prediction_id: UUID | str, outcome: object, *, timestamp: object = None) -> None:
        """Log what turned out to be true for a prediction: text and booleans as a label, numbers as a value.

        Of several outcomes for a prediction, the one with the latest `timestamp` counts.
        """
        try:
            label, value = _true_answer(outcome)
            self.offer(OUTCOMES, (new_id().hex, moment(timestamp), identifier(prediction_id).hex, label, value))
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)

    def log_outcomes(self, prediction_ids: object, outcomes: object, *, timestamp: object = None) -> None:
        """Log outcomes by prediction id, from sequences or arrays of one length."""
        try:
            keys = plain_list(prediction_ids)
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)
            return
        try:
            fields = (spread("outcomes", outcomes, len(keys)), spread("timestamp", timestamp, len(keys)))
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error, rows=len(keys))
            return
        for key, outcome, at in zip(keys, *fields, strict=True):
            self.log_outcome(key, outcome, timestamp=at)

    def log_metric(self, name: str, value: object, unit: str = "", *, timestamp: object = None) -> None:
        """Log a technical or business metric of the model."""
        try:
            known = (worded("name", name), required("value", value), text(unit))
            self.offer(METRICS, (new_id().hex, *self._model, moment(timestamp), *known))
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)

    def log_health_check(
        self, status: object, score: object = 1.0, issues: Iterable[object] = (), *, timestamp: object = None
    ) -> None:
        """Log a check of the model's health.

        `status` is `healthy` or another word, `score` lies in [0, 1]; `issues` are mappings with `severity` and
        `message`, or texts, which are warnings.
        """
        try:
            told: list[object] = [issues] if isinstance(issues, str | Mapping) else list(issues)
            found = [{"severity": "warning", "message": issue} if isinstance(issue, str) else issue for issue in told]
            known = (worded("status", status), required("score", score), encode(found))
            self.offer(HEALTH_CHECKS, (new_id().hex, *self._model, moment(timestamp), *known))
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)

    def log_feature_importance(self, importances: Mapping[str, object], *, timestamp: object = None) -> None:
        """Log how much each feature matters to the model; the largest gets rank 1, equal ones rank by name."""
        try:
            at = moment(timestamp)
            known = {name: required(name, value, finite=True) for name, value in as_mapping(importances).items()}
            ranked = sorted(known.items(), key=lambda item: (-item[1], item[0]))
            for rank, (name, value) in enumerate(ranked, start=1):
                self.offer(IMPORTANCES, (new_id().hex, *self._model, at, name, value, rank))
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)

    def log_shap_values(
        self,
        prediction_id: UUID | str,
        values: Mapping[str, object],
        *,
        base_value: object = None,
        feature_values: Mapping[str, object] | None = None,
        method: str = "tree_shap",
        timestamp: object = None,
    ) -> None:
        """Log the SHAP values of a prediction by feature.

        `driftgauge.client.explanations.log_shap` takes what shap returns.
        """
        try:
            base = number(base_value)
            self._log_attributions(
                SHAP_VALUES, "shap", method, prediction_id, values, feature_values, timestamp, last=(base,)
            )
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)

    def log_lime_explanation(
        self,
        prediction_id: UUID | str,
        weights: Mapping[str, object],
        *,
        feature_values: Mapping[str, object] | None = None,
        method: str = "linear_regression",
        timestamp: object = None,
    ) -> None:
        """Log the LIME weights of a prediction by feature.

        `driftgauge.client.explanations.log_lime` takes what lime returns.
        """
        try:
            self._log_attributions(LIME_WEIGHTS, "lime", method, prediction_id, weights, feature_values, timestamp)
        except Exception as error:  # noqa: BLE001 - logging must not stop a service
            self.refuse(error)

    def _log_attributions(  # noqa: PLR0917 - what both explanations are made of
        self,
        table: Table,
        kind: str,
        method: str,
        prediction_id: UUID | str,
        attributions: Mapping[str, object],
        feature_values: Mapping[str, object] | None,
        timestamp: object,
        *,
        last: tuple[object, ...] = (),
    ) -> None:
        key, at = identifier(prediction_id).hex, moment(timestamp)
        known = {name: required(name, value, finite=True) for name, value in as_mapping(attributions).items()}
        values = {} if feature_values is None else as_mapping(feature_values)
        head = (*self._model, at, key)
        rows = [(*head, name, weight, text(values.get(name)), *last) for name, weight in known.items()]
        about = (*head, kind, text(method), statistics.pstdev(known.values()) if known else 0.0)
        for row in rows:  # nothing can fail any more: half an explanation would be a wrong one
            self.offer(table, (new_id().hex, *row))
        self.offer(EXPLANATIONS, (new_id().hex, *about))


def _true_answer(outcome: object) -> tuple[str | None, float | None]:
    _, label, value = split_answer(outcome)
    if label is None and value is None:
        raise TypeError(f"outcome: text, a boolean or a number is needed; got {type(outcome).__name__}")
    return label, value
