"""Measure how costs grow with rows, features, models and the length of the window."""

from __future__ import annotations

from growth.course import show, show_exponents
from growth.drawing import NAME, Panel, draw
from growth.judging import by_features, by_models, by_windows
from growth.place import without_autovacuum
from growth.plan import plan_of
from growth.rolling_up import by_rows
from report import Report


def run(dsn: str, report: Report, *, rows: int) -> None:
    """Measure each course, print its points and its exponent, and draw all; fewer than a million rows: a quick look."""
    plan = plan_of(rows)
    with without_autovacuum(dsn):
        of_rows = by_rows(dsn, report, plan)
        of_features = by_features(dsn, report, plan)
        of_models = by_models(dsn, report, plan)
        of_windows = by_windows(dsn, report, plan)
    show(report, "growth_rows", "New rows of one model of 25 features (medians)", of_rows)
    show(report, "growth_features", "Features of one model (medians)", of_features)
    show(report, "growth_models", "Models of 25 features, judged by the day, results written (medians)", [of_models])
    show(report, "growth_windows", "Windows of one model of 25 features (medians)", [of_windows])
    show_exponents(report, [*of_rows, *of_features, of_models, of_windows])
    report.plots[NAME] = draw(
        [
            Panel(title="New rows of one model of 25 features", courses=of_rows),
            Panel(title="Features of one model", courses=of_features),
            Panel(title="Models of 25 features", courses=(of_models,)),
            Panel(title="Length of the window, one model of 25 features", courses=(of_windows,)),
        ]
    )
