"""What must hold between keys: widths that divide, names that are known, spans that fit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from driftgauge.config.conflict import Conflict
from driftgauge.config.document import KeyPath, dotted
from driftgauge.config.durations import format_duration
from driftgauge.config.findings import nearest
from driftgauge.config.health_checks import health_conflicts
from driftgauge.config.performance_checks import Metrics, performance_conflicts
from driftgauge.config.settings import Settings
from driftgauge.config.source_settings import SourceSettings
from driftgauge.config.values import DAY
from driftgauge.errors import ConfigError
from driftgauge.model.same_season import SameSeason

Readers = Mapping[str, Callable[[Mapping[str, Any]], object]]
"""By the name of a detector, what reads its parameters, and raises ValueError if they are wrong."""


def conflicts(
    settings: Settings,
    known_tests: Collection[str],
    known_shifts: Collection[str] = (),
    known_metrics: Metrics | None = None,
    detectors: Readers | None = None,
    *,
    components: Collection[str] = (),
) -> Iterator[Conflict]:
    """Walk all that does not hold between the keys of `settings`; without `detectors`, theirs are not looked at."""
    yield from _connection(settings)
    yield from _alerts(settings)
    yield from _widths(settings)
    yield from _windows(settings)
    yield from _rolling(settings)
    yield from _outcomes(settings)
    yield from performance_conflicts(settings, known_metrics or {})
    yield from health_conflicts(settings, components)
    yield from _ignored_features(settings)
    yield from _test_names(settings, known_tests, known_shifts)
    yield from _concept(settings)
    if detectors is not None:
        yield from _detectors(settings, detectors)
    for place, source in enumerate(settings.sources):
        yield from _source(settings, place, source)
    yield from _shared(settings)


def _connection(settings: Settings) -> Iterator[Conflict]:
    database = settings.database
    dsn, dsn_file = ("database", "dsn"), ("database", "dsn_file")
    if database.dsn is not None and database.dsn_file is not None:
        yield Conflict(keys=(dsn_file, dsn), message="database.dsn is given, too; keep one of them")
        return
    try:
        database.conninfo()
    except ConfigError as error:
        yield Conflict(keys=(dsn_file,), message=str(error).removeprefix("database.dsn_file: "))


def _alerts(settings: Settings) -> Iterator[Conflict]:
    """Walk what is wrong with the secrets of the webhook and of Alertmanager."""
    http, alertmanager = settings.http, settings.alertmanager
    if http.webhook_token is not None and http.webhook_token_file is not None:
        keys: tuple[KeyPath, ...] = (("http", "webhook_token_file"), ("http", "webhook_token"))
        yield Conflict(keys=keys, message="http.webhook_token is given, too; keep one of them")
    if (alertmanager.username is None) != (alertmanager.password_file is None):
        keys = (("alertmanager", "username"), ("alertmanager", "password_file"))
        yield Conflict(keys=keys, message="alertmanager.username and password_file go together; give both")
    if alertmanager.token_file is not None and alertmanager.password_file is not None:
        keys = (("alertmanager", "password_file"), ("alertmanager", "token_file"))
        yield Conflict(keys=keys, message="alertmanager.token_file is given, too; keep one of them")
    for read in (http.read_webhook_token, alertmanager.bearer_token, alertmanager.password):
        try:
            read()
        except ConfigError as error:
            place, _, message = str(error).partition(": ")
            yield Conflict(keys=(tuple(place.split(".")),), message=message)


def _widths(settings: Settings) -> Iterator[Conflict]:
    bucket, profile_bucket = settings.rollup.bucket, settings.rollup.profile_bucket
    key, profile_key = ("rollup", "bucket"), ("rollup", "profile_bucket")
    if DAY % profile_bucket:
        message = f"{format_duration(profile_bucket)} does not divide a day; choose 1h, 30m, 5m, …"
        yield Conflict(keys=(profile_key,), message=message)
    if profile_bucket % bucket:
        message = f"{format_duration(bucket)} does not divide rollup.profile_bucket ({format_duration(profile_bucket)})"
        yield Conflict(keys=(key, profile_key), message=message)


def _windows(settings: Settings) -> Iterator[Conflict]:
    profile_key, kept_key = ("rollup", "profile_bucket"), ("retention", "rollups")
    width, kept = settings.rollup.profile_bucket, settings.retention.rollups
    windows: list[tuple[KeyPath, timedelta | None]] = [(("drift", "window"), settings.drift.window)]
    windows += [(("models", name, "drift", "window"), model.drift.window) for name, model in settings.models.items()]
    windows += [(("explanations", "window"), settings.explanations.window)]
    windows += [
        (("models", name, "explanations", "window"), model.explanations.window)
        for name, model in settings.models.items()
    ]
    for key, window in windows:
        if window is None:
            continue
        if window % width:
            bound = f"rollup.profile_bucket ({format_duration(width)})"
            yield Conflict(keys=(key, profile_key), message=f"{format_duration(window)} is no multiple of {bound}")
        if window > kept:
            message = f"{format_duration(window)} is longer than retention.rollups ({format_duration(kept)}) keeps"
            yield Conflict(keys=(key, kept_key), message=message)


def _rolling(settings: Settings) -> Iterator[Conflict]:
    kept_key, kept = ("retention", "rollups"), settings.retention.rollups
    for name in ("", *settings.models):
        given, chosen = settings.of_model(name).reference, settings.reference_of(name)
        window = settings.drift_of(name).window
        window_key: KeyPath = ("models", name, "drift", "window") if name else ("drift", "window")
        at: KeyPath = ("models", name, "reference") if name and given.rolling else ("reference",)
        if chosen.rolling is not None and chosen.rolling % DAY:
            message = f"{format_duration(chosen.rolling)} is not of whole days; choose 7d, 28d, …"
            yield Conflict(keys=((*at, "rolling"),), message=message)
        elif chosen.rolling is not None and chosen.rolling + window > kept:
            before = f"{format_duration(chosen.rolling)} before a window of {format_duration(window)}"
            message = f"{before} is more than retention.rollups ({format_duration(kept)}) keeps"
            yield Conflict(keys=((*at, "rolling"), kept_key, window_key), message=message)
        at = ("models", name, "reference") if name and given.season else ("reference",)
        if chosen.season is SameSeason.HOUR and window >= DAY:
            message = f"a window of {format_duration(window)} has every hour; choose a shorter drift.window"
            yield Conflict(keys=((*at, "season"), window_key), message=message)


def _outcomes(settings: Settings) -> Iterator[Conflict]:
    cohort = settings.outcomes.cohort
    if DAY % cohort:
        message = f"{format_duration(cohort)} does not divide a day; choose 1d, 6h, 1h, …"
        yield Conflict(keys=(("outcomes", "cohort"),), message=message)
    for name, model in settings.models.items():
        chosen = model.outcomes
        for key, task in (("positive", "binary"), ("threshold", "binary"), ("classes", "multiclass")):
            if getattr(chosen, key) not in (None, ()) and chosen.task not in (None, task):
                at, task_key = ("models", name, "outcomes", key), ("models", name, "outcomes", "task")
                yield Conflict(
                    keys=(at, task_key), message=f"is for the task {task}; {dotted(task_key)} is {chosen.task}"
                )
    for name, model in settings.models.items():
        if model.outcomes.classes and (model.outcomes.positive or model.outcomes.threshold is not None):
            keys: tuple[KeyPath, ...] = (("models", name, "outcomes", "classes"), ("models", name, "outcomes"))
            yield Conflict(
                keys=keys, message="is for several classes, positive and threshold for two; keep one of them"
            )


def _ignored_features(settings: Settings) -> Iterator[Conflict]:
    for name, model in settings.models.items():
        ignored = ("models", name, "ignore_features")
        for feature in model.ignore_features:
            if feature in model.features:
                own = ("models", name, "features", feature)
                yield Conflict(keys=(own, ignored), message=f"{dotted(ignored)} ignores it; keep one of them")


def _test_names(settings: Settings, tests: Collection[str], shifts: Collection[str]) -> Iterator[Conflict]:
    scores = {*tests, *shifts}
    named: list[tuple[KeyPath, Sequence[str] | None, Collection[str]]]
    named = [(("drift",), settings.drift.tests, settings.drift.thresholds)]
    for name, model in settings.models.items():
        named.append((("models", name, "drift"), model.drift.tests, model.drift.thresholds))
        named += [
            (("models", name, "features", feature), own.tests, own.thresholds)
            for feature, own in model.features.items()
        ]
    for place, chosen, thresholds in named:
        for at, name in enumerate(chosen or ()):
            if name not in tests:
                yield Conflict(keys=((*place, "tests", at),), message=_unknown("drift test", name, tests))
        for name in thresholds:
            if name not in scores:
                yield Conflict(
                    keys=((*place, "thresholds", name),), message=_unknown("drift test or shift", name, scores)
                )


def _concept(settings: Settings) -> Iterator[Conflict]:
    cohort_key: KeyPath = ("outcomes", "cohort")
    for key in ("window", "reference_window"):
        if getattr(settings.concept, key) < 2 * settings.outcomes.cohort:
            at: KeyPath = ("concept", key)
            width, cohort = (
                format_duration(span) for span in (getattr(settings.concept, key), settings.outcomes.cohort)
            )
            message = f"{width} holds no two values, one of which comes each {dotted(cohort_key)} ({cohort})"
            yield Conflict(keys=(at, cohort_key), message=message)


def _detectors(settings: Settings, known: Readers) -> Iterator[Conflict]:
    """Walk the detectors that there are not, and those whose parameters they do not take."""
    places: list[tuple[KeyPath, str]] = [(("concept",), "")]
    places += [(("models", name, "concept"), name) for name in settings.models]
    for place, model in places:
        given = settings.of_model(model).concept if model else settings.concept
        for at, name in enumerate(given.detectors or ()):
            if name not in known:
                yield Conflict(keys=((*place, "detectors", at),), message=_unknown("detector", name, known))
        for name in given.parameters:
            key = (*place, "parameters", name)
            if name not in known:
                yield Conflict(keys=(key,), message=_unknown("detector", name, known))
                continue
            try:
                known[name](settings.concept_of(model).parameters[name])
            except ValueError as error:
                yield Conflict(keys=(key,), message=str(error))


def _source(settings: Settings, place: int, source: SourceSettings) -> Iterator[Conflict]:
    """Walk what does not hold within one source; of each pair one key is to be given, or at most one."""
    at = ("sources", place)
    for first, second, needed in (
        ("relation", "query", True),
        ("model", "model_column", True),
        ("version", "version_column", False),
        ("environment", "environment_column", False),
        ("dsn", "dsn_file", False),
    ):
        given = [key for key in (first, second) if getattr(source, key) is not None]
        if needed and not given:
            yield Conflict(keys=(at,), message=f"give {first} or {second}")
        if len(given) > 1:
            message = f"{dotted((*at, first))} is given, too; keep one of them"
            yield Conflict(keys=((*at, second), (*at, first)), message=message)
    try:
        source.conninfo()
    except ConfigError as error:
        yield Conflict(keys=((*at, "dsn_file"),), message=str(error).removeprefix("dsn_file: "))
    kept_key = ("retention", "rollups")
    for key, span in (("lookback", source.lookback), ("history", source.history)):
        if span > settings.retention.rollups:
            kept = format_duration(settings.retention.rollups)
            message = f"{format_duration(span)} is longer than retention.rollups ({kept}) keeps"
            yield Conflict(keys=((*at, key), kept_key), message=message)


def _shared(settings: Settings) -> Iterator[Conflict]:
    """Walk what two sources have in common and must not: their name, or the model that they fill."""
    names: dict[str, int] = {}
    models: dict[tuple[str | None, ...], int] = {}
    for place, source in enumerate(settings.sources):
        first = names.setdefault(source.name, place)
        if first != place:
            key, other = ("sources", place, "name"), ("sources", first, "name")
            yield Conflict(keys=(key, other), message=f"{dotted(other)} is the same; each source needs its own")
        if source.model is None or source.version_column or source.environment_column:
            continue
        first = models.setdefault((source.model, source.version, source.environment), place)
        if first != place:
            key, other = ("sources", place, "model"), ("sources", first, "model")
            message = f"{dotted(other)} fills this model, too; a model must come from one place"
            yield Conflict(keys=(key, other), message=message)


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    hint = nearest(name, known) or f"; known: {', '.join(sorted(known))}"
    return f"no {what} is named {dotted((name,))}{hint}"
