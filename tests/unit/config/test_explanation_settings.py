"""What is set of explanations: by model, the narrowest wins; windows are of whole buckets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from driftgauge.app.judging_settings import explanation_options
from driftgauge.app.settings import attribution_options
from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError
from driftgauge.explanation.findings import Rule

if TYPE_CHECKING:
    from pathlib import Path

    from driftgauge.config import Settings


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "driftgauge.yml"
    path.write_text(text)
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS)


def test_models_may_differ(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "explanations: {automatic_rows: 900, threshold: 0.2}\n"
        "drift: {window: 12h}\n"
        "models: {churn: {explanations: {rule: classic, window: 6h, minimum_rows: 50, ndcg: 0.8}}}\n",
    )
    assert attribution_options(settings).automatic_predictions == 900
    churn, other = (explanation_options(settings, model) for model in ("churn", "fraud"))
    assert (churn.window, other.window) == (timedelta(hours=6), timedelta(hours=12))
    assert (churn.rule.rule, other.rule.rule) == (Rule.CLASSIC, Rule.CALIBRATED)
    assert (churn.rule.minimum_rows, churn.policy.minimum_rows, other.rule.minimum_rows) == (50, 50, 100)
    assert (churn.rule.threshold, churn.rule.ndcg_threshold, other.rule.ndcg_threshold) == (0.2, 0.8, 0.9)
    assert churn.rule.alpha == churn.policy.alpha


def test_a_window_is_of_whole_buckets(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, "explanations: {window: 90m}\nmodels: {churn: {explanations: {window: 45m}}}\n")
    told = str(refused.value)
    assert "explanations.window: 1h30m is no multiple of rollup.profile_bucket (1h)" in told
    assert "models.churn.explanations.window: 45m is no multiple" in told
