"""A table of somebody else's becomes roll-ups and a verdict, with no right but SELECT."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from driftgauge.jobs import sources
from driftgauge.jobs.options import FeatureOptions
from driftgauge.model.identity import ModelKey
from driftgauge.model.reference import ReferenceSource
from driftgauge.store.references import read_references
from driftgauge.store.source_table import Label
from integration.sources.shop import (
    DAY,
    HOUR,
    KEY,
    ROLLUP,
    TABLE,
    drain,
    kept_traffic,
    recount_profiles,
    recount_traffic,
    same_profiles,
    scored,
    value,
)

if TYPE_CHECKING:
    from integration.sources.shop import Shop

MINUTE = timedelta(minutes=1)
WRITTEN = ("SELECT *, xmin FROM profile_rollups", "SELECT *, xmin FROM traffic_rollups")


def test_rows_become_roll_ups_and_an_automatic_reference(shop: Shop) -> None:
    shop.sell(600, ago=5 * HOUR, over=5 * HOUR)
    samples = drain(shop.job())
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert sum(shop.totals().values()) == 600
    with shop.database.transaction(read_only=True) as connection:
        [reference] = read_references(connection, active_only=True)
    assert (reference.source, reference.rows, reference.model) == (ReferenceSource.AUTOMATIC, 200, "fraud")
    assert same_profiles(shop, recount_profiles(shop))
    assert value(samples, "driftgauge_source_late_rows_total") == 0
    assert abs(value(samples, "driftgauge_source_read_timestamp_seconds") - shop.now().timestamp()) < 20


def test_reading_again_changes_nothing(shop: Shop) -> None:
    shop.sell(600, ago=3 * HOUR, over=3 * HOUR)
    drain(shop.job())
    before = [shop.select(statement) for statement in WRITTEN]
    totals = shop.totals()
    for _ in range(2):
        drain(shop.job())
    after = [shop.select(statement) for statement in WRITTEN]
    assert after == before
    assert shop.totals() == totals


def test_a_long_history_is_read_bucket_by_bucket_and_goes_on_where_it_stopped(shop: Shop) -> None:
    shop.sell(2000, ago=6 * DAY, over=6 * DAY)
    job = shop.job(history=7 * DAY)
    job.run()
    assert job.behind
    first = sum(shop.totals().values())
    assert 0 < first < 2000
    drain(shop.job(history=7 * DAY))  # another process
    assert sum(shop.totals().values()) == 2000
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert shop.profile().rows == 2000
    widths = {row["bucket_width"] for row in shop.select("SELECT bucket_width FROM profile_rollups")}
    assert widths == {HOUR, DAY}


def test_a_source_that_is_forgotten_is_read_from_its_history_again_and_not_counted_twice(shop: Shop) -> None:
    shop.sell(300, ago=3 * DAY)
    shop.sell(300, ago=HOUR)
    drain(shop.job(history=2 * DAY))
    assert sum(shop.totals().values()) == 300
    shop.admin.execute("DELETE FROM sources WHERE source = 'orders'")
    drain(shop.job(history=5 * DAY))
    assert sum(shop.totals().values()) == 600
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert shop.profile().rows == 600


def test_rows_before_the_history_are_left_alone(shop: Shop) -> None:
    shop.sell(10, ago=5 * DAY)
    shop.sell(20, ago=HOUR)
    drain(shop.job(history=2 * DAY))
    assert sum(shop.totals().values()) == 20


def test_a_select_is_read_like_a_relation(shop: Shop) -> None:
    shop.sell(400, ago=2 * HOUR, over=2 * HOUR)
    table = replace(
        TABLE,
        relation=(),
        query=(
            "SELECT scored_at AT TIME ZONE 'UTC' AS at, amount * 2 AS twice, country, outcome_status LIKE '%v%' AS held"
            " FROM shop.fraud_scores WHERE age < 200 -- all"
        ),
        time="at",
        features=(),
        latency_ms=None,
        confidence=None,
        status=Label(otherwise="success"),
    )
    drain(shop.job(table))
    assert shop.totals() == {"success": 400}
    profile = shop.profile()
    assert (profile.rows, list(profile.layout.features)) == (400, ["country", "held", "twice"])


def test_without_named_features_keys_roles_and_identifiers_are_none(shop: Shop) -> None:
    shop.owner.execute("ALTER TABLE shop.fraud_scores ADD COLUMN note text, ADD COLUMN seen_at timestamptz")
    shop.sell(300, ago=HOUR)
    shop.owner.execute("UPDATE shop.fraud_scores SET note = 'order ' || order_id, model_version = '7'")
    drain(shop.job(replace(TABLE, features=(), version=Label(column="model_version", otherwise="unversioned"))))
    assert list(shop.profile(key=replace(KEY, version="7")).layout.features) == ["age", "amount", "country"]


def test_models_versions_and_environments_come_from_columns(shop: Shop) -> None:
    shop.sell(300, ago=2 * HOUR, model_version="7")
    shop.sell(250, ago=HOUR, model_version="8")
    shop.sell(5, ago=HOUR, model_version=None)
    table = replace(
        TABLE,
        model=Label(column="model_version"),
        version=Label(column="country", otherwise="unversioned"),
        environment=Label(column="model_version", otherwise="production"),
    )
    drain(shop.job(table))
    rows = shop.select(
        "SELECT model_name, version, environment, sum(predictions)::int AS n FROM traffic_totals GROUP BY 1, 2, 3"
    )
    assert sum(row["n"] for row in rows) == 550  # a row without a model is none
    assert {row["model_name"] for row in rows} == {"7", "8"} == {row["environment"] for row in rows}
    assert {row["version"] for row in rows} <= {"fr", "de", "it", "unversioned"}


def test_a_reference_that_comes_later_is_counted_on_from_the_first_row(shop: Shop) -> None:
    shop.sell(150, ago=5 * HOUR, over=2 * HOUR)
    drain(shop.job())
    assert shop.select("SELECT 1 FROM profile_rollups") == []
    shop.sell(100, ago=5 * MINUTE)
    drain(shop.job())
    assert shop.profile().rows == 250
    assert same_profiles(shop, recount_profiles(shop))
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert sum(shop.totals().values()) == 250


def test_rows_that_change_or_go_within_the_lookback_are_followed_and_counters_never_fall(shop: Shop) -> None:
    shop.sell(300, ago=8 * MINUTE, outcome_status="pending")
    job = shop.job()
    drain(job)
    assert shop.totals() == {"pending": 300}
    shop.owner.execute("UPDATE shop.fraud_scores SET outcome_status = 'ok', amount = 1 WHERE order_id <= 100")
    shop.owner.execute("DELETE FROM shop.fraud_scores WHERE order_id > 290")
    drain(job)
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert same_profiles(shop, recount_profiles(shop))
    assert shop.totals() == {"ok": 100, "pending": 300}
    shop.owner.execute("DELETE FROM shop.fraud_scores")
    drain(job)
    assert (kept_traffic(shop), shop.select("SELECT 1 FROM profile_rollups")) == ({}, [])
    assert shop.totals() == {"ok": 100, "pending": 300}


def test_a_status_column_of_ids_is_bounded_and_no_counter_falls_or_changes_its_name(shop: Shop) -> None:
    table = replace(TABLE, status=Label(column="order_id", otherwise="success"))
    job = shop.job(replace(table, relation=(), query="SELECT * FROM shop.fraud_scores"))
    shop.sell(300, ago=8 * MINUTE, over=3 * MINUTE)
    drain(job)
    first = shop.totals()
    assert (len(first), sum(first.values()), first["other"]) == (21, 300, 280)
    written = [shop.select(statement) for statement in WRITTEN]
    drain(job)
    assert [shop.select(statement) for statement in WRITTEN] == written
    shop.sell(40, ago=6 * MINUTE)
    shop.owner.execute("DELETE FROM shop.fraud_scores WHERE order_id <= 100")
    drain(shop.job(replace(table, relation=(), query="SELECT * FROM shop.fraud_scores")))
    after = shop.totals()
    assert after.keys() == first.keys()
    assert all(after[status] >= count for status, count in first.items())
    kept = kept_traffic(shop)
    assert sum(count for count, _ in kept.values()) == 240
    assert math.isclose(
        sum(seconds for _, seconds in kept.values()),
        sum(seconds for _, seconds in recount_traffic(shop.owner).values()),
        abs_tol=1e-5,
    )


def test_the_most_frequent_statuses_of_a_source_keep_their_names(shop: Shop) -> None:
    shop.sell(60, ago=HOUR)
    for number in range(150):
        shop.sell(1, ago=HOUR, outcome_status=f"error {number:03}")
    shop.sell(200, ago=HOUR, outcome_status="success")
    drain(shop.job())
    totals = shop.totals()
    assert totals["success"] == 200
    assert {"ok", "review"} <= totals.keys()
    assert (len(totals), totals["other"]) == (22, 150 - 18)


def test_what_the_owner_deletes_beyond_the_lookback_stays_counted(shop: Shop) -> None:
    shop.sell(400, ago=4 * HOUR, over=2 * HOUR)
    job = shop.job()
    drain(job)
    before = kept_traffic(shop)
    shop.owner.execute("DELETE FROM shop.fraud_scores")
    shop.audit_is_due()
    drain(job)
    assert kept_traffic(shop) == before
    assert shop.profile().rows == 400


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=400)])
def test_rows_of_the_future_wait_for_their_time(shop: Shop, ahead: timedelta) -> None:
    shop.sell(5, ago=-ahead)
    shop.sell(7, ago=MINUTE)
    drain(shop.job())
    assert sum(shop.totals().values()) == 7


def test_odd_values_are_counted_and_never_stop_the_reading(shop: Shop) -> None:
    now = shop.now()
    rng = np.random.default_rng(1)
    odd = [
        {"amount": None, "country": None, "age": None, "took_ms": None, "outcome_status": None, "p_fraud": None},
        {"amount": float("nan"), "took_ms": float("inf"), "p_fraud": float("-inf"), "country": "x" * 10_000},
        {"took_ms": -5.0, "country": "'; DROP TABLE shop.fraud_scores; --", "outcome_status": "s" * 500},
    ]
    shop.insert([scored(now - MINUTE, rng, **more) for more in odd])
    shop.insert([scored(now - MINUTE, rng) for _ in range(300)])
    drain(shop.job())
    assert sum(shop.totals().values()) == 303
    assert shop.totals()["s" * 100] == 1
    assert shop.profile().feature("amount").missing == 2


def test_a_source_needs_no_feature(shop: Shop) -> None:
    shop.sell(300, ago=HOUR)
    drain(
        shop.job(
            replace(
                TABLE,
                relation=(),
                query="SELECT scored_at FROM shop.fraud_scores",
                features=(),
                latency_ms=None,
                confidence=None,
                segment=None,
                status=Label(otherwise="success"),
            )
        )
    )
    assert shop.totals() == {"success": 300}
    assert shop.select("SELECT 1 FROM reference_profiles") == []


def test_two_models_of_one_table_are_two_sources(shop: Shop) -> None:
    shop.sell(300, ago=HOUR)
    both = frozenset({"orders", "other"})
    for name, model in (("orders", "fraud"), ("other", "churn")):
        drain(shop.job(replace(TABLE, name=name, model=Label(otherwise=model)), configured=both))
    assert sum(shop.totals().values()) == sum(shop.totals(replace(KEY, model="churn")).values()) == 300


def test_a_model_whose_features_have_no_value_waits_for_some(shop: Shop) -> None:
    shop.sell(250, ago=2 * HOUR, over=HOUR, amount=None, country=None, age=None)
    job = shop.job()
    drain(job)
    assert sum(shop.totals().values()) == 250
    assert shop.select("SELECT 1 FROM reference_profiles") == []
    shop.sell(400, ago=5 * MINUTE)
    drain(job)
    assert shop.profile().rows == 650
    assert shop.profile().feature("age").missing == 250


def test_a_reference_of_other_features_finds_them_missing(shop: Shop) -> None:
    shop.sell(300, ago=2 * HOUR, over=HOUR)
    drain(shop.job())
    drain(shop.job(replace(TABLE, name="second", features=("took_ms",))))  # the same model, after a change of mind
    shop.sell(10, ago=MINUTE)
    drain(shop.job(replace(TABLE, name="second", features=("took_ms",))))
    assert shop.profile().rows == 310
    assert shop.profile().feature("age").missing == 310


def test_a_login_that_may_only_read_will_do_as_on_a_replica(shop: Shop, reader_dsn: str) -> None:
    user = sql.Identifier(str(conninfo_to_dict(reader_dsn)["user"]))
    shop.owner.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(user))
    shop.sell(300, ago=HOUR)
    drain(shop.job())
    assert sum(shop.totals().values()) == 300


def test_a_reading_sees_one_moment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that come between the traffic and the features of a bucket are in neither, until the next reading."""
    ago = (8 if 3 <= shop.now().minute <= 5 else 5) * MINUTE  # all in one bucket, not about the hour
    shop.sell(300, ago=ago)
    drain(shop.job())
    shop.sell(20, ago=ago)
    late = [lambda: shop.sell(30, ago=ago)]

    def find_refused(*_: object) -> dict[ModelKey, str]:
        while late:
            late.pop()()
        return {}

    monkeypatch.setattr(sources, "find_refused", find_refused)
    job = shop.job()
    job.run()
    assert (sum(shop.totals().values()), shop.profile().rows) == (320, 320)
    job.run()
    assert (sum(shop.totals().values()), shop.profile().rows) == (350, 350)


def test_how_features_hang_together_is_watched_where_it_is_asked_for(shop: Shop) -> None:
    shop.sell(600, ago=5 * HOUR, over=5 * HOUR)
    rollup = replace(ROLLUP, features={"fraud": FeatureOptions(reconstructed=True)})
    drain(shop.job(replace(TABLE, features=("amount", "age", "took_ms", "p_fraud")), rollup=rollup))
    profile = shop.profile()
    assert profile.feature("reconstruction_error").n == profile.rows == 600
