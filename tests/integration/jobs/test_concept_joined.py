"""From logged rows to a drift: the join hands each pair to the detectors once, and again to those of a new task."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from driftgauge.app.judging_settings import concept_detectors
from driftgauge.app.settings import outcome_options
from driftgauge.config import Settings
from driftgauge.config.outcome_settings import ModelOutcomeSettings
from driftgauge.config.settings import ModelSettings
from driftgauge.jobs.concept_streams import ConceptStreams
from driftgauge.jobs.outcome_joining import OutcomeJoin
from integration.jobs.stage import DAY, KEY, Record, Stage

if TYPE_CHECKING:
    from driftgauge.model.bins import FloatArray

PAIRS: Final = 1200
LOG: Final = """
WITH logged AS (
    INSERT INTO prediction_logs (model_name, version, environment, latency_ms, predicted_label, "timestamp")
    SELECT 'churn', '1', 'production', 1, label, %s::timestamptz + place * interval '1 minute'
    FROM unnest(%s::text[]) WITH ORDINALITY AS said (label, place)
    RETURNING id, "timestamp"
)
INSERT INTO prediction_outcomes (prediction_id, label, "timestamp") SELECT id, 'yes', "timestamp" FROM logged
"""


def log(stage: Stage, wrong: FloatArray) -> None:
    """Log predictions with their outcomes, a minute apart."""
    stage.execute(LOG, stage.border - DAY, ["no" if one else "yes" for one in wrong.tolist()])
    stage.roll()


def join(stage: Stage, settings: Settings) -> None:
    """Join all, as a process that has just started."""
    streams = ConceptStreams(partial(concept_detectors, settings))
    OutcomeJoin(stage.database, outcome_options(settings), time.sleep, streams.follow).run()


def told(stage: Stage) -> list[Record]:
    return stage.select(
        "SELECT detector.seen, result.timestamp, result.direction, result.task_id FROM concept_drift_results AS result"
        " INNER JOIN concept_detectors AS detector USING (task_id, detector) ORDER BY result.timestamp"
    )


def test_errors_that_get_frequent_are_told_once_and_once_more_by_another_task(stage: Stage) -> None:
    wrong = (np.random.default_rng(1).random(PAIRS) < np.repeat([0.1, 0.5], PAIRS // 2)).astype(np.float64)
    log(stage, wrong)
    binary = Settings(models={"churn": ModelSettings(outcomes=ModelOutcomeSettings(task="binary", positive="yes"))})
    for _ in range(2):
        join(stage, binary)
    [first] = told(stage)
    assert (first["seen"], first["direction"]) == (PAIRS, "up")
    assert PAIRS / 2 < (first["timestamp"] - stage.border + DAY).total_seconds() / 60 < PAIRS
    several = Settings(models={"churn": ModelSettings(outcomes=ModelOutcomeSettings(task="multiclass"))})
    join(stage, several)
    [again] = told(stage)
    assert again["task_id"] != first["task_id"]
    assert again | {"task_id": None} == first | {"task_id": None}
    assert len(stage.select("SELECT id FROM concept_drift_results")) == 1
    [standing] = stage.select("SELECT * FROM concept_detector_states")
    assert (standing["model_name"], standing["detector"], standing["seen"]) == (KEY.model, "adwin", PAIRS)
