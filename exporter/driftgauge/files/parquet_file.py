"""Read a Parquet file as feature batches, by pyarrow where it is installed."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pyarrow ships no types; this module is the only one that sees it.

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from driftgauge.errors import BadReference, MissingComponent
from driftgauge.model.bins import FeatureKind, FloatArray
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.documents import category_of
from driftgauge.profiling.source import ColumnSource, Kinds
from driftgauge.profiling.texts import expand_numbers

BATCH_ROWS: Final = 50_000
BUFFER_BYTES: Final = 1 << 20


def open_parquet(path: Path) -> ColumnSource:
    """Return the columns of a Parquet file: numbers are numeric; texts, dictionaries and booleans categorical.

    Raises
    ------
    BadReference
        If the file cannot be read, or has no rows.
    MissingComponent
        If pyarrow is not installed.
    """
    with _open(path) as file:
        if not file.metadata.num_rows:
            raise BadReference(f"{path}: there are no rows")
        fields = [(field.name, field.type) for field in file.schema_arrow]
    twice = sorted(name for name, count in Counter(name for name, _ in fields).items() if count > 1)
    if twice:
        raise BadReference(f"{path}: column {twice[0]!r} comes twice")
    kinds = {name: kind for name, column in fields if (kind := _kind(column)) is not None}
    return ColumnSource(
        kinds=kinds,
        left_out={name: str(column) for name, column in fields if name not in kinds},
        read=partial(_read, path),
    )


def _open(path: Path) -> Any:  # noqa: ANN401 - pyarrow ships no types
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingComponent(
            f"{path}: reading Parquet needs pyarrow; run: pip install 'driftgauge[parquet]', or give a .csv"
        ) from None
    try:
        return pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False)  # or it holds whole row groups
    except (OSError, pa.ArrowException) as error:
        raise BadReference(f"{path}: cannot be read as Parquet: {_first_line(error)}") from error


def _kind(column: Any) -> FeatureKind | None:  # noqa: ANN401 - pyarrow ships no types
    from pyarrow import types  # noqa: PLC0415 - an extra

    if types.is_dictionary(column):
        return _kind(column.value_type)
    if types.is_integer(column) or types.is_floating(column) or types.is_decimal(column):
        return FeatureKind.NUMERIC
    if types.is_boolean(column) or types.is_string(column) or types.is_large_string(column):
        return FeatureKind.CATEGORICAL
    return None


def _read(path: Path, kinds: Kinds) -> Iterator[FeatureBatch]:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    try:
        with _open(path) as file:
            names = [name for name in file.schema_arrow.names if name in kinds]
            for batch in file.iter_batches(BATCH_ROWS, columns=names):
                yield _batch({name: batch.column(name) for name in names}, kinds, batch.num_rows)
    except (OSError, pa.ArrowException) as error:
        raise BadReference(f"{path}: cannot be read as Parquet: {_first_line(error)}") from error


def _batch(columns: dict[str, Any], kinds: Kinds, rows: int) -> FeatureBatch:
    numeric: dict[str, FloatArray] = {}
    categories: dict[str, Counter[str]] = {}
    invalid: dict[str, int] = {}
    for name, column in columns.items():
        if kinds[name] is FeatureKind.CATEGORICAL:
            categories[name] = _counted(column)
        elif _kind(column.type) is FeatureKind.NUMERIC or column.type == "bool":
            numeric[name] = _numbers(column)
        else:
            numeric[name], invalid[name] = expand_numbers(_counted(column), rows)
    return FeatureBatch(rows=rows, numeric=numeric, categories=categories, invalid=invalid)


def _numbers(column: Any) -> FloatArray:  # noqa: ANN401 - pyarrow ships no types
    values = column.dictionary_decode() if hasattr(column, "dictionary_decode") else column
    if values.type == "bool":
        values = values.cast("uint8")
    return np.array(values.cast("float64", safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _counted(column: Any) -> Counter[str]:  # noqa: ANN401 - pyarrow ships no types
    counted: Counter[str] = Counter()
    for entry in column.value_counts().to_pylist():
        value = entry["values"]
        if value is not None and value == value:  # noqa: PLR0124 - NaN is missing
            counted[category_of(value if isinstance(value, str | bool | int | float) else float(value))] += entry[
                "counts"
            ]
    return counted


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
