"""Judge models from profiles by the default policy, results written: by features, by models and by windows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from cost import Cost
from driftgauge.app.judging_settings import drift_options, policy
from driftgauge.config.settings import Settings
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.judging import DriftOptions
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.trial_rows import log_made_rows
from fleet import FILL
from growth.course import Aim, Course, Point, point
from growth.place import HOUR, Place, drain, open_place
from growth.plan import Plan
from growth.rolling_up import FEATURES, MODEL, VERSION, roll_up_features
from report import Report

DAY: Final = 24
ROWS_AN_HOUR: Final = 500
FEWER_ROWS_AN_HOUR: Final = 60
FLEET_ROWS_AN_HOUR: Final = 10
FLEET: Final = FILL.replace("driftgauge.", "")
"""The rows of many models, in the place's schema."""
CATEGORICAL_OF: Final = 5
"""Of so many features, one is categorical."""


@dataclass(slots=True, kw_only=True)
class _Judge:
    """The job, which judges every model of a place anew each time, in windows of so many hours."""

    place: Place
    hours: int = DAY
    settings: Settings = field(default_factory=Settings)
    job: DriftJob = field(init=False)

    def __post_init__(self) -> None:
        self.job = DriftJob(self.place.database, policy(self.settings), self._options, HOUR)

    def _options(self, model: str) -> DriftOptions:
        return replace(drift_options(self.settings, model), window=timedelta(hours=self.hours))

    def judge(self, models: int, rounds: int) -> list[Cost]:
        """Return what judging all costs, round by round, after one that reads references and learns from them."""
        self._once()
        costs = [self._once() for _ in range(rounds)]
        judged = sum(standing.rows > 0 for standing in self.job.standings.values())
        if judged != models:
            raise ValueError(f"{models} models were to be judged, {judged} were")
        return costs

    def _once(self) -> Cost:
        self.job.standings = {}
        return self.place.cost(self._run)

    def _run(self) -> None:
        self.job.run()
        while self.job.behind:
            self.job.run()


def by_features(dsn: str, report: Report, plan: Plan) -> tuple[Course, Course]:
    """Judge one model with so many features, a place for each, and roll up new rows of it."""
    judged: list[Point] = []
    rolled: list[Point] = []
    for count in plan.features:
        report.say(f"growth: with {count} features …")
        features = (count - count // CATEGORICAL_OF, count // CATEGORICAL_OF)
        with open_place(dsn, f"growth_features_{count}") as place:
            _fill(place, features, days=plan.days, rows_an_hour=FEWER_ROWS_AN_HOUR)
            judged.append(point(count, _Judge(place=place).judge(1, plan.rounds_of_one)))
            rolled.append(point(count, roll_up_features(place, MODEL, features, plan)))
    return (
        Course(
            name=f"rolling up {plan.rows_of_features:,} rows", size="features", item="feature", points=tuple(rolled)
        ),
        Course(name="judging one model", size="features", item="feature", points=tuple(judged)),
    )


def by_models(dsn: str, report: Report, plan: Plan) -> Course:
    """Judge models, and then more of them, until all are there."""
    found: list[Point] = []
    with open_place(dsn, "growth_models") as place:
        there = 0
        for count in plan.models:
            report.say(f"growth: models, {count} …")
            _add_models(place, range(there + 1, count + 1), plan.days)
            there = count
            found.append(point(count, _Judge(place=place).judge(count, plan.rounds)))
    return Course(name="judging models", size="models", item="model", points=tuple(found))


def by_windows(dsn: str, report: Report, plan: Plan) -> Course:
    """Judge one model in longer and longer windows of the same history."""
    found: list[Point] = []
    days = plan.windows[-1] // DAY
    report.say(f"growth: {days} days of {ROWS_AN_HOUR} rows an hour …")
    with open_place(dsn, "growth_windows") as place:
        _fill(place, FEATURES, days=days, rows_an_hour=ROWS_AN_HOUR)
        judge = _Judge(place=place)
        for hours in plan.windows:
            judge.hours = hours
            found.append(point(hours, judge.judge(1, plan.rounds_of_one)))
    return Course(
        name="judging one model",
        size="hours of the window",
        points=tuple(found),
        aim=Aim(exponent="about 0"),
    )


def _fill(place: Place, features: tuple[int, int], *, days: int, rows_an_hour: int) -> None:
    """Log a history of one day more, freeze its last days as the reference, and roll all up."""
    hours = (days + 1) * DAY
    rows = hours * rows_an_hour
    log_made_rows(place.connection, model=MODEL, version=VERSION, features=features, rows=rows, hours=hours)
    place.freeze_last(MODEL, days=days)
    _roll_up(place)


def _add_models(place: Place, numbers: Sequence[int], days: int) -> None:
    """Log a history of each model, in the first minute of each hour, freeze its last days, and roll all up."""
    hours = {"newest": 1, "oldest": (days + 1) * DAY, "rows": FLEET_ROWS_AN_HOUR}
    place.connection.execute(FLEET, hours | {"first": numbers[0], "last": numbers[-1]})
    for number in numbers:
        place.freeze_last(f"model-{number}", days=days)
    _roll_up(place)


def _roll_up(place: Place) -> None:
    drain(Rollup(place.database, RollupOptions(), time.sleep))
    place.vacuum()
