"""What a judgement is exported as."""

from __future__ import annotations

from collections.abc import Iterator

from driftgauge.drift.dataset import DatasetDrift
from driftgauge.drift.shares import RARE
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.judging import Judgement
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import CategoricalProfile, FeatureProfile
from driftgauge.model.verdict import FeatureVerdict, Verdict

_CHECKS = frozenset(share.test for share in RARE)


def model_samples(judgement: Judgement, reference_info: tuple[str, ...]) -> Iterator[AnySample]:
    """Yield what is exported of a model; `reference_info` are the labels that tell of its reference."""
    verdict, key = judgement.verdict, judgement.verdict.key
    yield Sample("ml_reference_info", model_labels(key, *reference_info), 1.0)
    yield Sample("ml_drift_window_rows", model_labels(key), float(verdict.rows))
    for state in Verdict:
        yield Sample("ml_drift_verdict", model_labels(key, state.value), float(verdict.verdict is state))
    yield from _dataset_samples(key, judgement.dataset)
    for feature in verdict.features:
        yield from _feature_samples(key, feature)
        yield from _quality_samples(key, feature.feature, judgement.current.feature(feature.feature))


def segment_samples(judgement: Judgement) -> Iterator[AnySample]:
    """Yield what is exported of a segment: no more than is needed to find it; its tests are in the results."""
    verdict, dataset = judgement.verdict, judgement.dataset
    labels = model_labels(verdict.key, verdict.key.segment)
    yield Sample("ml_segment_drift_window_rows", labels, float(verdict.rows))
    for state in Verdict:
        yield Sample("ml_segment_drift_verdict", (*labels, state.value), float(verdict.verdict is state))
    if dataset.drifted_share is not None:
        yield Sample("ml_segment_drifted_features_ratio", labels, dataset.drifted_share)
    for feature in dataset.ranking:
        yield Sample("ml_segment_feature_drifted", (*labels, feature.feature), float(feature.drifted))
        yield Sample("ml_segment_feature_drift_ratio", (*labels, feature.feature), feature.ratio)


def _dataset_samples(key: ModelKey, dataset: DatasetDrift) -> Iterator[AnySample]:
    known = {
        "ml_drifted_features_ratio": dataset.drifted_share,
        "ml_drifted_importance_ratio": dataset.drifted_weight,
        "ml_dataset_drift_score": dataset.score,
        "ml_dataset_drifted": None if dataset.drifted_share is None else dataset.verdict is Verdict.DRIFTED,
        "ml_dataset_drift_threshold_ratio": dataset.threshold,
    }
    for family, value in known.items():
        if value is not None:
            yield Sample(family, model_labels(key), float(value))


def _feature_samples(key: ModelKey, feature: FeatureVerdict) -> list[AnySample]:
    samples: list[AnySample] = []
    judged = feature.verdict in (Verdict.STABLE, Verdict.DRIFTED)
    if judged:
        drifted = float(feature.verdict is Verdict.DRIFTED)
        samples.append(Sample("ml_feature_drifted", model_labels(key, feature.feature), drifted))
    for result in feature.tests:
        labels = model_labels(key, feature.feature, result.test)
        samples.append(Sample("ml_feature_drift_score", labels, result.score))
        samples.append(Sample("ml_feature_drift_threshold", labels, result.threshold))
        if judged and result.test in _CHECKS and result.adjusted_p_value is not None:
            samples.append(Sample("ml_feature_data_quality_faulty", labels, float(result.drifted)))
        if result.p_value is not None:
            samples.append(Sample("ml_feature_drift_p_value", labels, result.p_value))
    return samples


def _quality_samples(key: ModelKey, name: str, profile: FeatureProfile) -> list[AnySample]:
    if not profile.rows:
        return []
    labels = model_labels(key, name)
    samples: list[AnySample] = [Sample("ml_feature_missing_ratio", labels, profile.missing / profile.rows)]
    if profile.n:
        if isinstance(profile, CategoricalProfile):
            unseen = int(profile.counts[profile.bins.unseen])
            samples.append(Sample("ml_feature_unseen_category_ratio", labels, unseen / profile.n))
        else:
            outside = int(profile.counts[0] + profile.counts[-1])
            samples.append(Sample("ml_feature_out_of_range_ratio", labels, outside / profile.n))
    return samples
