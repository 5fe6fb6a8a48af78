"""Whatever keeps a source from being read is one line that names it and how to mend it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from driftgauge.errors import BadSource
from driftgauge.jobs import sources
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.database import Database
from driftgauge.store.source_table import Label
from driftgauge.store.watermarks import gain_rollup_lock, wait_for_rollup_lock
from integration.sources.shop import HOUR, ROLLUP, TABLE, drain, value

if TYPE_CHECKING:
    from driftgauge.store.execute import Connection
    from integration.sources.shop import Shop

MINUTE = timedelta(minutes=1)
SECRET = "reader-secret"  # noqa: S105 - of the fixture


def refusal(shop: Shop, table: Any = TABLE, **more: Any) -> str:  # noqa: ANN401 - options
    with pytest.raises(BadSource) as caught:
        drain(shop.job(table, **more))
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith(f"source {table.name}: ")
    assert SECRET not in message
    return message.removeprefix(f"source {table.name}: ")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"time": "scored"}, "shop.fraud_scores has no column 'scored' (did you mean 'scored_at'?)"),
        (
            {"confidence": "sure", "features": ("amounts", "age")},
            "shop.fraud_scores has no column 'sure', 'amounts' (did you mean 'amount'?)",
        ),
        (
            {"time": "age"},
            "time: column 'age' is of type numeric; name a timestamptz, or a timestamp in UTC",
        ),
        ({"latency_ms": "country"}, "column 'country' is no number, but categorical"),
        (
            {"features": ("scored_at", "age")},
            "features: column 'scored_at' is of type timestamp with time zone, which no feature can be",
        ),
        ({"relation": ("shop", "fraud")}, 'relation "shop.fraud" does not exist; mend its relation or query'),
        ({"relation": ("shops", "fraud")}, 'relation "shops.fraud" does not exist; mend its relation or query'),
        ({"relation": (), "query": "SELEC 1"}, 'syntax error at or near "SELEC"; mend its relation or query'),
        (
            {"relation": (), "query": "SELECT 1 AS a; SELECT 2 AS b"},
            "cannot insert multiple commands into a prepared statement; mend its relation or query",
        ),
        (
            {"relation": (), "query": "DELETE FROM shop.fraud_scores RETURNING *"},
            'syntax error at or near "FROM"; mend its relation or query',
        ),
        (
            {"relation": (), "query": "SELECT scored_at, scored_at FROM shop.fraud_scores"},
            "column 'scored_at' comes twice; rename one: SELECT … AS name",
        ),
    ],
)
def test_a_wrong_mapping_is_told(shop: Shop, changed: dict[str, Any], message: str) -> None:
    assert refusal(shop, replace(TABLE, **changed)) == message


def test_missing_rights_name_the_grant_that_mends_them(shop: Shop, reader_dsn: str) -> None:
    user = str(conninfo_to_dict(reader_dsn)["user"])
    name = sql.Identifier(user)
    grants = f"GRANT USAGE ON SCHEMA shop TO {user}; GRANT SELECT ON shop.fraud_scores TO {user}"
    shop.owner.execute(sql.SQL("REVOKE SELECT ON shop.fraud_scores FROM {}").format(name))
    assert refusal(shop) == f"permission denied for table fraud_scores; run as its owner: {grants}"
    shop.owner.execute(sql.SQL("REVOKE USAGE ON SCHEMA shop FROM {}").format(name))
    assert refusal(shop) == f"permission denied for schema shop; run as its owner: {grants}"
    shop.owner.execute(grants.encode())
    drain(shop.job())


def test_missing_rights_of_a_query_or_of_an_unqualified_relation_name_the_grant(shop: Shop, reader_dsn: str) -> None:
    user = str(conninfo_to_dict(reader_dsn)["user"])
    shop.owner.execute(b"CREATE TABLE public.secrets AS TABLE shop.fraud_scores; CREATE SCHEMA hidden;")
    shop.owner.execute(b"CREATE TABLE hidden.away AS TABLE shop.fraud_scores")
    said = f"permission denied for table secrets; run as its owner: GRANT SELECT ON secrets TO {user}"
    assert refusal(shop, replace(TABLE, relation=("secrets",))) == said
    assert refusal(shop, replace(TABLE, relation=(), query="SELECT * FROM secrets")) == said
    assert refusal(shop, replace(TABLE, relation=(), query="SELECT * FROM hidden.away")) == (
        f"permission denied for schema hidden; run as its owner: GRANT USAGE ON SCHEMA hidden TO {user}"
    )


def test_a_query_may_read_only(shop: Shop) -> None:
    shop.owner.execute(
        b"CREATE FUNCTION shop.note() RETURNS int LANGUAGE sql SECURITY DEFINER AS"
        b" $$ DELETE FROM shop.fraud_scores; SELECT 1 $$"
    )
    shop.sell(5, ago=HOUR)
    table = replace(
        TABLE, relation=(), query="SELECT *, shop.note() AS noted FROM shop.fraud_scores", features=("noted",)
    )
    assert "read-only transaction" in refusal(shop, table, rollup=replace(ROLLUP, automatic_rows=5))
    assert shop.owner.execute("SELECT count(*) FROM shop.fraud_scores").fetchone() == (5,)


def test_a_database_that_is_away_or_a_dsn_that_cannot_be_read_is_told(shop: Shop, reader_dsn: str) -> None:
    away = make_conninfo(reader_dsn, host="127.0.0.1", port=1)
    for dsn, said in (
        (away, "cannot reach the database at 127.0.0.1:1"),
        (make_conninfo(reader_dsn, dbname="nowhere"), 'database "nowhere" does not exist; create it, or mend the name'),
        (f"postgresql://reader:{SECRET}@/@db", "dsn: not a libpq URI or key=value string"),
        (f"host=db {SECRET}", "dsn: not a libpq URI or key=value string"),
    ):
        foreign = Database(lambda dsn=dsn: dsn, schema="pg_catalog", foreign=True)
        assert said in refusal(shop, foreign=foreign)
        foreign.close()


def test_a_reading_that_takes_too_long_asks_for_an_index(shop: Shop, reader_dsn: str) -> None:
    foreign = Database(
        lambda: reader_dsn, schema="pg_catalog", statement_timeout=timedelta(milliseconds=200), foreign=True
    )
    table = replace(TABLE, relation=(), query="SELECT s.*, pg_sleep(1)::text AS slow FROM shop.fraud_scores AS s")
    shop.sell(3, ago=HOUR)
    message = refusal(shop, replace(table, status=Label(column="slow", otherwise="success")), foreign=foreign)
    mend = "create an index on its column 'scored_at', or raise database.statement_timeout"
    assert message == f"canceling statement due to statement timeout; {mend}"
    foreign.close()


def test_a_connection_that_is_lost_is_told_and_the_next_run_goes_on(shop: Shop) -> None:
    shop.sell(300, ago=HOUR)
    shop.owner.execute(
        b"CREATE FUNCTION shop.cut() RETURNS text LANGUAGE sql SECURITY DEFINER AS"
        b" $$ SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = session_user;"
        b" SELECT pg_sleep(10)::text $$"
    )
    table = replace(
        TABLE,
        relation=(),
        query="SELECT s.*, shop.cut() AS cut FROM shop.fraud_scores AS s",
        status=Label(column="cut", otherwise="success"),
    )
    assert "driftgauge run reconnects by itself" in refusal(shop, table)
    drain(shop.job())
    assert sum(shop.totals().values()) == 300


REFUSED = "driftgauge_source_models_refused"
BY_COUNTRY = replace(TABLE, model=Label(column="country"))
LOG = "INSERT INTO prediction_logs (model_name, version, latency_ms) VALUES (%s, 'unversioned', 1)"


def counted(shop: Shop) -> dict[str, int]:
    rows = shop.select("SELECT model_name, sum(predictions)::int AS rows FROM traffic_rollups GROUP BY 1")
    return {row["model_name"]: row["rows"] for row in rows}


def test_a_model_that_services_log_is_left_out_and_the_others_go_on(shop: Shop) -> None:
    shop.sell(300, ago=3 * HOUR, country="fr")  # in no bucket that the lookback reaches into
    shop.sell(250, ago=3 * HOUR, country="de")
    shop.admin.execute(LOG, ["fr"])
    job = shop.job(BY_COUNTRY)
    assert value(drain(job), REFUSED) == 1
    assert counted(shop) == {"de": 250}
    assert [row["model_name"] for row in shop.select("SELECT model_name FROM reference_profiles")] == ["de"]
    assert {str(key): place for key, place in job.refused.items()} == {"fr@unversioned (production)": "prediction_logs"}
    shop.sell(10, ago=MINUTE, country="de")
    shop.audit_is_due()
    assert value(drain(job), REFUSED) == 1  # although the last reading had none of its rows
    assert counted(shop) == {"de": 260}
    shop.admin.execute("TRUNCATE prediction_logs")
    shop.sell(10, ago=MINUTE, country="fr")
    assert value(drain(job), REFUSED) == 0
    assert counted(shop) == {"de": 260, "fr": 10}


def test_what_was_logged_of_a_model_that_was_a_sources_stays_counted(shop: Shop) -> None:
    shop.sell(300, ago=5 * MINUTE, country="fr")
    drain(shop.job(BY_COUNTRY))
    shop.owner.execute(b"DELETE FROM shop.fraud_scores")
    for _ in range(4):
        shop.admin.execute(LOG, ["fr"])
    assert Rollup(shop.database, ROLLUP, lambda _: None).run().rows == 4
    shop.sell(20, ago=MINUTE, country="de")
    drain(shop.job(BY_COUNTRY))
    assert counted(shop) == {"de": 20, "fr": 304}
    assert [row["model_name"] for row in shop.select("SELECT * FROM source_models")] == ["de"]


def test_a_model_that_is_logged_while_it_is_read_is_left_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(30, ago=MINUTE, country="fr")
    late = [lambda: shop.admin.execute(LOG, ["fr"])]

    def wait(connection: Connection) -> bool:
        while late:
            late.pop()()
        return gain_rollup_lock(connection)

    monkeypatch.setattr(sources, "gain_rollup_lock", wait)
    assert value(drain(shop.job(BY_COUNTRY)), REFUSED) == 1
    assert counted(shop) == {}


def test_a_model_of_another_source_is_left_out_unless_that_is_no_longer_configured(shop: Shop) -> None:
    shop.sell(30, ago=HOUR)
    drain(shop.job())
    second = shop.job(replace(TABLE, name="second"), configured=frozenset({"orders", "second"}))
    assert value(drain(second), REFUSED) == 1
    assert list(second.refused.values()) == ["source orders"]
    assert [row["source"] for row in shop.select("SELECT source FROM source_models")] == ["orders"]
    shop.sell(5, ago=MINUTE)
    drain(shop.job(replace(TABLE, name="second")))
    assert [row["source"] for row in shop.select("SELECT source FROM source_models")] == ["second"]
    assert sum(shop.totals().values()) == 35


def test_a_source_that_gives_its_rows_another_name_leaves_the_old_one_to_others(shop: Shop) -> None:
    shop.sell(30, ago=3 * HOUR)
    both = frozenset({"orders", "second"})
    drain(shop.job(configured=both))
    second = shop.job(replace(TABLE, name="second"), configured=both)
    assert value(drain(second), REFUSED) == 1
    drain(shop.job(replace(TABLE, model=Label(otherwise="renamed")), configured=both))
    shop.sell(5, ago=MINUTE)
    assert value(drain(second), REFUSED) == 0
    claims = {row["model_name"]: row["source"] for row in shop.select("SELECT * FROM source_models")}
    assert claims["fraud"] == "second"


def test_a_model_that_comes_under_another_name_is_refused_no_more(shop: Shop) -> None:
    shop.sell(30, ago=3 * HOUR, model_version="7")
    shop.admin.execute(LOG, ["fraud"])
    by_version = replace(TABLE, version=Label(column="model_version", otherwise="unversioned"))
    shop.admin.execute("UPDATE prediction_logs SET version = '7'")
    job = shop.job(by_version)
    assert value(drain(job), REFUSED) == 1
    shop.owner.execute("UPDATE shop.fraud_scores SET model_version = '8'")
    shop.audit_is_due()
    assert value(drain(job), REFUSED) == 0
    assert job.refused == {}


def test_a_roll_up_that_takes_long_is_no_failure_of_the_source(shop: Shop, exporter_dsn: str) -> None:
    ours = Database(lambda: exporter_dsn, schema="driftgauge", lock_timeout=timedelta(milliseconds=100))
    shop.sell(300, ago=HOUR)
    job = replace(shop, database=ours).job()
    with shop.database.transaction() as connection:
        wait_for_rollup_lock(connection)
        job.run()
        assert (job.behind, shop.totals()) == (False, {})  # its next turn goes on
    drain(job)
    assert sum(shop.totals().values()) == 300
    ours.close()


def test_a_column_that_tells_rows_apart_is_no_column_of_models(shop: Shop) -> None:
    shop.sell(2_200, ago=HOUR)  # of which an hour may end in the midst
    table = replace(TABLE, model=Label(column="order_id"))
    assert (
        refusal(shop, table)
        == "more than 1,000 models; name columns that tell models apart, not rows: model_column 'order_id'"
    )
    assert shop.select("SELECT 1 FROM traffic_totals") == []


def test_reader_may_do_nothing_else(reader_dsn: str) -> None:
    with psycopg.connect(reader_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM shop.fraud_scores")
