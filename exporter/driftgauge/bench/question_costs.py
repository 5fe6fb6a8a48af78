"""How long the read API takes to answer: each question about the model with the longest history."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from driftgauge import queries
from driftgauge.bench.evaluation_costs import LONG
from driftgauge.bench.place import Place
from driftgauge.bench.plan import Plan
from driftgauge.bench.timing import microseconds_of_calls
from driftgauge.costs.figures import QuestionCost
from driftgauge.costs.spread import percentile, spread

Ask = Callable[[queries.Connection], object]
OF_A_MODEL: Final[tuple[Callable[..., object], ...]] = (
    queries.active_alerts,
    queries.alert_history,
    queries.anomalies,
    queries.concept_detectors,
    queries.concept_drift_alerts,
    queries.data_quality,
    queries.drift_alerts,
    queries.drift_trend,
    queries.explanation_drift,
    queries.explanation_trend,
    queries.health_score_trend,
    queries.health_trend,
    queries.importance_drift,
    queries.importance_history,
    queries.latest_drift,
    queries.latest_health,
    queries.model_health,
    queries.performance_cohorts,
    queries.performance_trend,
    queries.prediction_summary,
    queries.recent_metrics,
    queries.reliability,
    queries.traffic_trend,
)
OF_A_PREDICTION: Final[tuple[Callable[..., object], ...]] = (queries.lime_weights, queries.shap_values)

PLOTTED: Final = tuple(f"feature_{place}" for place in range(1, 13))
"""As many features as a report plots."""


def questions() -> dict[str, Ask]:
    """Return every question by name, asked as its defaults have it."""
    someone = UUID(int=0)
    asked: dict[str, Ask] = {"models": queries.models}
    for function in OF_A_MODEL:
        asked[function.__name__] = _of(function, LONG)
    for function in OF_A_PREDICTION:
        asked[function.__name__] = _of(function, someone)
    asked["feature_distributions"] = _of(partial(queries.feature_distributions, features=PLOTTED), LONG)
    asked["metric_trend"] = _of(partial(queries.metric_trend, metric="accuracy"), LONG)
    return dict(sorted(asked.items()))


def measure_questions(place: Place, plan: Plan) -> tuple[QuestionCost, ...]:
    """Ask each question in rounds, on one connection."""
    found: list[QuestionCost] = []
    with (
        place.steps.step("read API", f"{len(questions())} questions"),
        queries.connect(place.conninfo, schema=place.schema, statement_timeout=timedelta()) as connection,
    ):
        for name, ask in questions().items():
            answer = ask(connection)

            def once(_: int, ask: Ask = ask) -> object:
                return ask(connection)

            rounds = [microseconds_of_calls(once, plan.questions) for _ in range(3)]
            found.append(
                QuestionCost(
                    question=name,
                    calls=plan.questions,
                    answers=_size(answer),
                    p50=spread(percentile(took, 0.5) / 1000 for took in rounds),
                    p99=spread(percentile(took, 0.99) / 1000 for took in rounds),
                )
            )
    return tuple(found)


def _of(function: Callable[..., object], subject: object) -> Ask:
    return lambda connection: function(connection, subject)


def _size(answer: object) -> int:
    rows: Sequence[Any] | Sized = answer if isinstance(answer, Sized) else (answer,)
    return len(rows)
