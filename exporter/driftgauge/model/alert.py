"""An alert as Alertmanager tells it: by which labels it is known, when it began, and whether it has ended."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from driftgauge.model.identity import ModelKey

LONGEST_NAME: Final = 500
"""Bytes: what names are indexed by."""

LONGEST_MESSAGE: Final = 4_000
"""Characters."""

SILENCED_BY: Final = (
    *("alertname", "model", "environment", "feature", "metric", "check", "explanation_type"),
    *("rule_id", "alert", "exported_job", "table", "integration", "rule_group", "resource", "reason"),
)
"""The labels that say what is wrong with what: never how gravely, so that a silence outlives an escalation."""

PLACE: Final = ("job", "instance")
"""The labels that say where an alert comes from that is of no model."""


class Severity(StrEnum):
    """How grave an alert is; what has another severity, such as a heartbeat's, is no alert of a model."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert, from when it began to fire; `ended_at` is None while it does. Times are whole milliseconds in UTC."""

    fingerprint: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    generator_url: str
    severity: Severity
    starts_at: datetime
    ended_at: datetime | None = None

    @property
    def name(self) -> str:
        """The name of its rule."""
        return _cut(self.labels.get("alertname", ""))

    @property
    def key(self) -> ModelKey:
        """The model that it is about; what it does not say is empty, as with an exporter that is down."""
        model, version, environment = (_cut(self.labels.get(name, "")) for name in ("model", "version", "environment"))
        return ModelKey(model=model, version=version, environment=environment)

    @property
    def message(self) -> str:
        """What it says to people: its description, else its summary, else its name."""
        said = self.annotations.get("description") or self.annotations.get("summary") or self.name
        return said[:LONGEST_MESSAGE]

    @property
    def value(self) -> float | None:
        """The number in its annotation `value`; None where that is none, or not finite."""
        return self._number("value")

    @property
    def threshold(self) -> float | None:
        """The number that the value is held against, in its annotation `threshold`; None as with the value."""
        return self._number("threshold")

    def _number(self, annotation: str) -> float | None:
        try:
            value = float(self.annotations.get(annotation, ""))
        except ValueError:
            return None
        return value if math.isfinite(value) else None


def silence_matchers(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels, with their values, that a silence of an alert with these `labels` matches.

    A label that the alert has not is empty: so the alert of a model as a whole silences none of its features'.

    Examples
    --------
    >>> matchers = silence_matchers({"alertname": "FeatureDrift", "model": "churn", "feature": "age", "version": "2"})
    >>> {name: value for name, value in matchers.items() if value}
    {'alertname': 'FeatureDrift', 'model': 'churn', 'feature': 'age'}
    >>> matchers["check"]
    ''
    """
    names = SILENCED_BY if labels.get("model") else (*SILENCED_BY, *PLACE)
    return {name: labels.get(name, "") for name in names}


def _cut(name: str) -> str:
    """Return the beginning of a name that an index can hold."""
    return name.encode()[:LONGEST_NAME].decode(errors="ignore")
