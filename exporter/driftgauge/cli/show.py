"""`driftgauge show`: what is known of a model, question by question."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from driftgauge.cli.context import load
from driftgauge.cli.options import Environment, Model, Version

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from driftgauge.queries import Connection

_EPILOG: Final = """\
Examples:

driftgauge show health --model churn

driftgauge show drift --model churn --version 3 --hours 72 --days 30

driftgauge show drift --model churn --segment mobile

driftgauge show performance --model churn --metric recall --days 90

driftgauge show metrics --model churn --json | jq '.[0]'

Times are UTC. Hours go back from now; days are whole UTC days, today the last. With --json, what is no number is null.
"""

Hours = Annotated[float, typer.Option(metavar="H", help="How many hours to go back from now.")]
Days = Annotated[int, typer.Option(metavar="D", help="How many UTC days to show, today the last.")]
Limit = Annotated[int, typer.Option(metavar="N", help="Show at most so many, the first in order.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(
        no_args_is_help=True,
        epilog=_EPILOG,
        help="Show what is known of a model: health, predictions, drift, performance, alerts.",
    )
    group.command("health", epilog="Example: driftgauge show health --model churn --hours 1")(show_health)
    group.command("predictions", epilog="Example: driftgauge show predictions --model churn --hours 1")(
        show_predictions
    )
    group.command("metrics", epilog="Example: driftgauge show metrics --model churn --limit 20")(show_metrics)
    group.command("drift", epilog="Example: driftgauge show drift --model churn --hours 72 --days 30")(show_drift)
    group.command("quality", epilog="Example: driftgauge show quality --model churn --hours 2")(show_quality)
    group.command("anomalies", epilog="Example: driftgauge show anomalies --model churn --hours 48")(show_anomalies)
    group.command("concept", epilog="Example: driftgauge show concept --model churn --days 30")(show_concept)
    group.command("performance", epilog="Example: driftgauge show performance --model churn --metric f1")(
        show_performance
    )
    group.command("importance", epilog="Example: driftgauge show importance --model churn --against 2026.2")(
        show_importance
    )
    group.command("alerts", epilog="Example: driftgauge show alerts --model churn --environment production")(
        show_alerts
    )
    group.command("shap", epilog="Example: driftgauge show shap 018f0000-0000-7000-8000-000000000000")(show_shap)
    group.command("lime", epilog="Example: driftgauge show lime 018f0000-0000-7000-8000-000000000000")(show_lime)
    group.command("explanations", epilog="Example: driftgauge show explanations --model churn --version 3")(
        show_explanations
    )
    app.add_typer(group, name="show")


def show_health(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    days: Days = 7,
    json: Json = False,
) -> None:
    """Show how a model is, from 0 to 1, what that follows from, and its scores and health checks by day.

    The newest score that the exporter has written of each version and environment comes first, with what each component
    takes away of it, those that take most first. The classic score is the share of successful predictions of the last
    hours, times 0.8 if their mean latency is above 200 ms, times 0.7 if there were drift alerts, times 0.6 if the
    concept drifted. Without predictions there is none.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        health = queries.model_health(connection, model, version=version, environment=environment, hours=hours)
        latest = queries.latest_health(connection, model, version=version, environment=environment, hours=hours)
        scores = queries.health_score_trend(connection, model, version=version, environment=environment, days=days)
        trend = queries.health_trend(connection, model, version=version, environment=environment, days=days)
    if json:
        print_json(asdict(health) | {"latest": latest, "score_trend": scores, "trend": trend})
        return
    name = views.name_model(model, version, environment)
    views.print_scores(model, name, latest, hours)
    views.print_health(name, health, hours)
    views.print_rows(scores, views.HEALTH_SCORE_DAY, nothing=f"no scores in the last {days} days")
    typer.echo()
    views.print_rows(trend, views.HEALTH_DAY, nothing=f"no health checks in the last {days} days")


def show_predictions(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    json: Json = False,
) -> None:
    """Show how many predictions there were, how they ended, and how long they took.

    Latencies are exact. Those that cannot be right, such as NaN or a negative one, are left out of them.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        found = queries.prediction_summary(connection, model, version=version, environment=environment, hours=hours)
    if json:
        print_json(found)
    else:
        views.print_predictions(views.name_model(model, version, environment), found, hours)


def show_metrics(  # noqa: PLR0913 - each is an option
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="Show this metric by day instead.")] = None,
    hours: Hours = 24,
    days: Days = 30,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show the metrics that services logged about a model, the newest first; or one of them by day.

    Hours and the limit are for the first, days for the second.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    name = views.name_model(model, version, environment)
    if metric is not None:
        with _reader(ctx) as connection:
            trend = queries.metric_trend(
                connection, model, metric=metric, version=version, environment=environment, days=days
            )
        if json:
            print_json(trend)
            return
        views.print_rows(trend, views.METRIC_DAY, nothing=f"no {metric} of {name} in the last {days} days")
        return
    with _reader(ctx) as connection:
        found = queries.recent_metrics(
            connection, model, version=version, environment=environment, hours=hours, limit=limit
        )
    if json:
        print_json(found)
        return
    views.print_rows(found, views.METRIC, nothing=f"no metrics of {name} in the last {hours:g} hours", limit=limit)


def show_drift(  # noqa: PLR0913 - each is an option
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    segment: Annotated[str | None, typer.Option(metavar="NAME", help="Show the features of this segment only.")] = None,
    hours: Hours = 24,
    days: Days = 7,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show the last judged window feature by feature, the drift alerts of the last hours, and the drift checks by day.

    Features that drifted come first, then by score times importance, where it was logged. Segments follow, a line each:
    name one to see its features and alerts. A check is one test on one feature in one window of all rows; unjudged are
    those without enough data. Replays are left out.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        latest = queries.latest_drift(
            connection, model, version=version, environment=environment, segment=segment, hours=hours
        )
        alerts = queries.drift_alerts(
            connection, model, version=version, environment=environment, segment=segment, hours=hours, limit=limit
        )
        trend = queries.drift_trend(connection, model, version=version, environment=environment, days=days)
    if json:
        whole = [one for one in latest if one.segment == (segment or "")]
        segments = [one for one in latest if one not in whole]
        print_json({"latest": whole, "segments": segments, "alerts": alerts, "trend": trend})
        return
    name = views.name_model(model, version, environment, segment)
    views.print_drift(model, name, latest, segment or "", hours)
    nothing = f"no drift alerts of {name} in the last {hours:g} hours"
    views.print_rows(alerts, views.DRIFT_ALERT, nothing=nothing, limit=limit)
    if segment:
        return
    typer.echo()
    views.print_rows(trend, views.DRIFT_DAY, nothing=f"no drift checks of {name} in the last {days} days")


def show_quality(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    json: Json = False,
) -> None:
    """Show what the checks of a model's rows and features found last, faults first.

    Of features: values that are missing, of another type, never seen or out of range; of free texts, how many are
    distinct. Of rows: how many repeat another, and for how long, in seconds, there was none.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        found = queries.data_quality(connection, model, version=version, environment=environment, hours=hours)
    if json:
        print_json(found)
        return
    name = views.name_model(model, version, environment)
    views.print_rows(found, views.QUALITY, nothing=f"no checks of {name} in the last {hours:g} hours")


def show_anomalies(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show when a model's metrics were not as usual, and what each was in its last hour, the newest first.

    Metrics are the hourly predictions, mean latency, share of errors and mean confidence, and those that services log.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        found = queries.anomalies(connection, model, version=version, environment=environment, hours=hours, limit=limit)
    if json:
        print_json(found)
        return
    name = views.name_model(model, version, environment)
    nothing = f"no metric of {name} was judged in the last {hours:g} hours"
    views.print_rows(found, views.ANOMALY, nothing=nothing, limit=limit)


def show_concept(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    days: Annotated[float, typer.Option(metavar="D", help="How many days of 24 hours to go back from now.")] = 7,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show how far the detectors of a model's concept are, and the drifts that were found in the last days.

    A detector follows the errors of the predictions, each once its outcome is known; seen counts them. The t test holds
    the last days of a metric against those before. A drift is where the score comes to 1. Reference and current are the
    means before and after; when is the time of the predictions, found that of its finding.
    """
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        detectors = queries.concept_detectors(connection, model, version=version, environment=environment)
        found = queries.concept_drift_alerts(
            connection, model, version=version, environment=environment, days=days, limit=limit
        )
    chosen = load(ctx).concept_of(model).detectors
    detectors = views.mark_left_out(detectors, chosen)
    if json:
        print_json({"detectors": detectors, "alerts": found})
        return
    name = views.name_model(model, version, environment)
    why = views.say_why_none_follows(name, chosen)
    views.print_rows(detectors, views.DETECTOR, nothing=why)
    if detectors and not any(row.detector in chosen for row in detectors):
        typer.echo(why)
    typer.echo()
    views.print_rows(found, views.CONCEPT, nothing=f"no concept drift of {name} in the last {days:g} days", limit=limit)


def show_performance(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    *,
    model: Model,
    segment: Annotated[str, typer.Option(metavar="NAME", help="Show the cohorts of this segment only.")] = "",
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show this metric, with reasons. [default: the main ones]")
    ] = None,
    version: Version = None,
    environment: Environment = None,
    days: Days = 30,
    trend: Annotated[
        bool, typer.Option("--trend", help="Show one metric by day instead, accuracy by default.")
    ] = False,
    json: Json = False,
) -> None:
    """Show how well a model did and was estimated to do, by cohort: the predictions of a day, unless set otherwise.

    Estimates are known when a cohort has closed, with where the realised value should lie. Realised values follow as
    outcomes arrive; they are judged once the cohort has matured.
    """
    from driftgauge import queries
    from driftgauge.cli import performance_views as views
    from driftgauge.cli import show_views
    from driftgauge.cli.output import print_json
    from driftgauge.errors import BadInput

    if trend and segment:
        raise BadInput("--trend is of all rows of a model; leave out --segment")
    of = {"version": version, "environment": environment}
    name = show_views.name_model(model, version, environment, segment)
    with _reader(ctx) as connection:
        if trend:
            metric = metric or "accuracy"
            by_day = queries.performance_trend(connection, model, metric=metric, days=days, **of)
            if json:
                print_json(by_day)
                return
            nothing = f"no {metric} of {name} in the last {days} days"
            show_views.print_rows(by_day, show_views.PERFORMANCE_DAY, nothing=nothing)
            return
        cohorts = queries.performance_cohorts(connection, model, segment=segment, metric=metric, days=days, **of)
    if json:
        print_json(cohorts)
    else:
        views.print_cohorts(model, name, cohorts, metric=metric, days=days)


def show_importance(  # noqa: PLR0913 - an option each
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    against: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Compare what was logged last with this version's, now.")
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Show what was logged instead, the newest first.")] = False,
    days: Annotated[float, typer.Option(metavar="D", help="With --history: how many days to go back.")] = 30,
    limit: Limit = 1_000,
    json: Json = False,
) -> None:
    """Show how much each feature matters to each version of a model, and how that differs from before.

    A version's first importances are held against those of the version before, later ones against the last of its own.
    A feature that one side lacks has appeared or vanished; it is not taken as 0. Days and the limit are for --history.
    """
    from driftgauge import queries
    from driftgauge.app.settings import importance_rules
    from driftgauge.cli import importance_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.show_views import name_model, print_rows
    from driftgauge.errors import BadInput

    if history and against is not None:
        raise BadInput("--history shows what was logged, --against compares; give one of them")
    settings = load(ctx)
    of = {"version": version, "environment": environment}
    span = settings.importance.span
    name = name_model(model, version, environment)
    with _reader(ctx) as connection:
        if history:
            logged = queries.importance_history(connection, model, days=days, limit=limit, span=span, **of)
            if json:
                print_json(logged)
                return
            print_rows(logged, views.ENTRY, nothing=f"no importances of {name} in the last {days:g} days")
            return
        found = queries.importance_drift(
            connection, model, against=against, rules=importance_rules(settings, model), span=span, **of
        )
    if json:
        print_json(found)
    else:
        views.print_importance(model, name, found)


def show_alerts(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    limit: Limit = 100,
    json: Json = False,
) -> None:
    """Show the alerts of a model that wait to be resolved, critical before warning before info."""
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        found = queries.active_alerts(connection, model, version=version, environment=environment, limit=limit)
    if json:
        print_json(found)
        return
    name = views.name_model(model, version, environment)
    views.print_rows(found, views.ALERT, nothing=f"no active alerts of {name}", limit=limit)


def show_shap(
    ctx: typer.Context,
    prediction_id: Annotated[str, typer.Argument(metavar="PREDICTION_ID", help="prediction_logs.id, a UUID.")],
    *,
    json: Json = False,
) -> None:
    """Show what each feature added to a prediction, the largest SHAP value by magnitude first."""
    from driftgauge import queries
    from driftgauge.cli import show_views as views
    from driftgauge.cli.output import print_json

    with _reader(ctx) as connection:
        found = queries.shap_values(connection, prediction_id)
    if json:
        print_json(found)
        return
    nothing = f"no SHAP values of prediction {prediction_id}: log them beside it, or look for the id in prediction_logs"
    views.print_rows(found, views.SHAP, nothing=nothing)


def show_lime(
    ctx: typer.Context,
    prediction_id: Annotated[str, typer.Argument(metavar="PREDICTION_ID", help="prediction_logs.id, a UUID.")],
    *,
    json: Json = False,
) -> None:
    """Show the weight of each feature in the local model around a prediction, the largest by magnitude first."""
    from driftgauge import queries
    from driftgauge.cli import explanation_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.show_views import print_rows

    with _reader(ctx) as connection:
        found = queries.lime_weights(connection, prediction_id)
    if json:
        print_json(found)
        return
    nothing = (
        f"no LIME weights of prediction {prediction_id}: log them beside it, or look for the id in prediction_logs"
    )
    print_rows(found, views.LIME, nothing=nothing)


def show_explanations(
    ctx: typer.Context,
    *,
    model: Model,
    version: Version = None,
    environment: Environment = None,
    hours: Hours = 24,
    trend: Annotated[
        bool, typer.Option("--trend", help="Show how many there were by day instead, and how complex.")
    ] = False,
    days: Days = 7,
    json: Json = False,
) -> None:
    """Show whether a model still reasons as it did, and what it makes of each feature, those that drifted first.

    Importance is the mean absolute attribution, before → now; mean keeps the signs, and positive is the share of
    attributions above 0. Without --version, each version is shown.
    """
    from driftgauge import queries
    from driftgauge.cli import explanation_views as views
    from driftgauge.cli.output import print_json
    from driftgauge.cli.show_views import EXPLANATION_DAY, name_model, print_rows

    with _reader(ctx) as connection:
        if trend:
            by_day = queries.explanation_trend(connection, model, version=version, environment=environment, days=days)
            if json:
                print_json(by_day)
                return
            name = name_model(model, version, environment)
            nothing = f"no explanation of {name} tells its method in the last {days} days"
            print_rows(by_day, EXPLANATION_DAY, nothing=nothing)
            return
        found = queries.explanation_drift(connection, model, version=version, environment=environment, hours=hours)
    if json:
        print_json(found)
        return
    views.print_explanations(model, name_model(model, version, environment), found, hours)


def _reader(ctx: typer.Context) -> AbstractContextManager[Connection]:
    from driftgauge.app.reading import reader

    return reader(load(ctx))
