"""Sources: what is wrong with them is told with its place, and secrets never."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.config.source_settings import SourceSettings
from driftgauge.config.templates import EXAMPLES
from driftgauge.config.values import parse_relation
from driftgauge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary-3f9"
BOTH = """\
sources:
  - {name: a, time: at}
  - name: b
    time: at
    relation: r
    query: SELECT 1
    model: m
    model_column: n
    version: v
    version_column: w
    environment: e
    environment_column: f
    dsn: dbname=a
    dsn_file: b
"""
ONE = "sources: [{name: orders, relation: scores, time: at, model: fraud%s}]"


def load(directory: Path, text: str) -> Settings:
    path = directory / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS)


def problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(directory, text)
    assert CANARY not in str(caught.value)
    return [problem.replace(f"{directory}/driftgauge.yml:", "") for problem in caught.value.problems]


def test_the_example_of_the_default_file_is_valid_and_shows_all_but_the_alternatives(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "orders-dsn").write_text("dbname=shop\n", encoding="utf-8")
    [source] = load(tmp_path, "sources:\n" + EXAMPLES["sources"]).sources
    alternatives = {"dsn", "query", "model_column", "version", "environment_column"}
    assert source.model_fields_set == set(SourceSettings.model_fields) - alternatives
    assert source.conninfo() == "dbname=shop"
    assert (source.lookback, source.history, source.every) == (
        timedelta(minutes=10),
        timedelta(days=7),
        timedelta(minutes=1),
    )


def test_without_a_connection_the_source_is_in_the_database(tmp_path: Path) -> None:
    [source] = load(tmp_path, ONE % "").sources
    assert source.conninfo() is None
    assert load(tmp_path, ONE % ", dsn: dbname=shop").sources[0].conninfo() == "dbname=shop"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sources: {name: orders}", ["1: sources: expected a list like [first, second]"]),
        (
            "sources:\n  - relation: a\n    times: at\n    model: m",
            [
                "2: sources[0].name: is required",
                "2: sources[0].time: is required",
                "3: sources[0].times: unknown key; did you mean sources[0].time?",
            ],
        ),
        (
            ONE % ", lookback: soon",
            ["1: sources[0].lookback: 'soon' is no duration; write it like 90s, 15m, 24h, 7d or PT1H"],
        ),
        (ONE % ", dsn_file: nowhere", ["1: sources[0].dsn_file: cannot read nowhere: No such file or directory"]),
        (
            BOTH,
            [
                "2: sources[0]: give relation or query",
                "2: sources[0]: give model or model_column",
                "6: sources[1].query: sources[1].relation is given, too; keep one of them",
                "8: sources[1].model_column: sources[1].model is given, too; keep one of them",
                "10: sources[1].version_column: sources[1].version is given, too; keep one of them",
                "12: sources[1].environment_column: sources[1].environment is given, too; keep one of them",
                "14: sources[1].dsn_file: sources[1].dsn is given, too; keep one of them",
            ],
        ),
        (
            "sources:\n  - {name: a, relation: r, time: at, model: m}\n  - {name: a, relation: s, time: at, model: m}",
            [
                "3: sources[1].name: sources[0].name is the same; each source needs its own",
                "3: sources[1].model: sources[0].model fills this model, too; a model must come from one place",
            ],
        ),
        (
            "retention: {rollups: 5d}\n" + ONE % ", lookback: 6d",
            [
                "1: sources[0].history: 7d is longer than retention.rollups (5d) keeps",
                "2: sources[0].lookback: 6d is longer than retention.rollups (5d) keeps",
            ],
        ),
        (
            "sources: [{name: My Orders, relation: a.b.c, time: at, model: m}]",
            [
                ("1: sources[0].name: expected lower-case letters, digits and underscores, not starting with a digit"),
                '1: sources[0].relation: expected name or schema.name; names with other characters "in double quotes"',
            ],
        ),
        (
            f"sources: [{{name: a, time: at, relation: r, model: m, dsn: [{CANARY}]}}]",
            ["1: sources[0].dsn: expected text; put it in quotes"],
        ),
        (
            "sources: [" + ", ".join(["{name: a, relation: r, time: at, model: m}"] * 33) + "]",
            ["1: sources: has too many entries"],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert [problem.replace(f"{tmp_path}/", "") for problem in problems(tmp_path, text)] == expected


def test_sources_of_one_model_may_differ_by_version(tmp_path: Path) -> None:
    text = "sources:\n  - {name: a, relation: r, time: at, model: m, version: v}\n"
    assert len(load(tmp_path, text + "  - {name: b, relation: s, time: at, model: m, version: w}\n").sources) == 2
    assert (
        len(load(tmp_path, text + "  - {name: b, relation: s, time: at, model: m, version_column: w}\n").sources) == 2
    )


def test_a_dsn_is_not_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, ONE % f", dsn: 'password={CANARY}'")
    assert CANARY not in repr(settings)
    assert CANARY not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("scores", ("scores",)),
        ("Shop.Scores_2", ("shop", "scores_2")),
        ('"my shop"."a ""b"""', ("my shop", 'a "b"')),
        (" straße.größe ", ("straße", "größe")),
    ],
)
def test_relations_are_named_as_in_sql(text: str, parts: tuple[str, ...]) -> None:
    assert parse_relation(text) == parts


@pytest.mark.parametrize("text", ["", "a.b.c", "a-b", 'a."b', "1a", "a; DROP TABLE b", 'a"b"'])
def test_what_is_no_relation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected name or schema\.name"):
        parse_relation(text)
