"""The verdict on a model's reasoning: what decides under either rule, what is named, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import PolicySettings
from driftgauge.explanation.attributions import attributions_of, by_predictions
from driftgauge.explanation.crossing import State
from driftgauge.explanation.findings import (
    GREATEST_SCORE,
    ExplanationFinding,
    ExplanationRule,
    Inputs,
    Rule,
    judge_explanations,
)
from driftgauge.explanation.signs import ASSUMED
from driftgauge.model.identity import ModelKey
from driftgauge.model.series import ProfileSeries
from driftgauge.model.verdict import Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.attributions import count_attributions, fit_attributions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from driftgauge.model.bins import FloatArray

KEY: Final = ModelKey(model="churn", version="3", environment="production")
START: Final = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW: Final = TimeWindow(start=START, end=START + timedelta(days=1))
POLICY: Final = PolicySettings(tests=("ks",), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720)
RULE: Final = ExplanationRule(minimum_rows=100, alpha=POLICY.alpha)
STABLE: Final = Inputs(features={"age": Verdict.STABLE, "plan": Verdict.STABLE})
NAMES: Final = ("age", "plan", "visits")


def draws(
    rows: int, seed: int, *, mean: float = 0.0, sigma: float = 0.05, names: tuple[str, ...] = NAMES
) -> dict[str, FloatArray]:
    rng = np.random.default_rng(seed)
    found = {
        "age": rng.normal(mean, sigma, rows),
        "plan": rng.normal(0.3, 0.1, rows),
        "visits": rng.normal(-0.1, 0.05, rows),
    }
    return {name: found[name] for name in names}


def judged(
    current: Mapping[str, FloatArray],
    *,
    rule: ExplanationRule = RULE,
    inputs: Inputs = STABLE,
    reference: Mapping[str, FloatArray] | None = None,
) -> ExplanationFinding:
    reference = reference or draws(600, 0)
    layout = fit_attributions(reference)
    sides = [
        by_predictions(ProfileSeries(layout=layout, windows=(WINDOW,), profiles=[count_attributions(layout, values)]))
        for values in (reference, current)
    ]
    policy = Calibrated()
    found = policy.judge(KEY, WINDOW, policy.learn(sides[0], WINDOW.width), sides[1], POLICY)
    return judge_explanations(
        found,
        *(attributions_of(side.total) for side in sides),
        strays=dict.fromkeys(layout.features, ASSUMED),
        rule=rule,
        inputs=inputs,
    )


def test_nothing_changed() -> None:
    found = judged(draws(500, 1))
    assert (found.verdict, found.state) == (Verdict.STABLE, State.UNCHANGED)
    assert found.reason == "0 of 3 judged features drifted"
    assert (found.drifted, found.judged, found.vanished) == ((), 3, ())
    by_name = {one.feature: one for one in found.features}
    assert [by_name[name].reference_rank for name in NAMES] == [3, 1, 2]
    assert [by_name[name].current_rank for name in NAMES] == [3, 1, 2]
    assert by_name["visits"].state is None, "nobody knows of its inputs"


def test_a_wider_spread_alone_is_found_by_the_default_and_not_by_the_classic_rule() -> None:
    wider = draws(500, 1, sigma=0.5, mean=0.02)
    found = judged(wider)
    assert (found.drifted, found.state) == (("age",), State.REASONING_CHANGED)
    [age] = [one for one in found.features if one.feature == "age"]
    assert age.score is not None
    assert 1 <= age.score <= GREATEST_SCORE
    classic = judged(wider, rule=replace(RULE, rule=Rule.CLASSIC))
    assert (classic.drifted, classic.verdict) == ((), Verdict.STABLE)
    [age] = [one for one in classic.features if one.feature == "age"]
    assert age.threshold == pytest.approx(0.1)
    assert age.score == age.difference


def test_the_classic_rule_looks_at_means_alone() -> None:
    rule = replace(RULE, rule=Rule.CLASSIC)
    moved = judged(draws(500, 1, mean=0.2), rule=rule)
    assert moved.drifted == ("age",)
    assert "more than 0.1" in next(one.reason for one in moved.features if one.feature == "age")
    few = judged(draws(50, 1, mean=0.2), rule=rule)
    assert {one.verdict for one in few.features} == {Verdict.INSUFFICIENT_DATA}
    assert few.verdict is Verdict.INSUFFICIENT_DATA
    gone = judged(draws(500, 1, names=("age", "plan")), rule=rule)
    assert gone.vanished == ("visits",)
    assert {one.feature: one.verdict for one in gone.features}["visits"] is Verdict.NO_DATA


def test_a_sign_flip_is_told_with_its_shares() -> None:
    before = {"age": np.abs(draws(600, 0)["age"]), "plan": draws(600, 0)["plan"]}
    after = {"age": -np.abs(draws(500, 1)["age"]), "plan": draws(500, 1)["plan"]}
    found = judged(after, reference=before)
    [age] = [one for one in found.features if one.feature == "age"]
    assert age.sign_flip_rate == 1.0
    assert "100% of its attributions were above 0, now 0%: sign flip rate 1 ≥ 0.1" in age.reason
    flat = replace(RULE, sign_flip=0.05)
    values = np.where(np.arange(600) % 2, 1e-9, -1e-9) + np.zeros(600)
    flipped = np.where(np.arange(600) % 10, 1e-9, -1e-9)
    only = judged({"age": flipped, "plan": after["plan"]}, reference={"age": values, "plan": before["plan"]}, rule=flat)
    assert "age" in only.drifted


def test_what_vanished_is_no_drift() -> None:
    found = judged(draws(500, 1, names=("age", "plan")))
    [visits] = [one for one in found.features if one.feature == "visits"]
    assert (visits.verdict, visits.reason) == (Verdict.NO_DATA, "no attribution in 500 explained predictions")
    assert (visits.score, visits.current_rank) == (None, None)
    assert found.vanished == ("visits",)


def test_nothing_explained_and_too_little() -> None:
    nothing = judged({})
    assert (nothing.verdict, nothing.reason, nothing.state) == (Verdict.NO_DATA, "no prediction was explained", None)
    assert nothing.vanished == ()
    assert nothing.sentence == "inputs did not change; reasoning was not judged"
    few = judged(draws(50, 1))
    assert few.verdict is Verdict.INSUFFICIENT_DATA
    assert few.reason == "no feature could be judged: 50 explained predictions, 100 are needed"


def test_a_new_order_is_told_and_many_drifted_features_are_counted() -> None:
    names = [f"f{place}" for place in range(8)]
    rng = np.random.default_rng(3)
    before = {name: rng.normal(0, 2.0**-place, 600) for place, name in enumerate(names)}
    after = {name: rng.normal(0, 2.0 ** (place - 7), 500) for place, name in enumerate(names)}
    found = judged(after, reference=before, inputs=Inputs(features={"x": Verdict.DRIFTED}))
    assert found.state is State.BOTH_CHANGED
    assert "8 of 8 judged features drifted: f0, f1, f2, f3, f4 and 3 more" in found.reason
    assert "their order by importance changed: nDCG" in found.reason


def test_inputs_that_nobody_judged_have_no_verdict() -> None:
    assert Inputs(features={}).verdict is None
    assert Inputs(features={"a": Verdict.NO_DATA}).verdict is None
    assert Inputs(features={"a": Verdict.NO_DATA, "b": Verdict.STABLE, "c": Verdict.DRIFTED}).verdict is Verdict.DRIFTED
