"""What a judgement of drift says, test by test and feature by feature."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftgauge.model.bins import FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow


class Verdict(StrEnum):
    """The distinct states of a judgement; only `DRIFTED` raises an alert."""

    STABLE = "stable"
    DRIFTED = "drifted"
    INSUFFICIENT_DATA = "insufficient_data"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One drift test on one feature, judged.

    `score` is an effect size that a person can read (0 = no drift), `threshold` is in the same unit,
    `statistic` is what the test's literature reports, p-values lie in [0, 1] and are None for distances.
    """

    __test__ = False  # not a test class of pytest's

    test: str
    score: float
    threshold: float
    statistic: float
    p_value: float | None
    adjusted_p_value: float | None
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureVerdict:
    """The judgement of one feature in one window; `reason` says why in words and numbers."""

    feature: str
    kind: FeatureKind
    verdict: Verdict
    reason: str
    rows: int
    tests: tuple[TestResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerdict:
    """The judgement of a model's features in one window."""

    key: ModelKey
    window: TimeWindow
    rows: int
    verdict: Verdict
    drifted_share: float
    features: tuple[FeatureVerdict, ...]
