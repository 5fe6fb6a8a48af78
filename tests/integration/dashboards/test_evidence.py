"""What the evidence dashboard asks Postgres: an index answers it, and its views say what the tables hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from contract.boards import BOARDS, panels
from fixtures.grafana import Choices, in_sql
from integration.plans import nodes, scanned
from integration.queries.test_plans import FILL, LEAST, LOG, ROWS, WEEKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

Rows = psycopg.Connection[dict[str, Any]]

EVIDENCE: Final = BOARDS["evidence"]
ASKED: Final = {
    **{each["name"]: each["query"] for each in EVIDENCE["templating"]["list"] if each["type"] == "query"},
    **{f"{panel['title']} {each['refId']}": each["rawSql"] for panel in panels(EVIDENCE) for each in panel["targets"]},
}
CHOSEN: Final[Choices] = {
    "model": "model 7",
    "version": ["1"],
    "environment": ["production"],
    "feature": ["age"],
    "prediction": "c4ca4238-a0b9-2382-0dcc-509a6f75849b",
}
NOTHING: Final[Choices] = {"model": "", "version": [], "environment": [], "feature": [], "prediction": ""}
WINDOW_END: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMERIC: Final = {"edges": [-1.5, 0.0, 0.24000000000000002, 10.0, 10.000000000000002, 1234567.8]}
CATEGORIES: Final = {"edges": 5, "free": 30, "counts": 30, "(other)": 40, "(unseen)": 0}


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Eight weeks of 100 models, as those who ask about one find them."""
    name = "driftgauge_evidence_plans"
    cluster.copy(template, name)
    with psycopg.connect(cluster.at(name), options="-c search_path=driftgauge -c TimeZone=UTC") as connection:
        connection.execute("SELECT create_partitions(now() - %s, now())", (timedelta(weeks=WEEKS),))
        connection.execute(LOG, {"days": WEEKS * 7, "rows": ROWS})
        connection.execute(FILL)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        yield connection
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


def asked(sql: str, chosen: Choices = CHOSEN) -> bytes:
    """Return a query as Grafana would send it for the last week."""
    now = datetime.now(UTC)
    return in_sql(sql, chosen, start=now - timedelta(days=7), end=now).encode()


@pytest.mark.parametrize("name", ASKED)
def test_no_table_is_read_from_end_to_end(history: psycopg.Connection, name: str) -> None:
    row = history.execute(b"EXPLAIN (FORMAT JSON) " + asked(ASKED[name])).fetchone()
    assert row is not None
    assert scanned(history, row[0][0]["Plan"], least=LEAST) == set()


@pytest.mark.parametrize("name", ["The chosen prediction A", "Of which model, and what it adds up to A"])
def test_attributions_are_found_by_the_prediction(history: psycopg.Connection, name: str) -> None:
    row = history.execute(b"EXPLAIN (FORMAT JSON) " + asked(ASKED[name])).fetchone()
    assert row is not None
    conditions = [str(node["Index Cond"]) for node in nodes(row[0][0]["Plan"]) if "Index Cond" in node]
    assert len(conditions) >= WEEKS
    assert all("prediction_id" in condition for condition in conditions)


@pytest.mark.parametrize("name", ASKED)
def test_where_nothing_can_be_chosen_nothing_fails(grafana_dsn: str, name: str) -> None:
    with psycopg.connect(grafana_dsn) as connection:
        assert connection.execute(asked(ASKED[name], NOTHING)).fetchall() == []


TABLES: Final = {panel["title"]: panel for panel in panels(EVIDENCE) if panel["type"] in {"table", "barchart"}}


@pytest.mark.parametrize("title", TABLES)
def test_a_table_shows_columns_that_its_query_answers_with(grafana_dsn: str, title: str) -> None:
    panel = TABLES[title]
    [target] = panel["targets"]
    shown = [name for each in panel.get("transformations", []) for name in each["options"].get("indexByName", {})]
    shown += [panel["options"]["xField"]] if panel["type"] == "barchart" else []
    with psycopg.connect(grafana_dsn) as connection:
        answered = connection.execute(asked(target["rawSql"], NOTHING)).description
    assert answered is not None
    assert shown
    assert set(shown) <= {column.name for column in answered}


# Views


@pytest.fixture
def look(database: str) -> Iterator[Rows]:
    """A connection of the owner, whose rows are told by name."""
    with Rows.connect(database, options="-c search_path=driftgauge", row_factory=dict_row) as connection:
        yield connection


def judge(
    connection: Rows,
    kind: str,
    reference: dict[str, Any],
    current: dict[str, Any],
    *,
    replay: bool = False,
) -> None:
    """Write how a feature was distributed, with one value missing before and three now."""
    pair = [
        json.dumps({"count": 100, "missing": missing, "mean": mean, "std": 2.0, "histogram": histogram})
        for missing, mean, histogram in ((1, 5.0, reference), (3, 6.0, current))
    ]
    connection.execute(
        "INSERT INTO data_drift_results (model_name, version, environment, feature_name, feature_kind,"
        " statistical_test, drift_detected, verdict, window_start, window_end, replay_id, reference_distribution,"
        " current_distribution)"
        " VALUES ('m', '1', 'production', 'age', %s, 'ks', FALSE, 'stable', %s, %s, %s, %s, %s)",
        (kind, WINDOW_END - timedelta(hours=1), WINDOW_END, uuid4() if replay else None, *pair),
    )


def test_bins_of_a_number_are_open_at_both_ends_and_named_in_six_digits(
    look: Rows,
) -> None:
    judge(
        look, "numeric", NUMERIC | {"counts": [0, 50, 20, 10, 10, 10, 0]}, NUMERIC | {"counts": [1, 9, 9, 9, 9, 9, 54]}
    )
    found = look.execute("SELECT * FROM feature_distribution_cells ORDER BY place").fetchall()
    assert [row["cell"] for row in found] == [
        "below -1.5",
        "-1.5 to 0",
        "0 to 0.24",
        "0.24 to 10",
        "10",
        "10 to 1234570",
        "1234570 and more",
    ]
    edges = NUMERIC["edges"]
    assert [(row["lower_bound"], row["upper_bound"]) for row in found] == list(
        zip([None, *edges], [*edges, None], strict=True)
    )
    assert [row["reference_share"] for row in found] == [0, 0.5, 0.2, 0.1, 0.1, 0.1, 0]
    assert sum(row["current_values"] for row in found) == 100
    assert found[-1]["current_share"] == 0.54


def test_categories_go_by_how_often_the_reference_had_them_and_those_together_come_last(
    look: Rows,
) -> None:
    judge(look, "categorical", CATEGORIES, CATEGORIES | {"free": 10, "(unseen)": 20})
    found = look.execute("SELECT * FROM feature_distribution_cells ORDER BY place").fetchall()
    assert [(row["place"], row["cell"], row["reference_values"], row["current_values"]) for row in found] == [
        (1, "counts", 30, 30),
        (2, "free", 30, 10),
        (3, "edges", 5, 5),
        (4, "(other)", 40, 40),
        (5, "(unseen)", 0, 20),
    ]


def test_a_feature_is_told_in_numbers_without_those_of_replays(look: Rows) -> None:
    judge(look, "numeric", NUMERIC | {"counts": [0] * 7}, NUMERIC | {"counts": [0] * 7})
    judge(look, "categorical", CATEGORIES, CATEGORIES, replay=True)
    [row] = look.execute("SELECT * FROM feature_distributions").fetchall()
    assert (row["reference_values"], row["reference_missing"], row["current_missing"]) == (100, 1, 3)
    assert (row["reference_mean"], row["current_mean"], row["current_deviation"]) == (5.0, 6.0, 2.0)


def test_models_are_listed_once_whatever_their_predictions_came_to(look: Rows) -> None:
    look.execute(
        "INSERT INTO traffic_totals (model_name, version, environment, status, predictions, latency_buckets,"
        " first_timestamp, last_timestamp) VALUES ('m', '1', 'production', 'success', 7, '{7}', %(from)s, %(to)s),"
        " ('m', '1', 'production', 'error', 2, '{2}', %(to)s, %(to)s)",
        {"from": WINDOW_END - timedelta(hours=1), "to": WINDOW_END},
    )
    assert look.execute("SELECT * FROM model_list").fetchall() == [
        {
            "model_name": "m",
            "version": "1",
            "environment": "production",
            "predictions": 9,
            "first_prediction_at": WINDOW_END - timedelta(hours=1),
            "last_prediction_at": WINDOW_END,
        }
    ]


def test_attributions_of_a_prediction_tell_no_values_of_features(look: Rows) -> None:
    look.execute(
        "INSERT INTO shap_values (prediction_id, model_name, feature_name, shap_value, feature_value, base_value)"
        " VALUES (gen_random_uuid(), 'm', 'age', 0.5, 'secret', 0.25)"
    )
    look.execute(
        "INSERT INTO lime_explanations (prediction_id, model_name, feature_name, weight, feature_value)"
        " VALUES (gen_random_uuid(), 'm', 'age', -1, 'secret')"
    )
    found = look.execute("SELECT * FROM prediction_attributions ORDER BY explanation_type").fetchall()
    assert [(row["explanation_type"], row["attribution"], row["base_value"]) for row in found] == [
        ("lime", -1.0, None),
        ("shap", 0.5, 0.25),
    ]
    assert not any("secret" in str(value) for row in found for value in row.values())
