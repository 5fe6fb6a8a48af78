"""Two-sample tests: a stationary stream of independent rows keeps to its alarm budget; a real shift in it is caught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.policy import PolicySettings
from driftgauge.drift.registry import TESTS
from driftgauge.drift.two_sample import TwoSample
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import Column, batch_of
from fixtures.series import judge_sums

KEY = ModelKey(model="stationary", version="1", environment="test")
START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = TimeWindow(start=START, end=START + timedelta(hours=1))
HOURLY = PolicySettings(tests=tuple(TESTS), minimum_rows=30, alarms_per_30_days=1, judgements_per_30_days=720)
GENEROUS = replace(HOURLY, alarms_per_30_days=36, thresholds=dict.fromkeys(TESTS, 0.0))
MIX = 1 / np.arange(1.0, 31.0)
SHIFTED = 5


def stream(rng: np.random.Generator, rows: int, shift: float) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for number in range(20):
        values = rng.normal(shift if number < SHIFTED else 0.0, 1, rows)
        values[rng.random(rows) < 0.02] = np.nan
        columns[f"n{number:02}"] = values
    for number in range(5):
        columns[f"c{number}"] = [f"v{draw}" for draw in rng.choice(len(MIX), rows, p=MIX / MIX.sum())]
    return columns


def pairs(
    rng: np.random.Generator, rows: int, references: int, shift: float = 0.0
) -> Iterator[tuple[ModelProfile, ModelProfile]]:
    """Ten windows against each of some references: a reference's own luck is part of the rate."""
    for _ in range(references):
        frozen = batch_of(stream(rng, 2000, 0.0))
        layout = fit_layout([frozen])
        reference = profile_batch(layout, frozen)
        for _ in range(10):
            yield reference, profile_batch(layout, batch_of(stream(rng, rows, shift)))


def judge(reference: ModelProfile, current: ModelProfile, settings: PolicySettings) -> Verdict:
    return judge_sums(TwoSample(), reference, current, settings, key=KEY, window=WINDOW).verdict


@pytest.mark.parametrize("rows", [50, 500])
def test_a_stationary_stream_keeps_to_the_budget(rows: int, rng: np.random.Generator) -> None:
    alarms = significant = 0
    for reference, current in pairs(rng, rows, references=15):
        usual, generous = (judge(reference, current, settings) for settings in (HOURLY, GENEROUS))
        alarms += usual is Verdict.DRIFTED
        significant += generous is Verdict.DRIFTED
    assert alarms <= 1  # 0.2 expected at most
    assert significant <= 15  # 7.5 expected at most, of alpha .05 and no floor


def test_a_quarter_of_a_standard_deviation_in_five_features_is_caught(rng: np.random.Generator) -> None:
    verdicts = [judge(reference, current, HOURLY) for reference, current in pairs(rng, 500, references=2, shift=0.25)]
    assert verdicts.count(Verdict.DRIFTED) >= 18
