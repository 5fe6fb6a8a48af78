"""How long judging takes: by models, by features, and by the length of the window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from driftgauge.app.judging_settings import drift_options, policy
from driftgauge.bench.place import FEATURES, Place
from driftgauge.bench.plan import Plan
from driftgauge.bench.timing import seconds
from driftgauge.config.settings import Settings
from driftgauge.costs.figures import EvaluationCost
from driftgauge.costs.spread import spread
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.judging import DriftOptions
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.reference_setting import freeze_span, put_in_force
from driftgauge.model.window import closed_window
from driftgauge.store.predictions import ModelFilter, RowSpan
from driftgauge.store.trial_rows import analyze, log_made_rows

LONG: Final = "bench_long"
"""The model with a long history."""
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
OTHERS_ROWS_AN_HOUR: Final = 40
FEW_FEATURES: Final = (4, 1)
VERSION: Final = "1"


class _Bench:
    """The job, with a window of its own for each model, and only some of them to judge anew."""

    def __init__(self, place: Place, settings: Settings) -> None:
        self._defaults = settings
        self.windows: dict[str, timedelta] = {}
        self.job = DriftJob(place.database, policy(settings), self._options, HOUR)

    def _options(self, model: str) -> DriftOptions:
        return replace(drift_options(self._defaults, model), window=self.windows.get(model, DAY))

    def judge(self, models: set[str]) -> float:
        """Return the seconds of judging these models as if they had not been judged yet."""
        self.job.standings = {key: one for key, one in self.job.standings.items() if key.model not in models}
        return seconds(self.job.run)

    def rows(self, models: set[str]) -> int:
        """Return how many rows the windows of these models have."""
        return sum(one.rows for key, one in self.job.standings.items() if key.model in models)


def measure_evaluation(place: Place, plan: Plan) -> tuple[EvaluationCost, ...]:
    """Fill histories, roll them up, and judge: one model by windows, then more of them by the day."""
    many = sum(FEATURES)
    few = sum(FEW_FEATURES)
    names = {features: [_name(features, number) for number in range(max(plan.models))] for features in (many, few)}
    with place.steps.step(
        "judging", f"{plan.history_hours * plan.rows_an_hour:,} rows of one model, in {plan.history_hours:,} hours"
    ):
        _fill(place, LONG, FEATURES, hours=plan.history_hours, rows_an_hour=plan.rows_an_hour)
    with place.steps.step("judging", f"{2 * max(plan.models)} more models, rows in {plan.others_hours} hours"):
        for features, counts in ((many, FEATURES), (few, FEW_FEATURES)):
            for name in names[features]:
                _fill(place, name, counts, hours=plan.others_hours, rows_an_hour=OTHERS_ROWS_AN_HOUR)
    with place.steps.step("judging", "rolling them up"), place.database.transaction() as connection:
        analyze(connection, "prediction_logs")
    with place.steps.step("judging", "every model once, which learns from its reference"):
        place.roll_up(RollupOptions())
        bench = _Bench(place, Settings())
        bench.job.run()
        while bench.job.behind:
            bench.job.run()
    cases: list[tuple[set[str], int, int]] = [
        *(({LONG}, many, hours) for hours in _windows(plan)),
        *((set(names[many][:count]), many, 24) for count in plan.models),
        (set(names[few]), few, 24),
    ]
    return tuple(
        _measure(place, plan, bench, models, features=features, hours=hours) for models, features, hours in cases
    )


def _windows(plan: Plan) -> tuple[int, ...]:
    """Return the hours of windows: an hour, a day, and all but the day before the history's end."""
    return 1, 24, plan.history_hours - 24


def _measure(place: Place, plan: Plan, bench: _Bench, models: set[str], *, features: int, hours: int) -> EvaluationCost:
    bench.windows = dict.fromkeys(models, timedelta(hours=hours))
    with place.steps.step("judging", f"{len(models)} × {features} features, {hours:,} hours"):
        bench.judge(models)  # reads and learns what it has not yet of this width
        milliseconds = spread(bench.judge(models) * 1000 for _ in range(plan.rounds))
    return EvaluationCost(
        models=len(models), features=features, hours=hours, rows=bench.rows(models), milliseconds=milliseconds
    )


def _fill(place: Place, model: str, features: tuple[int, int], *, hours: int, rows_an_hour: int) -> None:
    """Log a history, and freeze most of it as the reference."""
    options = RollupOptions()
    only = ModelFilter(model=model)
    with place.database.transaction() as connection:
        log_made_rows(
            connection, model=model, version=VERSION, features=features, rows=hours * rows_an_hour, hours=hours
        )
    width = timedelta(days=max(hours // 24 - 1, 1))
    window = closed_window(datetime.now(UTC), width=width, bucket=HOUR)
    frozen = freeze_span(place.database, RowSpan(only=only, window=window), options=FeatureOptions(), bucket=HOUR)
    put_in_force(place.database, only, frozen, options)


def _name(features: int, number: int) -> str:
    return f"bench_{features}_{number}"
