"""Read a CSV file (comma-separated, UTF-8, names in its first row) as feature batches."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from driftgauge.errors import BadReference
from driftgauge.model.bins import FeatureKind, FloatArray
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.source import ColumnSource, Kinds
from driftgauge.profiling.texts import TRUTH, count_categories, is_missing, read_numbers

BATCH_ROWS: Final = 5_000  # texts weigh ten times what numbers do
OTHER_DELIMITERS: Final = (";", "\t", "|")

Columns = dict[str, tuple[str, ...]]


def open_csv(path: Path) -> ColumnSource:
    """Read the file once for the type of each column: numeric where all its values are numbers, else categorical.

    Raises
    ------
    BadReference
        If the file cannot be read as UTF-8, has no rows or no distinct names, or a row has more or fewer fields.
    """
    names = _read_names(path)
    strangers, found, beyond_truth = set[str](), set[str](), set[str]()
    for columns in _read_columns(path, names):
        for name, values in columns.items():
            if name not in strangers and read_numbers(values)[1]:
                strangers.add(name)
            if name not in beyond_truth and any(value.strip().lower() not in TRUTH for value in _present(values)):
                beyond_truth.add(name)
            if name not in found and any(_present(values)):
                found.add(name)
    if not found:
        raise BadReference(f"{path}: there is no row with a value below the header")
    kinds = {
        name: FeatureKind.CATEGORICAL if name in strangers else FeatureKind.NUMERIC for name in names if name in found
    }
    left_out = {name: "empty" for name in names if name not in found}
    return ColumnSource(
        kinds=kinds, left_out=left_out, read=partial(_read, path, names, frozenset(names) - beyond_truth)
    )


def _read(path: Path, names: list[str], booleans: frozenset[str], kinds: Kinds) -> Iterator[FeatureBatch]:
    for columns in _read_columns(path, names):
        numeric: dict[str, FloatArray] = {}
        categories: dict[str, Counter[str]] = {}
        invalid: dict[str, int] = {}
        for name in columns.keys() & kinds.keys():
            if kinds[name] is FeatureKind.NUMERIC:
                numeric[name], invalid[name] = read_numbers(columns[name])
            else:
                categories[name] = count_categories(columns[name], boolean=name in booleans)
        rows = len(columns[names[0]])
        yield FeatureBatch(rows=rows, numeric=numeric, categories=categories, invalid=invalid)


def _read_names(path: Path) -> list[str]:
    with closing(_read_rows(path)) as rows:
        names = next((row for _, row in rows), list[str]())
    if not any(name.strip() for name in names):
        raise BadReference(f"{path}: it is empty, or its first row has no names; name the columns there")
    if "" in names:
        raise BadReference(f"{path}: column {names.index('') + 1} has no name in the first row")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise BadReference(f"{path}: column {twice[0]!r} comes twice")
    used = next((mark for mark in OTHER_DELIMITERS if len(names) == 1 and mark in names[0]), None)
    if used:
        raise BadReference(f"{path}: fields seem to be separated by {used!r}; write them with commas")
    return names


def _read_columns(path: Path, names: list[str]) -> Iterator[Columns]:
    with closing(_read_rows(path)) as rows:
        next(rows)
        while batch := [_checked(path, line, row, names) for line, row in islice(rows, BATCH_ROWS)]:
            yield dict(zip(names, zip(*batch, strict=True), strict=True))


def _checked(path: Path, line: int, row: list[str], names: list[str]) -> list[str]:
    if len(row) != len(names):
        raise BadReference(f"{path}: line {line} has {len(row)} fields, the header {len(names)}")
    return row


def _read_rows(path: Path) -> Generator[tuple[int, list[str]]]:
    """Yield each row with its line number; lines that are wholly empty are passed over."""
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                line = reader.line_num
                if row:
                    yield line, row
    except OSError as error:
        raise BadReference(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadReference(
            f"{path}: line {_undecodable(path)} is not UTF-8 text; convert it: iconv -t utf-8"
        ) from error
    except csv.Error as error:
        raise BadReference(f"{path}: line {line + 1}: {error}") from error


def _undecodable(path: Path) -> int:
    """Return the first line that is not UTF-8; the reader is ahead of the rows that it has given out."""
    with path.open("rb") as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode()
            except UnicodeDecodeError:
                return line
    return 0


def _present(values: tuple[str, ...]) -> Iterator[str]:
    return (value for value in values if not is_missing(value))
