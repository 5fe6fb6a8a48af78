"""What cannot go together in how outcomes are read is told where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("outcomes: {cohort: 7h}", "outcomes.cohort: 7h does not divide a day; choose 1d, 6h, 1h, …"),
        (
            "models: {m: {outcomes: {task: regression, positive: late}}}",
            "models.m.outcomes.positive: is for the task binary; models.m.outcomes.task is regression",
        ),
        (
            "models: {m: {outcomes: {task: binary, classes: [a, b]}}}",
            "models.m.outcomes.classes: is for the task multiclass; models.m.outcomes.task is binary",
        ),
        (
            "models: {m: {outcomes: {threshold: 0.4, classes: [a, b]}}}",
            "models.m.outcomes.classes: is for several classes, positive and threshold for two; keep one of them",
        ),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_config(path, environ={}, known_tests=DEFAULT_TESTS)
    assert [line.partition(": ")[2] for line in str(error.value).splitlines()] == [problem]
