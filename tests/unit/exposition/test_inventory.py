from __future__ import annotations

import re

import pytest

from driftgauge.exposition.family import MODEL_LABELS, MetricFamily, MetricKind
from driftgauge.exposition.inventory import INVENTORY

families = pytest.mark.parametrize("family", INVENTORY.values(), ids=INVENTORY.keys())


@families
def test_names_follow_the_conventions_of_their_kind(family: MetricFamily) -> None:
    assert re.fullmatch(r"(ml|driftgauge|process)_[a-z_]+", family.name)
    assert family.name.endswith("_total") == (family.kind is MetricKind.COUNTER)
    assert family.name.endswith("_info") == (family.kind is MetricKind.INFO)
    if family.unit:
        assert family.bare_name.endswith(f"_{family.unit}")


@families
def test_labels_are_legal_distinct_and_start_with_the_model(family: MetricFamily) -> None:
    assert len(set(family.labels)) == len(family.labels)
    assert all(re.fullmatch("[a-z][a-z_]*", label) for label in family.labels)
    assert not {"le", "quantile"} & set(family.labels)
    assert (family.labels[:3] == MODEL_LABELS) == family.name.startswith("ml_")


@families
def test_help_is_one_sentence_or_more_and_tells_of_scheduled_collection(family: MetricFamily) -> None:
    assert re.fullmatch(r"[A-Z1].*\.", family.help)
    assert ("Collected on a schedule" in family.help) == (family.job != "exporter")


def test_a_judged_value_has_its_threshold() -> None:
    assert INVENTORY["ml_feature_drift_score"].labels == INVENTORY["ml_feature_drift_threshold"].labels
