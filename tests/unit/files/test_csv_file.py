from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from driftgauge.errors import BadReference
from driftgauge.files import csv_file, open_file
from driftgauge.model.bins import FeatureKind

if TYPE_CHECKING:
    from pathlib import Path

NUMERIC, CATEGORICAL = FeatureKind.NUMERIC, FeatureKind.CATEGORICAL


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2"], NUMERIC),
        (["1", "", "NA", "null", "NaN", "n/a", " "], NUMERIC),
        (["-1.5e3", "+2", ".5", "inf", "-Infinity", " 7 "], NUMERIC),
        (["1", "2", "three"], CATEGORICAL),
        (["1_000"], CATEGORICAL),
        (["0x10"], CATEGORICAL),
        (["True", "false"], CATEGORICAL),
        (["2026-03-01"], CATEGORICAL),
    ],
)
def test_a_column_is_numeric_where_all_of_it_is_numbers(tmp_path: Path, values: list[str], kind: FeatureKind) -> None:
    path = write(tmp_path, "x,y\n" + "".join(f'"{value}",a\n' for value in values))
    assert open_file(path).kinds == {"x": kind, "y": CATEGORICAL}


def test_a_late_word_makes_the_whole_column_categorical(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BATCH_ROWS", 2)
    source = open_file(write(tmp_path, "x,y\n" + "1,1\n" * 5 + "old,2\n"))
    batches = list(source.read(source.kinds))
    assert [batch.rows for batch in batches] == [2, 2, 2]
    assert sum((batch.categories["x"] for batch in batches), Counter[str]()) == {"1": 5, "old": 1}
    assert np.concatenate([batch.numeric["y"] for batch in batches]).tolist() == [1, 1, 1, 1, 1, 2]


def test_values_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = '\ufeffage,"plan, or so",vip\r\n41,"pro ""x""\nline",True\r\n,NA,FALSE\r\n\r\n-inf,é 😀,\r\n'
    source = open_file(write(tmp_path, text))
    [batch] = source.read(source.kinds)
    assert batch.rows == 3
    assert np.array_equal(batch.numeric["age"], [41.0, np.nan, -np.inf], equal_nan=True)
    assert batch.categories == {"plan, or so": Counter(['pro "x"\nline', "é 😀"]), "vip": Counter(["true", "false"])}


def test_kinds_may_be_chosen(tmp_path: Path) -> None:
    source = open_file(write(tmp_path, "zip,size\n01067,3\n01069,big\n"))
    [batch] = source.read({"zip": CATEGORICAL, "size": NUMERIC})
    assert batch.categories == {"zip": Counter(["01067", "01069"])}
    assert (batch.numeric["size"][0], batch.invalid) == (3.0, {"size": 1})


def test_a_column_without_values_is_left_out(tmp_path: Path) -> None:
    source = open_file(write(tmp_path, "x,y\n1,\n2,NA\n"))
    assert (source.kinds, source.left_out) == ({"x": NUMERIC}, {"y": "empty"})


def test_it_can_be_read_again(tmp_path: Path) -> None:
    source = open_file(write(tmp_path, "x\n1\n2\n"))
    assert [sum(batch.rows for batch in source.read(source.kinds)) for _ in range(2)] == [2, 2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "it is empty, or its first row has no names; name the columns there"),
        (b"\n\n", "it is empty, or its first row has no names; name the columns there"),
        (b",\n1,2\n", "it is empty, or its first row has no names; name the columns there"),
        (b"a,b\n", "there is no row with a value below the header"),
        (b"a,\n1,2\n", "column 2 has no name in the first row"),
        (b"a,b,a\n1,2,3\n", "column 'a' comes twice"),
        (b"a\tb\n1\t2\n", "fields seem to be separated by '\\t'; write them with commas"),
        (b'a,b\n1,"x\ny"\n1,2,3\n', "line 4 has 3 fields, the header 2"),
        (b'a,b\n1,"x\n', "line 2: unexpected end of data"),
        (b"a,b\n1,\xff\n", "line 2 is not UTF-8 text; convert it: iconv -t utf-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(BadReference) as raised:
        open_file(path)
    assert str(raised.value) == f"{path}: {complaint}"


def test_a_file_that_vanishes_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "x\n1\n")
    source = open_file(path)
    path.unlink()
    with pytest.raises(BadReference, match="cannot be read: No such file or directory"):
        list(source.read(source.kinds))
