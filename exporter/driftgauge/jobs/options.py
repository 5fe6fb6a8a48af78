"""How rows are rolled up, how outcomes are joined, how a model's features are read, what is promised of its service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from driftgauge.model.bins import FeatureKind
from driftgauge.performance.evidence import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureOptions:
    """What the operator decides about a model's features; the rest is inferred.

    `reconstructed` asks for the feature that is made of all numeric ones, `reconstruction_error`; at most `segments`
    parts of its rows are judged apart, those with `segment_rows` or more in the reference.
    """

    kinds: Mapping[str, FeatureKind] = field(default_factory=dict[str, FeatureKind])
    reconstructed: bool = False
    ignored: frozenset[str] = frozenset()
    segments: int = 5
    segment_rows: int = 200

    def decide(self, inferred: Mapping[str, FeatureKind]) -> dict[str, FeatureKind]:
        """Return the kinds of the features to watch."""
        return {name: kind for name, kind in {**inferred, **self.kinds}.items() if name not in self.ignored}


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupOptions:
    """How rows are rolled up; widths divide each other and a day.

    Days that began longer than `profile_buckets_kept` ago are one profile bucket from the first roll-up on.
    """

    bucket: timedelta = timedelta(minutes=1)
    profile_bucket: timedelta = timedelta(hours=1)
    profile_buckets_kept: timedelta = timedelta(days=1)
    slice_rows: int = 20_000
    automatic_rows: int = 2_000
    features: Mapping[str, FeatureOptions] = field(default_factory=dict[str, FeatureOptions])
    features_of_others: FeatureOptions = field(default_factory=FeatureOptions)

    def of_model(self, model: str) -> FeatureOptions:
        """Return the options for a model's features."""
        return self.features.get(model, self.features_of_others)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeOptions:
    """How outcomes are joined: the width of cohorts, rows of a transaction, and what was chosen of models' tasks.

    Late outcomes are for predictions of any time: the more are joined at once, the fewer times those are searched.
    """

    cohort: timedelta = timedelta(days=1)
    prediction_rows: int = 100_000
    outcome_rows: int = 1_000_000
    choices: Mapping[str, Choice] = field(default_factory=dict[str, Choice])

    def choice_of(self, model: str) -> Choice:
        """Return what was chosen of a model's task."""
        return self.choices.get(model, Choice())


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """What is promised of a model's service; None: nothing.

    `errors` and `latency` are the shares of predictions that must succeed, and must take at most `latency_threshold`
    seconds, a bound of the latency histogram. Less than `minimum_predictions` say nothing.
    """

    errors: float | None
    latency: float | None
    latency_threshold: float
    minimum_predictions: int
