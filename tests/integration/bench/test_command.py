"""`driftgauge bench` from its options to what it prints and writes, on a database and on a server of its own."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

import pytest

from driftgauge.bench import plan
from driftgauge.cli.main import main
from fixtures.document import check_page, elements, text
from integration.bench.conftest import TINY

SUMS = {"median", "mean", "std", "min", "max", "rounds"}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured otherwise takes half a minute."""
    monkeypatch.setattr(plan, "QUICK", TINY)
    monkeypatch.delenv("DRIFTGAUGE_DSN", raising=False)


def spreads(value: object) -> list[dict[str, float]]:
    """Return every figure of rounds in a document."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return [members] if members.keys() == SUMS else spreads(list(members.values()))
    parts = cast("list[object]", value) if isinstance(value, list) else []
    return [one for part in parts for one in spreads(part)]


def test_everything_is_measured_printed_and_written(
    owner_dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures, page = tmp_path / "bench.json", tmp_path / "bench.html"
    options = ["bench", "--quick", "--expected-rate", "1e6", "--json", str(figures), "--html", str(page)]
    assert main(["--dsn", owner_dsn, *options]) == 0
    said = capsys.readouterr()
    assert "judging" in said.err
    assert "roll-up" in said.err
    document = json.loads(figures.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert document["schema"] == 1
    assert {one["way"] for one in document["logging"]} == {"nothing", "client", "insert", "executemany", "copy"}
    assert {one["operation"] for one in document["operations"]} == {"prediction", "inference", "training"}
    assert {(one["kind"], one["rows"]) for one in document["rollup"]} == {
        (kind, rows) for kind in ("jsonb", "typed") for rows in TINY.sizes
    }
    assert {one["window_hours"] for one in document["evaluation"]} == {1, 24, TINY.history_hours - 24}
    assert {one["models"] for one in document["evaluation"]} == set(TINY.models)
    assert [one["series"] for one in document["scrape"]] == list(TINY.series)
    assert len(document["queries"]) == 28
    assert document["tables"] == [], "this login may not read what is there"
    assert document["stream"]["accepted"] == document["stream"]["stored"] + document["stream"]["dropped"]
    assert document["database"]["embedded"] is False
    found = spreads(document)
    assert len(found) > 50
    assert all(one["min"] <= one["median"] <= one["max"] for one in found)
    assert all(math.isfinite(value) for one in found for value in one.values())
    assert all(0 <= one["reading_share"] <= 1 for one in document["rollup"] if one["reading_share"] is not None)
    assert {"sampling", "small_queue"} <= {one["rule"] for one in document["recommendations"]}
    assert "sampling: 1,000,000 predictions/s are expected" in said.out
    assert "Questions of the read API" in said.out
    assert f"wrote {figures}" in said.out
    root = check_page(page.read_text(encoding="utf-8"))
    assert len(list(elements(root, "svg"))) == 4
    assert "1,000,000 predictions/s are expected" in text(root)


def test_without_a_database_one_is_started_and_only_json_is_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "--quick", "--sizes", "100", "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["database"]["embedded"] is True
    assert document["tables"] == []
    assert [one["rows"] for one in document["rollup"]] == [100, 100]
    assert document["rollup"][0]["parsing_share"] is None, "so few rows tell nothing of it"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--sizes", "10"), "--sizes: 10 is out of range; choose from 100 to 10,000,000 rows"),
        (("--json", "-", "--html", "-"), "--json - and --html -: only one can be standard output"),
        (("--html", "."), "--html .: this is a directory; name a file in it"),
    ],
)
def test_bad_options_are_told_before_anything_starts(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *options]) == 2
    assert capsys.readouterr().err == f"driftgauge: error: {said}\n"
