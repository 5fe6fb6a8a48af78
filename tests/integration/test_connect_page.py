"""Every block of docs/connect.md runs, in order, as its reader would run it; its tables name what the code has.

`db.example/ml` becomes a fresh database of the test's server, the page's logins get names of their own. Shell blocks go
to bash, SQL to psql (as whom the last `export` named, or the administrator where the block says so), Python to one
process. pip only resolves (PIP_DRY_RUN). A piece of an example must stand in its file; the test of the services runs
that, by the page's own command. Java is compiled where there is a compiler; its statements, and those of Go, are
executed with a value for each parameter, bound as the driver would bind it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from driftgauge.client import Drop, PredictionLogger
from driftgauge.client.metrics import LoggerCollector
from fixtures.page import ROOT, Block, read_page
from fixtures.reader import SERVERS, Reader

TEXT, BLOCKS = read_page("docs/connect.md")
LOGGED: Final = "SELECT model_name, count(*) FROM prediction_logs GROUP BY model_name"
JOINED: Final = """
SELECT coalesce(predicted_label, '?') || ', then ' || label AS pair, count(*) FROM prediction_logs
INNER JOIN prediction_outcomes ON prediction_outcomes.prediction_id = prediction_logs.id
GROUP BY pair
"""
EXPLAINED: Final = """
SELECT explanation_type, explanation_method, array_agg(prediction_id ORDER BY prediction_id)
FROM explanation_metadata GROUP BY explanation_type, explanation_method ORDER BY explanation_type
"""


@pytest.fixture
def reader(empty_database: str, tmp_path: Path) -> Iterator[Reader]:
    """A reader with an empty database."""
    reader = Reader(empty_database, tmp_path)
    yield reader
    reader.discard()


@pytest.mark.timeout(300)
def test_every_block_runs_in_order_and_logs_what_it_says(reader: Reader) -> None:
    for block in BLOCKS:
        reader.follow(block)
    reader.end()
    with psycopg.connect(reader.administrator, options="-c search_path=driftgauge") as connection:
        assert dict(connection.execute(LOGGED).fetchall()) == {"churn": 14, "tumours": 100, "fraud": 3}
        joined = dict(connection.execute(JOINED).fetchall())
        assert joined == {"stays, then leaves": 2, "?, then stays": 2, "?, then leaves": 1}
        for table in ("model_metrics", "model_health_checks", "feature_importance_history"):
            found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            assert found == (2,), table
        (lime, *by_lime), (shap, *by_shap) = connection.execute(EXPLAINED).fetchall()
        assert (lime, by_lime[0], shap, by_shap[0]) == ("lime", "linear_regression", "shap", "tree_shap")
        assert by_lime[1] == by_shap[1]  # both explain the same sample
        assert 0 < len(by_lime[1]) < 100


def test_the_statement_and_the_client_of_the_readme_run(database: str, writer_dsn: str, tmp_path: Path) -> None:
    _, blocks = read_page("README.md")
    reader = Reader(database, tmp_path, dsn=writer_dsn)
    try:
        for block in blocks:
            if block.info in {"sql", "python"}:
                reader.follow(block)
        reader.end()
    finally:
        reader.discard()
    with psycopg.connect(database, options="-c search_path=driftgauge") as connection:
        assert dict(connection.execute(LOGGED).fetchall()) == {"churn": 2}
        assert dict(connection.execute(JOINED).fetchall()) == {"?, then leaves": 1}


def test_a_block_that_nobody_runs_is_a_failure(reader: Reader) -> None:
    for info in ("", "rust", "sh now", "python3"):
        with pytest.raises(pytest.fail.Exception, match="line 7: nobody runs"):
            reader.follow(Block(info=info, source="true\n", line=7))


def test_a_block_that_fails_or_prints_something_else_is_a_failure(reader: Reader) -> None:
    for info, source in (
        ("sh", "false | true\n"),
        ("sh", "echo 1  # → 2\n"),
        ("python", "print(1)  # → 2\n"),
        ("python examples/model.py", "not in it\n"),
        ("java", "class None {}\n"),
        ("go", "package none\n"),
    ):
        with pytest.raises(AssertionError):
            reader.follow(Block(info=info, source=source, line=7))
    with pytest.raises(pytest.fail.Exception, match="line 7: Python ended with 1"):
        reader.follow(Block(info="python", source="1 / 0\n", line=7))


def test_every_server_is_started_by_the_test_of_the_services() -> None:
    lines = [line for block in BLOCKS if block.info == "sh" for line in block.source.splitlines()]
    served = [line.split()[0] for line in lines if line.startswith(SERVERS)]
    tested = (ROOT / "tests" / "integration" / "client" / "test_services.py").read_text(encoding="utf-8")
    assert served == list(SERVERS)
    assert all(f'"{server}"' in tested for server in served)


def test_the_settings_are_those_of_the_logger() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| ", section("Settings"), flags=re.MULTILINE)
    parameters = inspect.signature(PredictionLogger).parameters.values()
    assert [name for name, _ in rows] == [parameter.name for parameter in parameters]
    for (_, shown), parameter in zip(rows, parameters, strict=True):
        assert read_default(shown) == parameter.default, parameter.name


def test_every_reason_and_series_is_named() -> None:
    away = section("When Postgres is away")
    assert re.findall(r"^\| `(\w+)` \| ", away, flags=re.MULTILINE) == [reason.value for reason in Drop]
    families = LoggerCollector(PredictionLogger(model="churn", on_sigterm=False)).collect()
    names = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert set(re.findall(r"driftgauge_client_\w+", away)) == names


def read_default(shown: str) -> object:
    shown = shown.strip("`")
    if not shown:
        return inspect.Parameter.empty
    if shown.endswith(" MiB"):
        return int(shown.removesuffix(" MiB")) << 20
    known = {"None": None, "True": True, "False": False}
    if shown in known:
        return known[shown]
    return shown.strip('"') if shown.startswith('"') else float(shown)


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]
