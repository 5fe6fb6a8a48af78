"""What failed of the models that a job goes through, and how it is told."""

from __future__ import annotations

import pytest

from driftgauge.errors import DatabaseUnreachable
from driftgauge.jobs.failures import ModelFailures
from driftgauge.model.identity import ModelKey


def failed(*models: str) -> ModelFailures:
    failures = ModelFailures()
    for model in models:
        with failures.of(ModelKey(model=model, version="1", environment="test")):
            raise ValueError(model)
    return failures


def test_the_first_error_and_every_model_are_kept() -> None:
    failures = failed("a", "b")
    assert str(failures.problem) == "a"
    assert [key.model for key in failures.models] == ["a", "b"]
    assert failures.describe() == "2 models failed: a@1 (test), b@1 (test)"


def test_who_is_named_first_does_not_hang_on_which_thread_was_first() -> None:
    failures = failed("c", "a", "b", "a")
    assert [key.model for key in failures.models] == ["a", "b", "c"]
    assert str(failures.problem) == "a"


def test_a_few_models_are_named_and_the_others_counted() -> None:
    assert failed(*"abcde").describe() == "5 models failed: a@1 (test), b@1 (test), c@1 (test), 2 more"


def test_what_would_fail_for_every_model_is_raised_at_once() -> None:
    failures = ModelFailures()
    with pytest.raises(DatabaseUnreachable), failures.of(ModelKey(model="a", version="1", environment="test")):
        raise DatabaseUnreachable
    assert failures.models == []


def test_only_a_run_without_a_success_failed() -> None:
    failed("a").raise_if_all(2)
    failed().raise_if_all(0)
    with pytest.raises(ValueError, match="b"):
        failed("b", "c").raise_if_all(2)
