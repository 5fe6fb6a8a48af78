"""A model is shown and ordered by what identifies it."""

from __future__ import annotations

from driftgauge.model.identity import ModelKey


def test_a_model_is_shown_with_version_and_environment() -> None:
    assert str(ModelKey(model="churn", version="v1", environment="production")) == "churn@v1 (production)"


def test_a_segment_is_shown_with_its_model() -> None:
    key = ModelKey(model="churn", version="v1", environment="production")
    assert str(key.of_segment("de")) == "churn@v1 (production) segment de"


def test_a_segment_knows_its_whole() -> None:
    key = ModelKey(model="churn", version="v1", environment="production")
    assert key.of_segment("de").whole == key == key.whole
    assert key.of_segment("de").of_segment("fr") == key.of_segment("fr") != key


def test_all_of_a_model_come_before_its_segments() -> None:
    key = ModelKey(model="churn", version="v1", environment="production")
    assert min(key.of_segment("de"), key, key.of_segment("ar")) == key


def test_models_are_ordered_by_name_version_and_environment() -> None:
    keys = [ModelKey(model=m, version=v, environment=e) for m, v, e in ("bac", "abc", "acb", "acc")]
    assert [key.model + key.version + key.environment for key in sorted(keys)] == ["abc", "acb", "acc", "bac"]
