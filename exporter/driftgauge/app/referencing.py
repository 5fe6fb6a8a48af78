"""Compose what `driftgauge reference` does from the settings: set, list and look at references."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from driftgauge.app.settings import attribution_options, rollup_options
from driftgauge.config import Settings
from driftgauge.errors import BadInput
from driftgauge.files import open_file
from driftgauge.jobs.reference_setting import (
    ExplanationSpan,
    FrozenReference,
    freeze_source,
    freeze_span,
    put_in_force,
)
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, ReferenceSource, reference_for
from driftgauge.model.window import TimeWindow
from driftgauge.store.attribution_references import AttributionReference
from driftgauge.store.columns import open_query, query_session
from driftgauge.store.database import Database
from driftgauge.store.faults import EXPORTER
from driftgauge.store.migrations import require_current
from driftgauge.store.predictions import ModelFilter, RowSpan
from driftgauge.store.references import Layouts, read_reference_series, read_references

DESCRIBED = 200  # characters of a query that its reference is described by

Source = TimeWindow | Path | str
"""Logged predictions by event time, a file, or a query."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetReference:
    """A reference that was set, what it was frozen from, and how many logged rows were re-profiled on it.

    `explanations` are the references of explanations that were frozen along, from the same span.
    """

    reference: Reference
    frozen: FrozenReference
    reprofiled: int
    explanations: tuple[AttributionReference, ...]


@contextmanager
def patient_database(settings: Settings, *, role: str = EXPORTER) -> Generator[Database]:
    """Yield a database whose schema is current, without time limits: somebody waits for the command to end.

    Who lacks a right is told of the `role` that has all.
    """
    database = Database(
        settings.database.conninfo,
        schema=settings.database.schema_name,
        statement_timeout=timedelta(),
        lock_timeout=timedelta(),
        application_name="driftgauge command",
        role=role,
    )
    try:
        with database.transaction(read_only=True) as connection:
            require_current(connection, role=role)
        yield database
    finally:
        database.close()


def set_reference(
    settings: Settings, only: ModelFilter, source: Source, *, on_rows: Callable[[int], None] = lambda _: None
) -> SetReference:
    """Freeze a reference from `source` and put it in force for the models that `only` takes.

    Raises
    ------
    BadReference
        If the source cannot serve as a reference; then nothing was changed.
    """
    options = rollup_options(settings)
    with patient_database(settings) as database:
        frozen = _freeze(database, settings, only, source, on_rows)
        explanations = ExplanationSpan(
            least=settings.explanations_of(only.model or "").minimum_rows, options=attribution_options(settings)
        )
        done = put_in_force(database, only, frozen, options, explanations)
    return SetReference(reference=done.reference, frozen=frozen, reprofiled=done.rows, explanations=done.explanations)


def _freeze(
    database: Database, settings: Settings, only: ModelFilter, source: Source, on_rows: Callable[[int], None]
) -> FrozenReference:
    options, bucket = rollup_options(settings).of_model(only.model or ""), settings.rollup.profile_bucket
    match source:
        case TimeWindow():
            span = RowSpan(only=only, window=source)
            return freeze_span(database, span, options=options, bucket=bucket)
        case Path():
            return freeze_source(
                open_file(source),
                source=ReferenceSource.FILE,
                description=f"file {source.name}",
                options=options,
                bucket=bucket,
                on_rows=on_rows,
            )
        case str():
            with query_session(database) as connection:
                return freeze_source(
                    open_query(connection, source),
                    source=ReferenceSource.QUERY,
                    description=f"query {' '.join(source.split()).rstrip(';')[:DESCRIBED]}",
                    options=options,
                    bucket=bucket,
                    on_rows=on_rows,
                )


def list_references(settings: Settings, *, active_only: bool) -> list[Reference]:
    """Return the references, the newest first."""
    with patient_database(settings) as database, database.transaction(read_only=True) as connection:
        return read_references(connection, active_only=active_only)


def show_reference(settings: Settings, only: ModelFilter) -> tuple[Reference, ModelProfile]:
    """Return the active reference that `only` means, and the profile of its rows.

    Raises
    ------
    BadInput
        If there is none, or several.
    """
    with patient_database(settings) as database, database.transaction(read_only=True) as connection:
        reference = _choose(read_references(connection, active_only=True), only)
        layout = Layouts().of(connection, reference.reference_id)
        return reference, read_reference_series(connection, layout, reference.reference_id).total


def describe_scope(reference: Reference) -> str:
    """Return which versions and environments a reference serves, in words."""
    version = "any version" if reference.version is None else f"version {reference.version}"
    environment = "any environment" if reference.environment is None else reference.environment
    return f"{version}, {environment}"


def _choose(references: list[Reference], only: ModelFilter) -> Reference:
    """Return the reference of exactly this scope, else the only one that it can mean."""
    of_model = [reference for reference in references if reference.model == only.model]
    exact = [r for r in of_model if (r.version, r.environment) == (only.version, only.environment)]
    if exact:
        return exact[0]
    meant = [
        reference
        for reference in of_model
        if (only.version is None or reference.version in (None, only.version))
        and (only.environment is None or reference.environment in (None, only.environment))
    ]
    if only.model is not None and only.version is not None and only.environment is not None:
        key = ModelKey(model=only.model, version=only.version, environment=only.environment)
        serving = reference_for(key, meant)
        meant = [] if serving is None else [serving]
    if not meant:
        models = sorted({reference.model for reference in references})
        known = f"; models with one: {', '.join(models)}" if models else "; no model has one yet"
        raise BadInput(f"model {only.model!r}: no reference is in force for it{known}")
    if len(meant) > 1:
        scopes = "; ".join(describe_scope(reference) for reference in meant)
        raise BadInput(
            f"model {only.model!r} has {len(meant)} references: choose by --version and --environment: {scopes}"
        )
    return meant[0]
