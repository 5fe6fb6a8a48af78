"""How importances are compared, by the settings of all models and of one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from driftgauge.app.judging_settings import importance_options
from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError
from driftgauge.explanation.importance import CLASSIC, Rules

if TYPE_CHECKING:
    from pathlib import Path


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS)


def test_the_classic_rule_is_the_default(tmp_path: Path) -> None:
    options = importance_options(load(tmp_path, ""))
    assert options.of_model("churn").rules == CLASSIC == Rules(threshold=0.1, ndcg_threshold=0.9)
    assert options.of_model("churn").reference_version is None
    assert options.span == timedelta(hours=1)


def test_a_model_differs_key_by_key(tmp_path: Path) -> None:
    options = importance_options(
        load(
            tmp_path,
            """\
importance: {threshold: 0.2, relative_threshold: 0.5, span: 10m, normalise: true}
models:
  churn: {importance: {threshold: 0.05, normalise: false, reference_version: "3"}}
  fraud: {importance: {ndcg_threshold: 0.7}}
""",
        )
    )
    churn, fraud = options.of_model("churn"), options.of_model("fraud")
    assert churn.rules == Rules(threshold=0.05, relative_threshold=0.5, normalise=False)
    assert churn.reference_version == "3"
    assert fraud.rules == Rules(threshold=0.2, relative_threshold=0.5, ndcg_threshold=0.7, normalise=True)
    assert options.span == timedelta(minutes=10)


@pytest.mark.parametrize("key", ["threshold: 0", "relative_threshold: -1", "ndcg_threshold: 1.5", "span: 2d"])
def test_what_makes_no_sense_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match=f"importance.{key.partition(':')[0]}"):
        load(tmp_path, f"importance: {{{key}}}")
