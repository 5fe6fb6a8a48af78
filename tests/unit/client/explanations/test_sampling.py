"""Which predictions' explanations are kept: the share asked for, and the same ones every time."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import UUID

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgauge.client.explanations import is_sampled, log_lime, log_shap
from fixtures.explained import Model, Recorder, Shap, lime_of, predictions

UNIFORM_ERROR = 0.04
"""What 5,000 draws' empirical distribution stays within but once in 2 × exp(-16) (Dvoretzky, Kiefer, Wolfowitz)."""

ids = st.uuids()
rates = st.floats(min_value=0, max_value=1)


@given(ids, rates, rates)
def test_what_is_kept_at_a_rate_is_kept_at_any_higher(prediction_id: UUID, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert is_sampled(prediction_id, low) <= is_sampled(prediction_id, high)


@given(ids, rates)
def test_an_ids_spelling_does_not_matter(prediction_id: UUID, rate: float) -> None:
    kept = is_sampled(prediction_id, rate)
    assert is_sampled(str(prediction_id).upper(), rate) == is_sampled(prediction_id.hex, rate) == kept


@given(ids)
def test_none_is_kept_at_0_and_all_at_1(prediction_id: UUID) -> None:
    assert not is_sampled(prediction_id, 0)
    assert is_sampled(prediction_id, 1)


@given(rates, st.integers(0, 2**100))
@settings(max_examples=25)
def test_the_share_kept_is_the_rate_even_of_ids_in_a_row(rate: float, first: int) -> None:
    kept = sum(is_sampled(UUID(int=first + number), rate) for number in range(5_000))
    assert abs(kept / 5_000 - rate) < UNIFORM_ERROR


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_rate_beyond_0_and_1_is_refused(rate: float, explained: Shap) -> None:
    with pytest.raises(ValueError, match=f"rate must be from 0 to 1, not {rate}"):
        log_shap(Recorder(), explained, predictions(10), rate=rate, output=0)


def test_shap_lime_and_retries_keep_the_same_predictions(
    table: pd.DataFrame, explained: Shap, bare_forest: Model
) -> None:
    explanation = lime_of(table, bare_forest.predict_proba, 3)
    for rate in (0.0, 0.3, 0.7, 1.0):
        recorder, kept = Recorder(), [each for each in predictions(10) if is_sampled(each, rate)]
        assert log_shap(recorder, explained, predictions(10), output=1, rate=rate) == len(kept)
        assert log_shap(recorder, explained, iter(predictions(10)), output=1, rate=rate) == len(kept)
        assert [log_lime(recorder, explanation, each, rate=rate) for each in predictions(10)].count(True) == len(kept)
        assert [each.prediction_id for each in recorder.shap] == kept * 2
        assert [each.prediction_id for each in recorder.lime] == kept


def test_a_sampled_row_keeps_its_own_values(explained: Shap) -> None:
    everything, some = Recorder(), Recorder()
    log_shap(everything, explained, predictions(10), output=1)
    assert 0 < log_shap(some, explained, predictions(10), output=1, rate=0.5) < 10
    assert all(each in everything.shap for each in some.shap)


def in_a_process(code: str, seed: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_every_process_decides_alike() -> None:
    decide = "[is_sampled(UUID(int=number), 0.5) for number in range(200)]"
    code = f"from uuid import UUID\nfrom driftgauge.client.explanations import is_sampled\nprint({decide})"
    here = str([is_sampled(UUID(int=number), 0.5) for number in range(200)])
    assert {in_a_process(code, seed) for seed in (1, 2)} == {here}


def test_a_service_that_logs_explanations_loads_no_library_for_them() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'sklearn', 'matplotlib', 'numba', 'shap', 'lime'}"
    code = f"import sys, driftgauge.client.explanations\nprint(sorted({heavy} & set(sys.modules)))"
    assert in_a_process(code, 0) == "[]"
