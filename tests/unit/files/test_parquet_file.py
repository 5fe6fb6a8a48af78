from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from driftgauge.errors import BadReference, MissingComponent
from driftgauge.files import open_file
from driftgauge.model.bins import FeatureKind

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pa() -> Any:  # noqa: ANN401 - pyarrow ships no types
    return pytest.importorskip("pyarrow", reason="the extra parquet is not installed")


@pytest.fixture
def path(tmp_path: Path, pa: Any) -> Path:  # noqa: ANN401 - pyarrow ships no types
    """Three rows of every type."""
    columns = {
        "int": pa.array([1, None, 3], pa.int8()),
        "float": pa.array([0.5, float("nan"), float("-inf")]),
        "decimal": pa.array([Decimal("1.50"), None, Decimal("-2.25")]),
        "bool": pa.array([True, None, False]),
        "text": pa.array(["", None, "é"]),
        "large": pa.array(["a", "a", None], pa.large_string()),
        "dictionary": pa.array(["x", "y", "x"]).dictionary_encode(),
        "a.b": pa.array([1.0, 2.0, 3.0]),
        "at": pa.array([datetime(2026, 3, 1, tzinfo=UTC)] * 3),
        "struct": pa.array([{"b": 1}] * 3),
        "nothing": pa.nulls(3),
    }
    found = tmp_path / "rows.PARQUET"
    pytest.importorskip("pyarrow.parquet").write_table(pa.table(columns), found)
    return found


def test_every_type_is_read_or_left_out_by_name(path: Path) -> None:
    source = open_file(path)
    numeric = {name for name, kind in source.kinds.items() if kind is FeatureKind.NUMERIC}
    assert numeric == {"int", "float", "decimal", "a.b"}
    assert source.kinds.keys() - numeric == {"bool", "text", "large", "dictionary"}
    assert source.left_out == {"at": "timestamp[us, tz=UTC]", "struct": "struct<b: int64>", "nothing": "null"}


def test_values_are_read_as_they_are_written(path: Path) -> None:
    source = open_file(path)
    [batch] = source.read(source.kinds)
    assert batch.rows == 3
    for name, values in {
        "int": [1.0, np.nan, 3.0],
        "float": [0.5, np.nan, -np.inf],
        "decimal": [1.5, np.nan, -2.25],
        "a.b": [1.0, 2.0, 3.0],
    }.items():
        assert np.array_equal(batch.numeric[name], values, equal_nan=True), name
    assert batch.categories == {
        "bool": Counter(["true", "false"]),
        "text": Counter(["", "é"]),
        "large": Counter(["a", "a"]),
        "dictionary": Counter(["x", "x", "y"]),
    }


def test_kinds_may_be_chosen(path: Path) -> None:
    source = open_file(path)
    chosen = {"int", "float", "decimal"}
    kinds = dict.fromkeys(chosen, FeatureKind.CATEGORICAL) | dict.fromkeys(
        {"bool", "text", "not there"}, FeatureKind.NUMERIC
    )
    [batch] = source.read(kinds)
    assert batch.categories == {
        "int": Counter(["1", "3"]),
        "float": Counter(["0.5", "-inf"]),
        "decimal": Counter(["1.5", "-2.25"]),
    }
    assert np.array_equal(batch.numeric["bool"], [1.0, np.nan, 0.0], equal_nan=True)
    assert batch.invalid == {"text": 2}


def test_a_file_without_rows_is_refused(tmp_path: Path, pa: Any) -> None:  # noqa: ANN401 - pyarrow ships no types
    path = tmp_path / "none.parquet"
    pytest.importorskip("pyarrow.parquet").write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    with pytest.raises(BadReference, match="there are no rows"):
        open_file(path)


@pytest.mark.parametrize("kept", [0, 4, 100, -20])
def test_a_torn_file_is_refused_in_one_line(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadReference, match="cannot be read as Parquet: ") as raised:
        open_file(path)
    assert "\n" not in str(raised.value)


def test_a_page_that_is_damaged_is_refused_while_reading(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4:64] = b"\xff" * 60
    path.write_bytes(content)
    source = open_file(path)
    with pytest.raises(BadReference, match="cannot be read as Parquet: "):
        list(source.read(source.kinds))


def test_without_pyarrow_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingComponent, match=r"pip install 'driftgauge\[parquet\]'"):
        open_file(path)
