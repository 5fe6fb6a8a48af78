"""Rules that people write: what must hold of a model, for how long, and whether it does by given values."""

from __future__ import annotations

import math
import operator as operators
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, cast

from driftgauge.config.durations import format_duration
from driftgauge.errors import BadInput

LONGEST_NAME: Final = 200
"""Characters of a metric's or feature's name."""
LARGEST: Final = 1e300
LONGEST_WAIT: Final = timedelta(days=365)
DRIFT: Final = "drift_detected"
_WAIT: Final = re.compile("(?:([0-9]{1,9})w)?(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")
_SECONDS: Final = (604_800, 86_400, 3_600, 60, 1)
OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = MappingProxyType(
    {
        ">": operators.gt,
        "<": operators.lt,
        ">=": operators.ge,
        "<=": operators.le,
        "==": operators.eq,
        "!=": operators.ne,
    }
)


class ConditionType(StrEnum):
    """What kind of thing must hold."""

    METRIC_THRESHOLD = "metric_threshold"
    DRIFT_DETECTED = "drift_detected"
    PERFORMANCE_BELOW = "performance_below"


class Basis(StrEnum):
    """Whether performance is of outcomes that came, or estimated before they do."""

    REALISED = "realised"
    ESTIMATED = "estimated"


KEYS: Final[Mapping[ConditionType, tuple[str, ...]]] = MappingProxyType(
    {
        ConditionType.METRIC_THRESHOLD: ("type", "metric", "operator", "threshold", "for"),
        ConditionType.DRIFT_DETECTED: ("type", "feature", "for"),
        ConditionType.PERFORMANCE_BELOW: ("type", "metric", "threshold", "basis", "for"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What is known of a model at a moment; what is not there, or is not finite, is not known.

    `drift` has the number of drifted features under "", and 1 or 0 under each feature's name.
    """

    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    drift: Mapping[str, float] = field(default_factory=dict[str, float])
    performance: Mapping[Basis, Mapping[str, float]] = field(default_factory=dict[Basis, Mapping[str, float]])


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricThreshold:
    """A metric lies on one side of a threshold."""

    metric: str
    operator: str
    threshold: float
    wait: timedelta = timedelta()

    def read(self, values: Values) -> float | None:
        """Return the value that is compared."""
        return values.metrics.get(self.metric)

    def holds_of(self, value: float) -> bool:
        """Tell whether the condition holds of a value."""
        return OPERATORS[self.operator](value, self.threshold)

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.metric} {self.operator} {self.threshold:g}{_during(self.wait)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftDetected:
    """A feature has drifted, or any where none is named."""

    feature: str | None = None
    wait: timedelta = timedelta()

    @property
    def threshold(self) -> None:
        """There is none."""
        return

    def read(self, values: Values) -> float | None:
        """Return how many features drifted, or 1 or 0 of a single one."""
        return values.drift.get(self.feature or "")

    def holds_of(self, value: float) -> bool:
        """Tell whether the condition holds of a value."""
        return value > 0

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.feature or 'any feature'} drifted{_during(self.wait)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceBelow:
    """A metric of performance lies below a threshold."""

    metric: str
    threshold: float
    basis: Basis = Basis.REALISED
    wait: timedelta = timedelta()

    def read(self, values: Values) -> float | None:
        """Return the value that is compared."""
        return values.performance.get(self.basis, {}).get(self.metric)

    def holds_of(self, value: float) -> bool:
        """Tell whether the condition holds of a value."""
        return value < self.threshold

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.basis.value} {self.metric} below {self.threshold:g}{_during(self.wait)}"


Condition = MetricThreshold | DriftDetected | PerformanceBelow


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Whether a condition holds, and the value that says so; both None where that is not known."""

    holds: bool | None
    value: float | None


def evaluate(condition: Condition, values: Values) -> Evaluation:
    """Return whether a condition holds; of a value that is missing or not finite, nobody knows.

    Examples
    --------
    >>> rule = parse_condition({"type": "metric_threshold", "metric": "revenue", "operator": "<", "threshold": 5})
    >>> evaluate(rule, Values(metrics={"revenue": 4.5}))
    Evaluation(holds=True, value=4.5)
    >>> evaluate(rule, Values())
    Evaluation(holds=None, value=None)
    """
    value = condition.read(values)
    if value is None or not math.isfinite(value):
        return Evaluation(holds=None, value=None)
    return Evaluation(holds=condition.holds_of(value), value=float(value))


def given_values(metrics: Mapping[str, float]) -> Values:
    """Return the values that somebody gives by name.

    A metric is what it is called, of performance as well; `drift_detected` is how many features drifted, or whether
    any did, and `drift_detected.<feature>` whether that one did.

    Examples
    --------
    >>> given_values({"accuracy": 0.8, "drift_detected.age": 1}).drift
    {'age': 1}
    """
    drift = {
        name.removeprefix(DRIFT).removeprefix("."): value
        for name, value in metrics.items()
        if name == DRIFT or name.startswith(f"{DRIFT}.")
    }
    return Values(metrics=metrics, drift=drift, performance=dict.fromkeys(Basis, metrics))


def parse_condition(document: object) -> Condition:
    """Return the condition that a JSON document says.

    Raises
    ------
    BadInput
        In words for the user, with all that is wrong with it.

    Examples
    --------
    >>> print(parse_condition({"type": "drift_detected", "feature": "age", "for": "1h30m"}))
    age drifted for 1h30m
    """
    problem = condition_problem(document)
    if problem is not None:
        raise BadInput(problem)
    found = cast("dict[str, Any]", document)
    wait = _wait(found.get("for", "0s"))
    assert wait is not None  # noqa: S101 - it has just been looked at
    kind = ConditionType(found["type"])
    if kind is ConditionType.DRIFT_DETECTED:
        return DriftDetected(feature=found.get("feature"), wait=wait)
    metric, threshold = found["metric"], float(found["threshold"])
    if kind is ConditionType.METRIC_THRESHOLD:
        return MetricThreshold(metric=metric, operator=found["operator"], threshold=threshold, wait=wait)
    return PerformanceBelow(
        metric=metric, threshold=threshold, basis=Basis(found.get("basis", Basis.REALISED)), wait=wait
    )


def condition_problem(document: object) -> str | None:
    """Return all that is wrong with a document, in the words of Postgres' `alert_rule_problem`; None: nothing.

    Examples
    --------
    >>> condition_problem({"type": "metric_threshold", "metric": "revenue", "operator": "=>", "threshold": 5})
    'operator: expected one of >, <, >=, <=, ==, !='
    """
    return "; ".join(_problems(document)) or None


def _problems(document: object) -> Iterator[str]:
    if not isinstance(document, dict):
        yield "expected an object"
        return
    found = cast("dict[str, object]", document)
    if found.get("type") not in list(ConditionType):
        yield "type: expected metric_threshold, drift_detected or performance_below"
        return
    keys = KEYS[ConditionType(found["type"])]
    if not found.keys() <= set(keys):
        yield f"expected no keys but {', '.join(keys)}"
    if "metric" in keys and not _is_name(found.get("metric")):
        yield f"metric: expected a name of 1 to {LONGEST_NAME} characters"
    if "feature" in found and "feature" in keys and not _is_name(found["feature"]):
        yield f"feature: expected a name of 1 to {LONGEST_NAME} characters"
    if "operator" in keys and found.get("operator") not in list(OPERATORS):
        yield f"operator: expected one of {', '.join(OPERATORS)}"
    if "threshold" in keys and not _is_number(found.get("threshold")):
        yield "threshold: expected a number, at most 1e300 in size"
    if "basis" in found and "basis" in keys and found["basis"] not in list(Basis):
        yield "basis: expected realised or estimated"
    if "for" in found and _wait(found["for"]) is None:
        yield f"for: expected a duration like 10m or 1h30m, at most {LONGEST_WAIT.days}d"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME and bool(value.strip(" "))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _wait(value: object) -> timedelta | None:
    """Return how long a condition must hold; None where that is not said."""
    match = _WAIT.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        return None
    seconds = sum(int(amount or 0) * width for amount, width in zip(match.groups(), _SECONDS, strict=True))
    return timedelta(seconds=seconds) if seconds <= LONGEST_WAIT.total_seconds() else None


def _during(wait: timedelta) -> str:
    return f" for {format_duration(wait)}" if wait else ""
