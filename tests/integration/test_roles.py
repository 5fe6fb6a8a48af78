"""Each role can do what its job needs and nothing else: every role, relation, verb, column and function."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.errors import MissingPrivilege
from driftgauge.store.migrations import require_current
from driftgauge.store.session import SessionSettings, connect_once

if TYPE_CHECKING:
    from collections.abc import Generator

WRITER, EXPORTER, GRAFANA = "driftgauge_writer", "driftgauge_exporter", "driftgauge_grafana"
OPERATOR = "driftgauge_operator"
ROLES = (WRITER, EXPORTER, GRAFANA, OPERATOR)
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")

LOGS = {
    "explanation_metadata",
    "feature_importance_history",
    "lime_explanations",
    "model_health_checks",
    "model_metrics",
    "prediction_logs",
    "prediction_outcomes",
    "shap_values",
}
DERIVED = {
    "alert_acknowledgements",
    "alert_rule_runs",
    "alert_rule_states",
    "alert_rules",
    "anomaly_results",
    "attribution_buckets",
    "attribution_references",
    "attribution_rollups",
    "attribution_strangers",
    "concept_detectors",
    "concept_drift_results",
    "data_drift_results",
    "data_quality_results",
    "dataset_drift_results",
    "drift_alerts",
    "explainability_drift_results",
    "explanation_drift_summaries",
    "feature_importance_comparisons",
    "feature_importance_drift",
    "model_alerts",
    "model_health_scores",
    "model_performance_history",
    "outcome_cohorts",
    "outcome_evidence",
    "outcome_tasks",
    "performance_marks",
    "performance_references",
    "performance_results",
    "profile_rollups",
    "reference_buckets",
    "reference_profiles",
    "source_models",
    "sources",
    "traffic_rollups",
    "traffic_totals",
    "watermarks",
}
VIEWS = {
    "alert_history",
    "alert_rule_list",
    "anomalies",
    "concept_detector_states",
    "concept_drift",
    "data_quality",
    "dataset_drift",
    "drift_alerts_open",
    "drift_results",
    "explanation_drift",
    "explanation_states",
    "feature_distribution_cells",
    "feature_distributions",
    "importance_changes",
    "importance_comparisons",
    "model_alerts_open",
    "model_health",
    "model_health_components",
    "model_list",
    "model_traffic",
    "performance_cohorts",
    "prediction_attributions",
    "reference_list",
    "reliability_curve",
}
OPERATED = {
    "alert_acknowledgements": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "alert_history": {"SELECT"},
    "alert_rule_list": {"SELECT"},
    "alert_rules": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "model_alerts": {"SELECT", "UPDATE"},
    "model_alerts_open": {"SELECT"},
    "schema_version": {"SELECT"},
}
"""What those who acknowledge alerts and write rules may do."""

RAW_VIEWS = {"answered_predictions", "attributions", "usable_outcomes"}
SEQUENCES = {
    "lime_explanations_ingest_seq",
    "prediction_logs_ingest_seq",
    "prediction_outcomes_ingest_seq",
    "shap_values_ingest_seq",
}
FUNCTIONS = {"create_partitions", "delete_reports", "drop_partitions"}

# The fewest columns that a service has to give.
PLAIN_INSERTS = {
    "explanation_metadata": "(prediction_id, model_name, explanation_type) VALUES (gen_random_uuid(), 'm', 'shap')",
    "feature_importance_history": "(model_name, feature_name, importance_value) VALUES ('m', 'age', 0.5)",
    "lime_explanations": (
        "(prediction_id, model_name, feature_name, weight) VALUES (gen_random_uuid(), 'm', 'age', 0.5)"
    ),
    "model_health_checks": "(model_name) VALUES ('m')",
    "model_metrics": "(model_name, metric_name, metric_value) VALUES ('m', 'revenue', 12)",
    "prediction_logs": "(model_name, latency_ms) VALUES ('m', 12.5)",
    "prediction_outcomes": "(prediction_id, label) VALUES (gen_random_uuid(), 'late')",
    "shap_values": (
        "(prediction_id, model_name, feature_name, shap_value, feature_value)"
        " VALUES (gen_random_uuid(), 'm', 'age', 0.5, 41)"
    ),
}


@contextmanager
def session(dsn: str) -> Generator[psycopg.Connection]:
    """One transaction on the schema."""
    with psycopg.connect(dsn) as connection:
        SessionSettings(schema="driftgauge").apply(connection)
        yield connection


def run_once(dsn: str, statement: bytes) -> None:
    """Run a statement as a one-shot command does."""
    with connect_once(dsn, schema="driftgauge") as connection, connection.transaction():
        SessionSettings(schema="driftgauge").apply(connection)
        connection.execute(statement)


def expected_on(role: str, relation: str) -> set[str]:
    """Return the verbs that a role should have on a relation; none on a partition, none on a table not listed."""
    match role:
        case "driftgauge_writer":
            return {"INSERT"} if relation in LOGS else set()
        case "driftgauge_exporter" if relation in DERIVED:
            return {"SELECT", "INSERT", "UPDATE", "DELETE"}
        case "driftgauge_exporter":
            return {"SELECT"} if relation in LOGS | VIEWS | RAW_VIEWS | {"schema_version"} else set()
        case "driftgauge_grafana":
            return {"SELECT"} if relation in VIEWS else set()
        case "driftgauge_operator":
            return OPERATED.get(relation, set())
        case _:
            return set()


@pytest.fixture(scope="module")
def anyone(make_login: object) -> str:
    """A role without any grant, which has what PUBLIC has."""
    del make_login  # only asked for because the migrations create the roles
    return "pg_signal_backend"  # a predefined role: nothing to create and to drop


def test_every_relation_is_listed_here(database: str) -> None:
    with session(database) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'driftgauge'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition"
        ).fetchall()
    assert {name for (name,) in found} == LOGS | DERIVED | VIEWS | RAW_VIEWS | {"schema_version"}


def test_every_role_has_exactly_its_verbs_on_every_relation(database: str, anyone: str) -> None:
    with session(database) as connection:
        found = connection.execute(
            """
            SELECT role, c.relname, array_remove(array_agg(
                CASE WHEN
                    CASE WHEN verb IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
                        THEN has_any_column_privilege(role, c.oid, verb)
                        ELSE has_table_privilege(role, c.oid, verb)
                    END
                THEN verb END
            ), NULL)
            FROM pg_class AS c, unnest(%s::name[]) AS role, unnest(%s::text[]) AS verb
            WHERE c.relnamespace = 'driftgauge'::regnamespace AND c.relkind IN ('r', 'p', 'v')
            GROUP BY role, c.relname
            """,
            ([*ROLES, anyone], list(VERBS)),
        ).fetchall()
    wrong = [(role, name, verbs) for role, name, verbs in found if set(verbs) != expected_on(role, name)]
    assert wrong == []
    assert len(found) > 4 * len(LOGS | DERIVED | VIEWS)


def test_the_writer_may_set_every_column_but_when_and_in_which_order_rows_came(database: str) -> None:
    with session(database) as connection:
        refused = connection.execute(
            "SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute AS a"
            " WHERE a.attrelid = ANY(%s::regclass[]) AND a.attnum > 0"
            " AND NOT has_column_privilege('driftgauge_writer', a.attrelid, a.attname, 'INSERT')",
            (sorted(LOGS),),
        ).fetchall()
    assert sorted(refused) == [
        ("lime_explanations", "created_at"),
        ("lime_explanations", "ingest_seq"),
        ("prediction_logs", "created_at"),
        ("prediction_logs", "ingest_seq"),
        ("prediction_outcomes", "ingest_seq"),
        ("shap_values", "created_at"),
        ("shap_values", "ingest_seq"),
    ]


def test_sequences_and_functions_are_granted_where_needed_only(database: str, anyone: str) -> None:
    with session(database) as connection:
        sequences = connection.execute(
            "SELECT role, c.relname, verb FROM pg_class AS c, unnest(%s::name[]) AS role,"
            " unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS verb"
            " WHERE c.relnamespace = 'driftgauge'::regnamespace AND c.relkind = 'S'"
            " AND has_sequence_privilege(role, c.oid, verb)",
            ([*ROLES, anyone],),
        ).fetchall()
        functions = connection.execute(
            "SELECT role, p.proname FROM pg_proc AS p, unnest(%s::name[]) AS role"
            " WHERE p.pronamespace = 'driftgauge'::regnamespace"
            " AND p.proname NOT IN ('add_counts', 'has_sane_time', 'alert_rule_problem')"
            " AND has_function_privilege(role, p.oid, 'EXECUTE')",
            ([*ROLES, anyone],),
        ).fetchall()
    assert set(sequences) == {(WRITER, name, "USAGE") for name in SEQUENCES} | {
        (EXPORTER, name, "SELECT") for name in SEQUENCES
    }
    assert set(functions) == {(EXPORTER, name) for name in FUNCTIONS}


def test_nobody_else_may_use_the_schema_and_nobody_may_create_in_it(database: str, anyone: str) -> None:
    with session(database) as connection:
        found = connection.execute(
            "SELECT role, verb FROM unnest(%s::name[]) AS role, unnest(ARRAY['USAGE', 'CREATE']) AS verb"
            " WHERE has_schema_privilege(role, 'driftgauge', verb)",
            ([*ROLES, anyone],),
        ).fetchall()
    assert set(found) == {(role, "USAGE") for role in ROLES}


def test_the_roles_cannot_log_in_and_have_no_attributes(database: str) -> None:
    with session(database) as connection:
        found = connection.execute(
            "SELECT rolname, rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls,"
            " rolconfig FROM pg_roles WHERE rolname = ANY(%s) ORDER BY rolname",
            (list(ROLES),),
        ).fetchall()
    limits = ["default_transaction_read_only=on", "statement_timeout=15s"]
    assert found == [
        (EXPORTER, False, None),
        (GRAFANA, False, limits),
        (OPERATOR, False, None),
        (WRITER, False, None),
    ]


@pytest.mark.parametrize("table", sorted(LOGS))
def test_a_service_needs_few_columns_and_cannot_read_back(writer_dsn: str, table: str) -> None:
    insert = f"INSERT INTO {table} {PLAIN_INSERTS[table]}".encode()
    with session(writer_dsn) as connection:
        connection.execute(insert)
    for statement in (f"SELECT FROM {table}", f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):  # noqa: S608 - the same
        with session(writer_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())
    with session(writer_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(insert + b" RETURNING id")


def test_the_defaults_say_what_was_left_out(database: str, writer_dsn: str) -> None:
    with session(writer_dsn) as connection:
        connection.execute("INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('m', 1)")
    with session(database) as connection:
        found = connection.execute(
            "SELECT version, environment, status, features, ingest_seq,"
            " created_at - timestamp < interval '1 minute' FROM prediction_logs"
        ).fetchall()
    assert found == [("unversioned", "production", "success", {}, 1, True)]


@pytest.mark.parametrize("table", ["prediction_logs", "prediction_outcomes"])
def test_a_service_cannot_choose_an_ingest_number(writer_dsn: str, table: str) -> None:
    for statement in (
        f"INSERT INTO {table} (ingest_seq) VALUES (7)",  # noqa: S608 - the names are those above
        f"SELECT setval('{table}_ingest_seq', 7)",
        f"ALTER SEQUENCE {table}_ingest_seq CACHE 32",
    ):
        with session(writer_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_a_service_may_send_the_same_row_again(database: str, writer_dsn: str) -> None:
    with session(writer_dsn) as connection:
        for _ in range(2):
            connection.execute(
                "INSERT INTO prediction_logs (id, model_name, latency_ms, timestamp) VALUES"
                " ('018f0000-0000-7000-8000-000000000000', 'm', 1, '2026-01-01Z') ON CONFLICT DO NOTHING"
            )
    with session(database) as connection:
        assert connection.execute("SELECT count(*) FROM prediction_logs").fetchone() == (1,)


def test_an_operator_changes_of_an_alert_what_people_did_and_nothing_that_was_told(database: str) -> None:
    with session(database) as connection:
        found = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'model_alerts'::regclass AND attnum > 0"
            " AND has_column_privilege('driftgauge_operator', attrelid, attname, 'UPDATE')"
        ).fetchall()
    assert {name for (name,) in found} == {
        *("acknowledged", "acknowledged_at", "acknowledged_by", "suppressed", "silence_id", "silenced_until"),
        *("resolved", "resolved_at", "resolution", "resolved_by"),
    }


def test_an_operator_writes_rules_and_removes_them_with_their_states(database: str, operator_dsn: str) -> None:
    with session(operator_dsn) as connection:
        connection.execute(
            "INSERT INTO alert_rules (model_name, alert_type, severity, condition)"
            """ VALUES ('m', 'drifted', 'info', '{"type": "drift_detected"}')"""
        )
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute("UPDATE alert_rules SET condition = '{}'")
    with session(database) as connection:
        connection.execute(
            "INSERT INTO alert_rule_states (rule_id, version, condition, wait, in_force_since, evaluated_at)"
            " SELECT id, '1', condition, '0s', in_force_since, now() FROM alert_rules"
        )
    with session(operator_dsn) as connection:
        assert connection.execute("SELECT state FROM alert_rule_list").fetchall() == [("unevaluated",)]
        connection.execute("DELETE FROM alert_rules")
    with session(database) as connection:
        assert connection.execute("SELECT count(*) FROM alert_rule_states").fetchone() == (0,)


def test_the_exporter_reads_what_the_roll_up_needs(exporter_dsn: str) -> None:
    with session(exporter_dsn) as connection:
        require_current(connection)
        for statement in (
            b"SELECT last_value, is_called FROM prediction_logs_ingest_seq",
            b"SELECT system_identifier FROM pg_control_system()",
            b"SELECT virtualtransaction, pid FROM pg_locks",
            b"SELECT create_partitions('2024-01-01', '2024-01-08')",
            b"SELECT drop_partitions('2024-01-15')",
            b"SELECT add_counts('{1}', '{2}')",
        ):
            assert connection.execute(statement).fetchall()
        hidden = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'")
        assert hidden.fetchone() == (0,)


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_dashboard_reads_views(grafana_dsn: str, view: str) -> None:
    with session(grafana_dsn) as connection:
        found = connection.execute(f"SELECT * FROM {view}".encode())  # noqa: S608 - the names are those above
        assert found.description
        assert "model_name" in {column.name for column in found.description}, "what a dashboard chooses by"


@pytest.mark.parametrize("table", ["prediction_logs", "data_drift_results", "schema_version"])
def test_a_dashboard_reads_no_table(grafana_dsn: str, table: str) -> None:
    with session(grafana_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT FROM {table}".encode())


@pytest.mark.parametrize(
    ("revoked", "statement", "grant"),
    [
        ("SELECT ON prediction_logs", "SELECT FROM prediction_logs", "SELECT ON driftgauge.prediction_logs"),
        (
            "INSERT, UPDATE ON watermarks",
            "UPDATE watermarks SET ingest_seq = 1",
            "INSERT, UPDATE ON driftgauge.watermarks",
        ),
        (
            "SELECT ON SEQUENCE prediction_logs_ingest_seq",
            "SELECT last_value FROM prediction_logs_ingest_seq",
            "SELECT ON SEQUENCE driftgauge.prediction_logs_ingest_seq",
        ),
        ("USAGE ON SCHEMA driftgauge", "SELECT FROM driftgauge.watermarks", "USAGE ON SCHEMA driftgauge"),
        (
            "EXECUTE ON FUNCTION drop_partitions",
            "SELECT drop_partitions(now())",
            "EXECUTE ON FUNCTION driftgauge.drop_partitions",
        ),
    ],
)
def test_a_missing_grant_is_named(database: str, exporter_dsn: str, revoked: str, statement: str, grant: str) -> None:
    with session(database) as connection:
        connection.execute(f"REVOKE {revoked} FROM driftgauge_exporter".encode())
    with connect_once(exporter_dsn, schema="driftgauge") as connection:
        user = connection.info.user
    mend = rf"run as its owner: GRANT {grant} TO {user} \(or, for all at once: GRANT driftgauge_exporter TO {user}\)$"
    with pytest.raises(MissingPrivilege, match=mend):
        run_once(exporter_dsn, statement.encode())


def test_a_source_that_may_not_be_read_is_told_the_grant(exporter_dsn: str) -> None:
    with pytest.raises(MissingPrivilege, match=r"run as its owner: GRANT SELECT ON pg_authid TO "):
        run_once(exporter_dsn, b"SELECT FROM pg_authid")


def test_what_is_denied_beyond_the_schema_asks_for_the_whole_role(exporter_dsn: str) -> None:
    with pytest.raises(
        MissingPrivilege, match=r"^permission denied for tablespace pg_global; run as an administrator: "
    ):
        run_once(exporter_dsn, b"CREATE TEMPORARY TABLE t () TABLESPACE pg_global")


def test_what_only_an_owner_may_do_is_named(exporter_dsn: str) -> None:
    with pytest.raises(MissingPrivilege, match=r"^must be owner of table prediction_logs; run as an administrator: "):
        run_once(exporter_dsn, b"ALTER TABLE prediction_logs DROP COLUMN segment")


def test_a_schema_that_may_not_be_used_is_told_from_a_missing_one(database: str, exporter_dsn: str) -> None:
    with session(database) as connection:
        connection.execute("REVOKE USAGE ON SCHEMA driftgauge FROM driftgauge_exporter")
    with session(exporter_dsn) as connection, pytest.raises(MissingPrivilege, match="GRANT USAGE ON SCHEMA driftgauge"):
        require_current(connection)
