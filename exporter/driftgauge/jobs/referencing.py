"""Freeze references: from a model's first rows, from a time range, or from columns read elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from driftgauge.errors import BadReference
from driftgauge.jobs.options import FeatureOptions
from driftgauge.model.bins import BinLayout, FeatureKind
from driftgauge.model.identity import ModelKey
from driftgauge.model.profile import ModelProfile
from driftgauge.model.reference import Reference, ReferenceSource
from driftgauge.model.segments import Part, with_wholes
from driftgauge.model.window import TimeWindow
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batches
from driftgauge.profiling.documents import infer_kinds, parse_documents, read_documents
from driftgauge.profiling.fitting import fit_layout
from driftgauge.profiling.projecting import with_reconstruction
from driftgauge.store.execute import Connection
from driftgauge.store.predictions import ModelFilter, RowSpan, find_first_rows, find_segments, stream_documents
from driftgauge.store.references import add_reference

CHUNK_ROWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRows:
    """The rows that a reference is frozen from, by bucket of event time and segment, those of none under none."""

    source: ReferenceSource
    description: str
    bucket: timedelta
    batches: Mapping[Part, Sequence[FeatureBatch]]
    window: TimeWindow | None = None
    reconstructed: bool = False


def freeze(connection: Connection, only: ModelFilter, rows: ReferenceRows) -> Reference:
    """Freeze the bins from the rows and register them as the reference of the models that `only` takes.

    Raises
    ------
    BadReference
        If there are no rows, or no feature with a value in them.
    """
    if only.model is None:
        raise BadReference("a reference needs the name of its model")
    layout, profiles = freeze_layout(rows)
    return add_reference(
        connection,
        model=only.model,
        version=only.version,
        environment=only.environment,
        source=rows.source,
        description=rows.description,
        layout=layout,
        buckets=profiles,
        bucket_width=rows.bucket,
        window=(rows.window.start, rows.window.end) if rows.window else None,
    )


def freeze_layout(rows: ReferenceRows) -> tuple[BinLayout, dict[Part, ModelProfile]]:
    """Freeze the bins from the rows, and profile the rows on them by bucket, all together and segment by segment.

    Raises
    ------
    BadReference
        If there are no rows, or no feature with a value in them.
    """
    batches = [batch for part in rows.batches.values() for batch in part]
    count = sum(batch.rows for batch in batches)
    if not count:
        raise BadReference(f"{rows.description}: there are no rows; nothing was changed")
    layout = fit_layout(batches)
    if not layout.features:
        raise BadReference(f"{rows.description}: {count} rows, but no feature has a value; nothing was changed")
    if rows.reconstructed:
        layout = with_reconstruction(layout, batches)
    owners = (part for part, of_part in rows.batches.items() for _ in of_part)
    owned = zip(owners, profile_batches(layout, batches), strict=True)
    profiles = {
        part: ModelProfile.merged(layout, (profile for _, profile in of_part))
        for part, of_part in groupby(owned, itemgetter(0))
    }
    return layout, with_wholes(layout, profiles)


def read_logged_rows(
    connection: Connection,
    span: RowSpan,
    *,
    bucket: timedelta,
    options: FeatureOptions,
    source: ReferenceSource = ReferenceSource.TIME_RANGE,
) -> ReferenceRows:
    """Read logged predictions into columns; a feature's kind is that of the first chunk that has it."""
    kinds: dict[str, FeatureKind] = {}
    batches: dict[Part, list[FeatureBatch]] = {}
    segments = find_segments(connection, span, most=options.segments, least_rows=options.segment_rows)
    with closing(stream_documents(connection, span, bucket=bucket, chunk=CHUNK_ROWS, segments=segments)) as chunks:
        for chunk in chunks:
            parts = {part: parse_documents(",".join(written)) for part, written in chunk.items()}
            found = infer_kinds([document for of_part in parts.values() for document in of_part])
            kinds = options.decide(found | kinds)
            for part, documents in parts.items():
                batches.setdefault(part, []).append(read_documents(documents, kinds))
    return ReferenceRows(
        source=source,
        description=f"predictions from {span.window.start.isoformat()} to {span.window.end.isoformat()}",
        bucket=bucket,
        batches=batches,
        window=span.window,
        reconstructed=options.reconstructed,
    )


def freeze_automatic(
    connection: Connection, key: ModelKey, *, high: int, rows: int, bucket: timedelta, options: FeatureOptions
) -> Reference | None:
    """Freeze a reference from a model's first `rows` rows; None if no feature has a value that can be counted."""
    only = ModelFilter.of(key)
    first = find_first_rows(connection, key, high=high, rows=rows)
    if first is None:
        return None
    span = RowSpan(only=only, window=first.window, low=first.first_seq - 1, high=first.last_seq)
    logged = read_logged_rows(connection, span, bucket=bucket, options=options, source=ReferenceSource.AUTOMATIC)
    try:
        return freeze(connection, only, logged)
    except BadReference:  # nothing was written: one model without features must not stop the others
        return None
