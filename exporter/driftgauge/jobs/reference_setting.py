"""Put a reference in force: register it and re-profile the rows that it now serves, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from driftgauge.errors import BadReference
from driftgauge.jobs.attribution_counting import AttributionCounting, AttributionOptions
from driftgauge.jobs.options import FeatureOptions, RollupOptions
from driftgauge.jobs.profiler import Profiler
from driftgauge.jobs.referencing import freeze_layout, read_logged_rows
from driftgauge.model.bins import BinLayout
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, ReferenceSource
from driftgauge.model.segments import Part
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.source import ColumnSource, profile_source
from driftgauge.store.attribution_references import AttributionReference
from driftgauge.store.attributions import TABLES, wait_for_attributions_lock
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.horizon import read_mark
from driftgauge.store.predictions import ModelFilter, RowSpan
from driftgauge.store.references import UNTIMED, add_reference
from driftgauge.store.watermarks import lock_watermark, wait_for_rollup_lock


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrozenReference:
    """Frozen bins, and the rows that they were frozen from counted on them; not registered yet.

    `buckets` has them bucket by bucket, and what each has of a segment.

    `left_out` tells, in words, of each column that is no feature.
    """

    source: ReferenceSource
    description: str
    layout: BinLayout
    buckets: Mapping[Part, ModelProfile]
    bucket_width: timedelta
    window: TimeWindow | None = None
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the bins were frozen from."""
        return sum(profile.rows for part, profile in self.buckets.items() if not part.segment)


def freeze_source(
    columns: ColumnSource,
    *,
    source: ReferenceSource,
    description: str,
    options: FeatureOptions,
    bucket: timedelta,
    on_rows: Callable[[int], None] = lambda _: None,
) -> FrozenReference:
    """Freeze a reference from the columns of a file or a query.

    Raises
    ------
    BadReference
        If no column can be a feature, or there are no rows or no values.
    """
    kinds = {name: kind for name, kind in options.decide(columns.kinds).items() if name in columns.kinds}
    if not kinds:
        raise BadReference(f"{description}: no column can be a feature; nothing was changed")
    frozen = profile_source(columns, kinds, reconstructed=options.reconstructed, on_rows=on_rows)
    if not frozen.profile.rows:
        raise BadReference(f"{description}: there are no rows; nothing was changed")
    if not frozen.layout.features:
        raise BadReference(
            f"{description}: {frozen.profile.rows} rows, but no feature has a value; nothing was changed"
        )
    return FrozenReference(
        source=source,
        description=description,
        layout=frozen.layout,
        buckets={Part(UNTIMED): frozen.profile},
        bucket_width=bucket,
        left_out=(
            *(f"{name} ({kind})" for name, kind in columns.left_out.items()),
            *(f"{name} (too many distinct texts: an identifier)" for name in frozen.identifiers),
        ),
    )


def freeze_span(database: Database, span: RowSpan, *, options: FeatureOptions, bucket: timedelta) -> FrozenReference:
    """Freeze a reference from logged predictions.

    Raises
    ------
    BadReference
        If there are no rows, or no feature with a value in them.
    """
    with database.transaction(read_only=True) as connection:
        rows = read_logged_rows(connection, span, bucket=bucket, options=options)
    layout, buckets = freeze_layout(rows)
    return FrozenReference(
        source=rows.source,
        description=rows.description,
        layout=layout,
        buckets=buckets,
        bucket_width=rows.bucket,
        window=rows.window,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationSpan:
    """How references of explanations are frozen along, from at least so many explained predictions."""

    least: int
    options: AttributionOptions = field(default_factory=AttributionOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReferences:
    """A reference in force, how many rows were re-profiled on it, and the references of explanations beside it."""

    reference: Reference
    rows: int
    explanations: tuple[AttributionReference, ...] = ()


def put_in_force(
    database: Database,
    only: ModelFilter,
    frozen: FrozenReference,
    options: RollupOptions,
    explanations: ExplanationSpan | None = None,
) -> SetReferences:
    """Register a reference for the models that `only` takes, and one of their explanations in its window, if asked.

    All or nothing: the roll-ups wait meanwhile, and go on with the first row that was not re-profiled.
    """
    if only.model is None:
        raise BadReference("a reference needs the name of its model")
    with database.transaction() as connection:
        wait_for_rollup_lock(connection)
        high = read_mark(connection).high
        watermark = lock_watermark(connection, high, profile_buckets_kept=options.profile_buckets_kept)
        reference = add_reference(
            connection,
            model=only.model,
            version=only.version,
            environment=only.environment,
            source=frozen.source,
            description=frozen.description,
            layout=frozen.layout,
            buckets=frozen.buckets,
            bucket_width=frozen.bucket_width,
            window=(frozen.window.start, frozen.window.end) if frozen.window else None,
        )
        rows = Profiler(options).reprofile(connection, reference, watermark, high=watermark.ingest_seq)
        beside = (
            _freeze_explanations(connection, only, frozen.window, explanations)
            if explanations is not None and frozen.window is not None
            else ()
        )
    return SetReferences(reference=reference, rows=rows, explanations=beside)


def _freeze_explanations(
    connection: Connection, only: ModelFilter, window: TimeWindow, explanations: ExplanationSpan
) -> tuple[AttributionReference, ...]:
    """Freeze a reference of each type and environment with enough explanations that are rolled up."""
    wait_for_attributions_lock(connection)
    found: list[AttributionReference] = []
    for explanation_type, table in TABLES.items():
        watermark = lock_watermark(
            connection,
            read_mark(connection, table).high,
            profile_buckets_kept=explanations.options.buckets_kept,
            job=table,
        )
        counting = AttributionCounting(explanation_type, explanations.options)
        found += counting.freeze_window(connection, only, window, watermark, least=explanations.least)
    return tuple(found)
