"""`driftgauge reference`: one reference whatever it is read from, in force at once, and never half set."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psycopg
import pytest

from driftgauge.model.window import TimeWindow
from driftgauge.store.database import Database
from driftgauge.store.references import Layouts, read_reference_series, read_references
from integration.jobs.stage import HOUR, KEY, Stage, judged_by, mixed, normal, series
from integration.rollup.oracle import recount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.columns import Column
    from fixtures.program import Run

ROWS: Final = 1_200
STATE: Final = (
    "reference_profiles",
    "reference_buckets",
    "profile_rollups",
    "traffic_rollups",
    "traffic_totals",
    "watermarks",
)


@pytest.fixture
def stage(database: str, exporter_dsn: str) -> Iterator[Stage]:
    """A service's history; its hours ended long ago."""
    exporter = Database(lambda: exporter_dsn, schema="driftgauge")
    with psycopg.connect(database, autocommit=True, options="-c search_path=driftgauge -c TimeZone=UTC") as admin:
        row = admin.execute("SELECT date_trunc('hour', now())").fetchone()
        assert row is not None
        yield Stage(database=exporter, admin=admin, border=row[0])
    exporter.close()


def columns() -> dict[str, Column]:
    """Features of all kinds, with gaps."""
    age = np.round(normal(ROWS) * 9 + 40, 3)
    age[::17] = math.nan
    plan = [None if place % 13 == 0 else value for place, value in enumerate(mixed(ROWS, {"pro": 0.6, "ünï": 0.4}))]
    return {"age": age, "plan": plan, 'od"d, näme.{}%s': normal(ROWS, seed=3)}


def documents(features: dict[str, Column]) -> list[list[object]]:
    return [
        [
            None if column[place] is None or column[place] != column[place] else column[place]
            for column in features.values()
        ]
        for place in range(ROWS)
    ]


def state(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    return {table: stage.select(f"SELECT t::text AS row FROM {table} AS t ORDER BY t::text") for table in STATE}  # noqa: S608 - our own tables


def stored(stage: Stage, reference_id: int) -> tuple[int, dict[str, list[float]], list[float]]:
    """Return what a reference's profile says, without its buckets."""
    with stage.database.transaction() as connection:
        layout = Layouts().of(connection, reference_id)
        profile = read_reference_series(connection, layout, reference_id).total
    counts = {name: profile.feature(name).counts.tolist() for name in layout.features}
    return profile.rows, counts, [*profile.gaps.ravel().tolist(), *profile.moments.ravel().round(6).tolist()]


def test_one_reference_whatever_it_is_read_from(stage: Stage, run: Run, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    features = columns()
    start = stage.border - 6 * HOUR
    stage.log(features, [start + timedelta(seconds=place) for place in range(ROWS)])
    rows = documents(features)
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(features)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    pq.write_table(
        pa.table({name: [row[place] for row in rows] for place, name in enumerate(features)}), tmp_path / "rows.parquet"
    )
    quoted = ", ".join(
        f"(features->>'{name}'){'' if name == 'plan' else '::float8'} AS \"{name.replace(chr(34), chr(34) * 2)}\""
        for name in features
    )
    sources = (
        ("--from", start.isoformat(), "--to", stage.border.isoformat()),
        ("--file", str(tmp_path / "rows.csv")),
        ("--file", str(tmp_path / "rows.parquet")),
        ("--query", "SELECT " + quoted + " FROM prediction_logs"),  # noqa: S608 - what is tested takes any SELECT
    )
    profiles: list[object] = []
    for place, source in enumerate(sources, start=1):
        done = run("reference", "set", "--model", KEY.model, *source)
        assert (done.code, done.err) == (0, ""), done
        assert f"#{place} of churn (any version, any environment): 1,200 rows, 3 features (2 numeric, 1 cat" in done.out
        profiles.append(stored(stage, place))
    assert stored(stage, 1)[0] == ROWS
    assert profiles[1:] == profiles[:1] * 3
    with stage.database.transaction() as connection:
        [reference] = read_references(connection, active_only=True)
    assert (reference.reference_id, reference.source.value) == (4, "query")


def test_a_new_reference_profiles_what_is_there_and_the_next_window_is_compared_with_it(
    stage: Stage, run: Run, tmp_path: Path
) -> None:
    times = [stage.border - 4 * HOUR + timedelta(seconds=12 * place) for place in range(ROWS)]
    stage.log({"age": normal(ROWS), "plan": mixed(ROWS, {"pro": 0.5, "free": 0.5})}, times)
    stage.roll()
    stage.log({"age": normal(50)}, times[:50])  # logged, and not rolled up yet
    shifted = tmp_path / "shifted.csv"
    shifted.write_text("age,plan\n" + "".join(f"{value + 5},pro\n" for value in normal(ROWS, seed=1)))
    before = stage.drift_job(judged_by())
    before.run()
    assert before.standings[KEY].drifted_features == ()

    done = run("reference", "set", "--model", KEY.model, "--file", str(shifted))
    assert "1,200 logged rows were re-profiled on it" in done.out
    stage.roll()

    faults = recount(stage.admin, stage.rollup)
    assert faults == []
    job = stage.drift_job(judged_by())
    samples = job.run()
    assert "age" in job.standings[KEY].drifted_features
    [labels] = series(samples, "ml_reference_info")
    assert labels[:2] == ("2", "file")


def test_a_time_range_names_the_segments_that_will_be_judged_apart(stage: Stage, run: Run) -> None:
    start = stage.border - 4 * HOUR
    for rows, segment in ((500, "de"), (900, "fr [x]"), (100, "it"), (300, None)):
        stage.log({"age": normal(rows)}, [start + timedelta(seconds=place) for place in range(rows)], segment=segment)
    span = ("--from", start.isoformat(), "--to", stage.border.isoformat())
    done = run("reference", "set", "--model", KEY.model, *span)
    assert (done.code, done.err) == (0, "")
    assert "segments judged apart: fr [x], de\n" in done.out
    [listed] = json.loads(run("reference", "list", "--json").out)
    assert (listed["rows"], listed["segments"]) == (1_800, ["fr [x]", "de"])
    assert "; segments: fr [x], de\n" in run("reference", "show", "--model", KEY.model).out


def test_a_reference_of_one_version_leaves_the_others_alone(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("age\n" + "".join(f"{place}\n" for place in range(100)))
    assert run("reference", "set", "--model", "churn", "--file", str(rows)).code == 0
    assert run("reference", "set", "--model", "churn", "--version", "2", "--file", str(rows)).code == 0
    assert run("reference", "set", "--model", "churn", "--version", "2", "--file", str(rows)).code == 0
    listed = json.loads(run("reference", "list", "--json").out)
    assert [(entry["reference_id"], entry["version"]) for entry in listed] == [(3, "2"), (1, None)]
    every = json.loads(run("reference", "list", "--json", "--all").out)
    assert [(entry["reference_id"], entry["active"]) for entry in every] == [(3, True), (2, False), (1, True)]
    shown = json.loads(run("reference", "show", "--model", "churn", "--version", "2", "--json").out)
    assert shown["reference_id"] == 3
    assert [
        json.loads(run("reference", "show", "--model", "churn", *scope, "--json").out)["reference_id"]
        for scope in ((), ("--version", "1", "--environment", "e"), ("--version", "2", "--environment", "e"))
    ] == [1, 1, 3]


def test_a_reference_is_shown_feature_by_feature(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "age,plan,same\n" + "".join(f"{place % 10},{'pro' if place % 4 else ''},1\n" for place in range(100))
    )
    run("reference", "set", "--model", "churn", "--file", str(rows))
    shown = run("reference", "show", "--model", "churn").out.splitlines()
    assert shown[0].startswith(
        "reference #1 of churn (any version, any environment): 100 rows from file rows.csv, set 2"
    )
    [age, plan, same] = [line.split() for line in shown[2:]]
    assert age[:4] == ["age", "numeric", "100", "0.0%"]
    assert age[5:] == ["4.5", "±", "2.872", "(0", "to", "9)"]
    assert plan == ["plan", "categorical", "75", "25.0%", "█", "pro", "100%"]
    assert same[:4] == ["same", "numeric", "100", "0.0%"]
    listed = run("reference", "list").out.splitlines()
    assert listed[1].split()[:8] == ["1", "churn", "any", "version,", "any", "environment", "file", "100"]
    document = json.loads(run("reference", "show", "--model", "churn", "--json").out)
    assert [feature["feature"] for feature in document["features"]] == ["age", "plan", "same"]
    assert document["features"][1] == {
        "feature": "plan",
        "kind": "categorical",
        "n": 75,
        "missing": 25,
        "invalid": 0,
        "categories": {"pro": 75},
    }
    assert (document["features"][2]["std"], document["features"][0]["maximum"]) == (0.0, 9.0)


def test_columns_that_are_no_features_are_named(run: Run) -> None:
    done = run("reference", "set", "--model", "churn", "--query", "SELECT 1 AS age, now() AS at, '{}'::jsonb AS doc")
    assert done.code == 0
    assert done.err == "left out, no features: at (timestamp with time zone), doc (jsonb)\n"


def test_kinds_and_ignored_features_come_from_the_configuration(stage: Stage, run: Run, tmp_path: Path) -> None:
    config = tmp_path / "driftgauge.yml"
    config.write_text("models: {churn: {features: {code: {kind: categorical}}, ignore_features: [row]}}")
    done = run(
        "--config",
        str(config),
        "reference",
        "set",
        "--model",
        "churn",
        "--query",
        "SELECT 1 AS row, 7 AS code, 2 AS age",
    )
    assert done.code == 0
    assert set(stored(stage, 1)[1]) == {"age", "code"}
    shown = json.loads(run("reference", "show", "--model", "churn", "--json").out)
    assert [feature["kind"] for feature in shown["features"]] == ["numeric", "categorical"]


BAD_FILES: Final = {
    "empty.csv": b"",
    "no_rows.csv": b"age,plan\n",
    "only_missing.csv": b"age,plan\nNA,\n,null\n",
    "ragged.csv": b"age,plan\n1,a\n2\n",
    "latin.csv": "age,plan\n1,é\n".encode("latin-1"),
    "twice.csv": b"age,age\n1,2\n",
    "unnamed.csv": b"age,\n1,2\n",
    "semicolons.csv": b"age;plan\n1;a\n",
    "quote.csv": b'age,plan\n1,"a"b\n',
    "no.parquet": b"age,plan\n1,2\n",
    "rows.xlsx": b"PK",
    "rows": b"age\n1\n",
}


@pytest.fixture
def bad_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are no references, in the current directory."""
    for name, content in BAD_FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "give exactly one source: --from T --to T, or --file PATH, or --query SQL"),
        (("--file", "a.csv", "--query", "SELECT 1"), "give exactly one source"),
        (("--from", "7d"), "--to is missing: a time range has both --from and --to"),
        (("--to", "7d"), "--from is missing: a time range has both --from and --to"),
        (("--from", "1d", "--to", "2d"), "--from 20"),
        (("--from", "yesterday", "--to", "now"), "'yesterday' is no time; write ISO 8601"),
        (("--from", "2d", "--to", "1d"), "predictions from 20"),
        (("--query", "SELECT 1 AS a WHERE false"), "query SELECT 1 AS a WHERE false: there are no rows; nothing was"),
        (("--query", "SELECT NULL::int AS a"), "query SELECT NULL::int AS a: 1 rows, but no feature has a value"),
        (("--query", "SELECT now() AS a"), "query SELECT now() AS a: no column can be a feature; nothing was changed"),
        (("--query", "DROP TABLE watermarks"), "query: it returns no columns; give one SELECT"),
        (("--query", "SELECT a FROM nowhere"), 'query: relation "nowhere" does not exist'),
        (("--file", "nowhere.csv"), "nowhere.csv: there is no such file"),
        (("--file", "."), ".: this is a directory; name one .csv or .parquet file"),
        (("--file", "/dev/null"), "/dev/null: this is no plain file"),
        (("--file", "empty.csv"), "empty.csv: it is empty, or its first row has no names; name the columns there"),
        (("--file", "no_rows.csv"), "no_rows.csv: there is no row with a value below the header"),
        (("--file", "only_missing.csv"), "only_missing.csv: there is no row with a value below the header"),
        (("--file", "ragged.csv"), "ragged.csv: line 3 has 1 fields, the header 2"),
        (("--file", "latin.csv"), "latin.csv: line 2 is not UTF-8 text; convert it"),
        (("--file", "twice.csv"), "twice.csv: column 'age' comes twice"),
        (("--file", "unnamed.csv"), "unnamed.csv: column 2 has no name in the first row"),
        (("--file", "semicolons.csv"), "semicolons.csv: fields seem to be separated by ';'; write them with commas"),
        (("--file", "quote.csv"), "quote.csv: line 2: "),
        (("--file", "no.parquet"), "no.parquet: cannot be read as Parquet: "),
        (("--file", "rows.xlsx"), "rows.xlsx: files ending in .xlsx are not read; give a .csv or .parquet"),
        (("--file", "rows"), "rows: files ending in nothing are not read; give a .csv or .parquet"),
        (("--model", " ", "--file", "a.csv"), "--model is empty; give the model's name"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    stage: Stage, run: Run, arguments: tuple[str, ...], complaint: str
) -> None:
    stage.log({"age": normal(600)}, [stage.border - HOUR] * 600)
    stage.roll()
    before = state(stage)
    assert Counter(map(bool, before.values())) == {True: 6}
    done = run("reference", "set", "--model", "churn", *arguments)
    assert done.code == 2
    assert done.err.startswith(f"driftgauge: error: {complaint}"), done.err
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert state(stage) == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--model", "nobody"), "model 'nobody': no reference is in force for it; models with one: churn"),
        (("--model", "churn"), "model 'churn' has 2 references: choose by --version and --environment: version 2, any"),
        (
            ("--model", "churn", "--version", "9"),
            "model 'churn': no reference is in force for it; models with one: chu",
        ),
        (
            ("--model", "churn", "--version", "9", "--environment", "e"),
            "model 'churn': no reference is in force for it",
        ),
    ],
)
def test_what_show_cannot_find_is_said(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    assert run("reference", "list").out.startswith("no reference yet: a model's first rows become its reference")
    assert "no model has one yet" in run("reference", "show", "--model", "churn").err
    for version in "12":
        run("reference", "set", "--model", "churn", "--version", version, "--query", "SELECT 1 AS age")
    done = run("reference", "show", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"driftgauge: error: {complaint}")


def test_a_time_range_is_kept_by_bucket(stage: Stage, run: Run) -> None:
    window = TimeWindow(start=stage.border - 3 * HOUR, end=stage.border)
    stage.log({"age": normal(300)}, [window.start + timedelta(seconds=36 * place) for place in range(300)])
    done = run(
        "reference", "set", "--model", "churn", "--from", window.start.isoformat(), "--to", window.end.isoformat()
    )
    assert done.code == 0
    buckets = stage.select("SELECT bucket_start, rows FROM reference_buckets ORDER BY bucket_start")
    assert [(bucket["bucket_start"].astimezone(UTC), bucket["rows"]) for bucket in buckets] == [
        (window.start + hours * HOUR, 100) for hours in range(3)
    ]
    [reference] = stage.select("SELECT window_start, window_end, source FROM reference_profiles")
    assert (reference["window_start"], reference["window_end"]) == (window.start, window.end)
