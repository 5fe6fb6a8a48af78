"""Files of feature values: the only package that reads CSV and Parquet."""

from __future__ import annotations

from pathlib import Path

from driftgauge.errors import BadReference
from driftgauge.files.csv_file import open_csv
from driftgauge.files.parquet_file import open_parquet
from driftgauge.profiling.source import ColumnSource

__all__ = ["open_file"]


def open_file(path: Path) -> ColumnSource:
    """Return the columns of a CSV or Parquet file, by the ending of its name.

    Raises
    ------
    BadReference
        If it cannot be read, or is neither.
    MissingComponent
        If it is Parquet, and pyarrow is not installed.
    """
    if path.is_dir():
        raise BadReference(f"{path}: this is a directory; name one .csv or .parquet file")
    if not path.is_file():
        raise BadReference(f"{path}: there is no such file" if not path.exists() else f"{path}: this is no plain file")
    match path.suffix.lower():
        case ".csv":
            return open_csv(path)
        case ".parquet":
            return open_parquet(path)
        case ending:
            raise BadReference(f"{path}: files ending in {ending or 'nothing'} are not read; give a .csv or .parquet")
