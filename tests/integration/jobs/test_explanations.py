"""Explanations of real models, logged through the client: a swapped reasoning is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from psycopg import conninfo
from sklearn.ensemble import GradientBoostingRegressor  # pyright: ignore[reportMissingTypeStubs]

from driftgauge import queries
from driftgauge.client import PredictionLogger
from driftgauge.client.explanations import log_shap
from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import PolicySettings
from driftgauge.explanation.findings import ExplanationRule, Rule
from driftgauge.exposition.samples import Sample
from driftgauge.jobs.attribution_counting import AttributionOptions
from driftgauge.jobs.attributions import AttributionJob, AttributionRollup
from driftgauge.jobs.explanations import ExplanationJob, ExplanationOptions
from driftgauge.jobs.options import FeatureOptions
from driftgauge.jobs.reference_setting import ExplanationSpan, freeze_span, put_in_force
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.store.attributions import TABLES
from driftgauge.store.predictions import ModelFilter, RowSpan
from fixtures.explained import Model, explain, tree_explainer
from integration.jobs.stage import DAY, HOUR, KEY, SETTINGS, Stage, judged_by, series, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from driftgauge.model.bins import FloatArray

FEATURES: Final = ("income", "wealth", "age", "visits")
WINDOW: Final = 4 * HOUR
POLICY: Final = PolicySettings(
    tests=("ks", "wasserstein"), minimum_rows=100, alarms_per_30_days=1, judgements_per_30_days=720
)
OPTIONS: Final = ExplanationOptions(
    window=WINDOW, policy=POLICY, rule=ExplanationRule(minimum_rows=100, alpha=POLICY.alpha)
)
V1, V2 = KEY, replace(KEY, version="2")
ROWS: Final = (
    " SELECT id, %s, %s, %s, %s, value, at"
    " FROM unnest(%s::uuid[], %s::float8[], %s::timestamptz[]) AS row (id, value, at)"
)
LOG: Final = {
    "shap_values": (
        "INSERT INTO shap_values (prediction_id, model_name, version, environment, feature_name, shap_value, timestamp)"
        + ROWS
    ),
    "lime_explanations": (
        "INSERT INTO lime_explanations"
        " (prediction_id, model_name, version, environment, feature_name, weight, timestamp)"
    )
    + ROWS,
}
REASONING: Final = ("shap", "reasoning_changed")


def roll(stage: Stage, *, automatic: int = 300, **options: Any) -> AttributionJob:  # noqa: ANN401 - its own
    chosen = AttributionOptions(automatic_predictions=automatic, **options)
    job = AttributionJob(
        stage.database, [AttributionRollup(stage.database, kind, chosen, lambda _: None) for kind in TABLES]
    )
    job.run()
    return job


def explanation_job(stage: Stage, options: ExplanationOptions = OPTIONS) -> ExplanationJob:
    return ExplanationJob(stage.database, Calibrated(), lambda _: options, HOUR)


def log_attributions(
    stage: Stage,
    values: Mapping[str, FloatArray],
    times: Sequence[datetime],
    *,
    key: ModelKey = KEY,
    table: str = "shap_values",
) -> None:
    """Log one explanation a time, feature by feature, as a table that was turned comes."""
    ids = [str(uuid4()) for _ in times]
    for feature, found in values.items():
        stage.execute(
            LOG[table],
            *(key.model, key.version, key.environment, feature, ids, found.tolist(), list(times)),
        )


def draws(rows: int, *, seed: int, sigma: float = 0.05, mean: float = 0.0) -> dict[str, FloatArray]:
    rng = np.random.default_rng(seed)
    return {
        "age": rng.normal(mean, sigma, rows),
        "plan": rng.normal(0.3, 0.1, rows),
        "visits": rng.normal(-0.1, 0.05, rows),
    }


def states(samples: Any) -> dict[tuple[str, ...], float]:  # noqa: ANN401 - of any family
    return {place: value for place, value in series(samples, "ml_explanation_state").items() if value}


def people(rows: int, seed: int) -> pd.DataFrame:
    """Income and wealth go together; the others go alone."""
    rng = np.random.default_rng(seed)
    income = rng.normal(size=rows)
    wealth = income + rng.normal(scale=0.3, size=rows)
    return pd.DataFrame(
        {"income": income, "wealth": wealth, "age": rng.normal(size=rows), "visits": rng.normal(size=rows)}
    )


def trained(label: str, seed: int = 0) -> Model:
    """Return a model of people whose label another of two correlated features carries."""
    table = people(1_500, seed)
    spend = 2 * table[label] + 0.5 * table["age"] - 0.25 * table["visits"]
    model = cast("Model", GradientBoostingRegressor(n_estimators=60, max_depth=3, random_state=0))
    return model.fit(table, spend)


def serve(dsn: str, model: Model, key: ModelKey, table: pd.DataFrame, times: Sequence[datetime]) -> None:
    """Serve predictions and log each, with its SHAP values, through the client at its time."""
    explainer = tree_explainer(model)
    with PredictionLogger(
        dsn, model=key.model, version=key.version, environment=key.environment, strict=True, queue_rows=200_000
    ) as logger:
        ids = [
            logger.log_prediction({str(name): value for name, value in row.items()}, latency_ms=3, timestamp=at)
            for row, at in zip(table.to_dict("records"), times, strict=True)
        ]
        assert log_shap(logger, explain(explainer, table), ids, explainer=explainer, timestamps=times) == len(ids)
        logger.flush(60)


@pytest.mark.timeout(180)
def test_a_retrained_model_that_swaps_its_reasoning_is_told_and_the_one_beside_it_is_not(
    stage: Stage, database: str, make_login: Callable[[str], dict[str, str]]
) -> None:
    dsn = conninfo.make_conninfo(database, **make_login("driftgauge_writer"))
    before, after = trained("income"), trained("wealth", seed=1)
    past = spread(stage.border - 30 * HOUR, stage.border - WINDOW, 600)
    now = spread(stage.border - WINDOW, stage.border, 500)
    serve(dsn, before, V1, people(600, 2), past)
    serve(dsn, before, V1, people(500, 3), now)  # a canary: both versions answer at once
    serve(dsn, after, V2, people(500, 4), now)
    stage.set_reference({name: people(2_000, 5)[name].to_numpy() for name in FEATURES})
    stage.roll()
    roll(stage)
    stage.drift_job(judged_by(SETTINGS, WINDOW)).run()
    samples = explanation_job(stage).run()
    told = series(samples, "ml_explanation_state")
    assert told["shap", "unchanged"] == 1
    assert told[V2.model, V2.version, V2.environment, *REASONING] == 1
    assert sum(told.values()) == 2
    drifted = series(samples, "ml_explanation_drifted")
    assert {place[-2]: value for place, value in drifted.items() if len(place) > 2} == {
        "income": 1.0,
        "wealth": 1.0,
        "age": 0.0,
        "visits": 0.0,
    }
    with stage.database.transaction(read_only=True) as connection:
        old, new = queries.explanation_drift(connection, KEY.model)
    assert old.sentence == "nothing changed: inputs and reasoning are as in the reference"
    assert new.sentence.startswith("reasoning changed: inputs are as in the reference")
    assert new.ndcg is not None
    assert new.ndcg < new.ndcg_threshold
    by_name = {one.feature: one for one in new.features}
    assert (by_name["income"].reference_rank, by_name["wealth"].current_rank) == (1, 1)
    assert by_name["income"].state == "reasoning_changed"


def test_a_change_of_the_spread_alone_is_found_by_the_default_and_not_by_the_classic_rule(stage: Stage) -> None:
    log_attributions(stage, draws(400, seed=1), spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400))
    log_attributions(stage, draws(400, seed=2, sigma=0.5, mean=0.02), spread(stage.border - WINDOW, stage.border, 400))
    roll(stage)
    found = series(explanation_job(stage).run(), "ml_explanation_drifted")
    assert found == {("age", "shap"): 1.0, ("plan", "shap"): 0.0, ("visits", "shap"): 0.0}
    classic = replace(OPTIONS, rule=replace(OPTIONS.rule, rule=Rule.CLASSIC))
    found = series(explanation_job(stage, classic).run(), "ml_explanation_drifted")
    assert set(found.values()) == {0.0}
    [row] = stage.select("SELECT * FROM explainability_drift_results WHERE feature_name = 'age'")
    assert row["threshold"] == pytest.approx(0.1)
    assert row["shap_mean_difference"] == pytest.approx(abs(row["reference_shap_mean"] - row["current_shap_mean"]))


def test_without_judged_inputs_it_says_so(stage: Stage) -> None:
    log_attributions(stage, draws(400, seed=1), spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400))
    log_attributions(stage, draws(300, seed=2, mean=0.2), spread(stage.border - WINDOW, stage.border, 300))
    roll(stage)
    samples = explanation_job(stage).run()
    assert states(samples) == {}
    [row] = stage.select("SELECT * FROM explanation_states")
    assert (row["state"], row["sentence"]) == (None, "reasoning changed; inputs were not judged")
    assert (row["verdict"], row["explained_predictions"], row["drifted_features"]) == ("drifted", 300, 1)


def test_features_that_appear_and_vanish_are_named(stage: Stage) -> None:
    now = spread(stage.border - WINDOW, stage.border, 300)
    log_attributions(stage, draws(400, seed=1), spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400))
    values = draws(300, seed=2)
    del values["visits"]
    log_attributions(stage, values | {"city": values["age"]}, now)
    roll(stage)
    explanation_job(stage).run()
    [row] = stage.select("SELECT * FROM explanation_drift_summaries")
    assert (row["appeared"], row["vanished"]) == (["city"], ["visits"])
    [gone] = stage.select("SELECT * FROM explainability_drift_results WHERE feature_name = 'visits'")
    assert (gone["verdict"], gone["reason"]) == ("no_data", "no attribution in 300 explained predictions")


def test_too_few_explained_predictions_are_not_judged(stage: Stage) -> None:
    log_attributions(stage, draws(400, seed=1), spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400))
    log_attributions(stage, draws(40, seed=2, mean=3.0), spread(stage.border - WINDOW, stage.border, 40))
    roll(stage)
    samples = explanation_job(stage).run()
    assert series(samples, "ml_explanation_drifted") == {}
    assert series(samples, "ml_explanation_verdict")["shap", "insufficient_data"] == 1
    [row] = stage.select("SELECT * FROM explanation_drift_summaries")
    assert row["reason"] == "no feature could be judged: 40 explained predictions, 100 are needed"


def test_lime_weights_are_judged_beside_shap_values(stage: Stage) -> None:
    for table in TABLES.values():
        log_attributions(
            stage, draws(400, seed=1), spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400), table=table
        )
    now = spread(stage.border - WINDOW, stage.border, 300)
    log_attributions(stage, draws(300, seed=2), now)
    log_attributions(stage, draws(300, seed=3, mean=0.2), now, table="lime_explanations")
    roll(stage)
    samples = explanation_job(stage).run()
    verdicts = {place for place, value in series(samples, "ml_explanation_verdict").items() if value}
    assert verdicts == {("shap", "stable"), ("lime", "drifted")}
    assert series(samples, "ml_explained_predictions") == {("shap",): 300, ("lime",): 300}


def test_a_window_is_judged_again_only_if_rows_or_inputs_changed(stage: Stage) -> None:
    now = spread(stage.border - WINDOW, stage.border, 300)
    log_attributions(stage, draws(400, seed=1), spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400))
    log_attributions(stage, draws(300, seed=2), now)
    roll(stage)
    job = explanation_job(stage)
    first = job.run()
    stamp = "SELECT max(xmin::text::bigint) AS stamp FROM explainability_drift_results"
    [before] = stage.select(stamp)
    assert job.run() == first
    assert stage.select(stamp) == [before]
    log_attributions(stage, draws(300, seed=3, mean=0.2), now)
    roll(stage)
    again = job.run()
    assert series(again, "ml_explained_predictions") == {("shap",): 600}
    assert series(again, "ml_explanation_drifted")["age", "shap"] == 1
    assert len(stage.select("SELECT FROM explainability_drift_results")) == 3
    stage.execute(
        "INSERT INTO data_drift_results (model_name, version, environment, feature_name, statistical_test,"
        " drift_detected, verdict, window_start, window_end) VALUES (%s, %s, %s, 'age', 'ks', FALSE, 'stable', %s, %s)",
        *(KEY.model, KEY.version, KEY.environment, stage.border - WINDOW, stage.border),
    )
    assert states(job.run()) == {REASONING: 1.0}


def test_a_model_without_explanations_for_a_week_is_no_longer_told_of(stage: Stage) -> None:
    log_attributions(stage, draws(400, seed=1), spread(stage.border - 12 * DAY, stage.border - 9 * DAY, 400))
    roll(stage)
    assert explanation_job(stage).run() == ()
    log_attributions(stage, draws(40, seed=2), spread(stage.border - 9 * HOUR, stage.border - 8 * HOUR, 40))
    roll(stage)
    samples = explanation_job(stage).run()
    assert series(samples, "ml_explanation_verdict")["shap", "no_data"] == 1


def test_one_model_that_fails_keeps_no_other_from_being_judged(stage: Stage) -> None:
    other = replace(KEY, model="fraud")
    for key in (KEY, other):
        past = spread(stage.border - 20 * HOUR, stage.border - WINDOW, 400)
        log_attributions(stage, draws(400, seed=1), past, key=key)
        log_attributions(stage, draws(300, seed=2), spread(stage.border - WINDOW, stage.border, 300), key=key)
    roll(stage)
    stage.execute("UPDATE attribution_rollups SET profile = 'broken' WHERE model_name = 'fraud'")
    job = explanation_job(stage)
    samples = job.run()
    assert series(samples, "ml_explained_predictions") == {("shap",): 300}
    assert job.failures.models == [other]


def test_what_is_logged_straight_by_sql_has_its_place_in_order(stage: Stage) -> None:
    log_attributions(stage, {"age": np.array([0.5])}, [stage.border - HOUR])
    job = roll(stage)
    assert job.reports["shap"].rows == 1
    assert not job.behind
    processed = series(job.run(), "driftgauge_rows_processed_total")
    assert processed == {("shap_values",): 1.0, ("lime_explanations",): 0.0}


def test_a_reference_that_is_set_takes_the_explanations_of_its_span_along(stage: Stage) -> None:
    past, now = (stage.border - 20 * HOUR, stage.border - WINDOW), (stage.border - WINDOW, stage.border)
    log_attributions(stage, draws(400, seed=1), spread(*past, 400))
    log_attributions(stage, draws(300, seed=2, mean=0.2), spread(*now, 300), key=V2)
    stage.log({"age": np.arange(300.0)}, spread(*now, 300), key=V2)
    stage.roll()
    roll(stage)
    job = explanation_job(stage)
    [drifted] = [each for each in job.run() if each.family == "ml_explanation_drifted" and "age" in each.labels]
    assert isinstance(drifted, Sample)
    assert drifted.value == 1
    only = ModelFilter(model=KEY.model, version=V2.version)
    frozen = freeze_span(
        stage.database,
        RowSpan(only=only, window=TimeWindow(start=now[0], end=now[1])),
        options=FeatureOptions(),
        bucket=HOUR,
    )
    few = put_in_force(stage.database, only, frozen, stage.rollup, ExplanationSpan(least=301))
    assert few.explanations == ()
    [beside] = put_in_force(stage.database, only, frozen, stage.rollup, ExplanationSpan(least=100)).explanations
    assert (beside.explanation_type, beside.predictions, beside.environment) == ("shap", 300, "production")
    told = {place[-1]: value for place, value in series(job.run(), "ml_explanation_verdict").items() if value}
    assert told == {"stable": 1.0, "no_data": 1.0}, "of version 2, and of version 1, which is silent now"
    [total] = stage.select(
        "SELECT sum(rows)::integer AS rows FROM attribution_rollups WHERE reference_id = %s", beside.reference_id
    )
    assert total["rows"] == 3 * 700
