"""docs/sources.md: every block runs as its reader would run it, and its table has every key."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.conninfo import make_conninfo

from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.config.durations import format_duration
from driftgauge.config.source_settings import SourceSettings
from driftgauge.errors import ConfigError
from fixtures.page import ROOT, read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

TEXT, BLOCKS = read_page("docs/sources.md")
PROGRAMS = ROOT / ".venv" / "bin"
RUN = ("sql", "yaml driftgauge.yml", "sh")


def blocks(info: str) -> list[str]:
    return [block.source for block in BLOCKS if block.info == info]


@pytest.fixture
def login(cluster: Cluster) -> Iterator[str]:
    name = f"pagila_{secrets.token_hex(6)}"
    yield name
    cluster.execute("DROP ROLE IF EXISTS {}", name)


def test_pagila_becomes_two_models(empty_database: str, exporter_dsn: str, login: str, tmp_path: Path) -> None:
    (tmp_path / "pagila-dsn").write_text(make_conninfo(empty_database, user=login, password="change-me"))  # noqa: S106 - as on the page
    [config] = blocks("yaml driftgauge.yml")
    (tmp_path / "driftgauge.yml").write_text(config.replace("/run/secrets/", ""), encoding="utf-8")
    with psycopg.connect(empty_database, autocommit=True, options="-c TimeZone=UTC") as owner:
        for source in blocks("sql"):
            owner.execute(source.replace("pagila_reader", login).encode())
        [commands] = blocks("sh")
        environ = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "DRIFTGAUGE_DSN": exporter_dsn}
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", commands],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        owner.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(login)))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        "ok      source rentals: its query, features: rating, rental_rate, length, replacement_cost, main_store",
        "ok      source payments: payment, features: amount",
    ]
    metrics = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("ml_")}
    counted = {name: value for name, value in metrics.items() if name.startswith("ml_predictions_total")}
    states = {re.search(r'model="(\w+)".*status="(\w+)"', name).groups(): value for name, value in counted.items()}  # pyright: ignore[reportOptionalMemberAccess]
    assert set(states) == {("returns", "out"), ("returns", "returned"), ("prices", "success")}
    assert sum(states.values()) == 2 * 5990
    for model in ("returns", "prices"):
        assert any(name.startswith("ml_feature_drift_score") and f'model="{model}"' in name for name in metrics)


def test_every_block_is_run_or_checked() -> None:
    assert {block.info for block in BLOCKS} == {*RUN, "yaml", "text"}


def test_the_first_example_is_valid_but_for_its_secret(tmp_path: Path) -> None:
    [example] = blocks("yaml")
    path = tmp_path / "driftgauge.yml"
    path.write_text(example, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"^\S+: sources\[0\]\.dsn_file: cannot read /run/secrets/orders-dsn: [^\n]+$"
    ):
        load_config(path, environ={}, known_tests=DEFAULT_TESTS)


def test_the_table_of_settings_has_every_key_and_its_default() -> None:
    rows = re.findall(r"^\| (`[\w`, ]+`) \| (.*?) \|", TEXT, flags=re.MULTILINE)
    shown = {key: default for keys, default in rows for key in re.findall(r"\w+", keys)}
    assert list(shown) == list(SourceSettings.model_fields)
    for key in ("lookback", "history", "every"):
        assert shown[key] == f"`{format_duration(SourceSettings.model_fields[key].default)}`"
    assert yaml.safe_load(blocks("yaml")[0])["sources"][0]["name"] == "orders"
