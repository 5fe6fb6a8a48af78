"""Sources in the running exporter: several databases, one that fails beside others, a reload, a check before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from fixtures.exporter import write_config
from integration.sources.shop import HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fixtures.exporter import StartExporter
    from integration.sources.shop import Shop

SECRET = "reader-secret"  # noqa: S105 - of the fixture
ORDERS: dict[str, object] = {
    "name": "orders",
    "relation": "shop.fraud_scores",
    "time": "scored_at",
    "model": "fraud",
    "features": ["amount", "country", "age"],
    "latency_ms": "took_ms",
    "status": "outcome_status",
    "confidence": "p_fraud",
    "every": "1s",
}


def driftgauge(
    dsn: str, path: Path, sources: Sequence[Mapping[str, object]], *arguments: str
) -> subprocess.CompletedProcess[str]:
    write_config(path, sources=sources)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "driftgauge", "--config", str(path), "--log-level", "error", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DRIFTGAUGE_DSN": dsn},
        timeout=60,
    )
    assert SECRET not in done.stdout + done.stderr
    return done


def test_a_source_is_judged_and_one_that_fails_stops_nobody(
    shop: Shop, exporter_dsn: str, reader_dsn: str, start_exporter: StartExporter, config_path: Path
) -> None:
    secret = config_path.parent / "orders-dsn"
    secret.write_text(reader_dsn, encoding="utf-8")
    shop.sell(900, ago=6 * HOUR, over=6 * HOUR)
    with psycopg.connect(shop.admin.info.dsn, password=shop.admin.info.password) as other:  # ours has a table, too
        user = sql.Identifier(str(conninfo_to_dict(exporter_dsn)["user"]))
        other.execute("CREATE TABLE public.visits (at timestamptz, seconds real)")
        other.execute("INSERT INTO public.visits SELECT now() - INTERVAL '1 hour', i FROM generate_series(1, 150) AS i")
        other.execute(sql.SQL("GRANT SELECT ON public.visits TO {}").format(user))
    orders = {**ORDERS, "dsn_file": str(secret)}
    broken = {**ORDERS, "name": "broken", "model": "other", "relation": "shop.nowhere", "dsn_file": str(secret)}
    away = {**ORDERS, "name": "away", "model": "far", "dsn": f"host=127.0.0.1 port=1 user=a password={SECRET}"}
    visits = {"name": "visits", "relation": "public.visits", "time": "at", "model": "visit", "every": "1s"}
    # Partitions are made meanwhile: with time to wait for that, nothing but the two sources fails.
    config = {"drift": {"window": "4h"}, "database": {"lock_timeout": "20s"}}
    exporter = start_exporter(exporter_dsn, config, sources=[broken, away, orders, visits])
    exporter.until(lambda one: one.value("ml_drift_window_rows", model="fraud"))
    exporter.until(lambda one: one.value("ml_predictions_total", model="visit") == 150)
    exporter.until_ready()
    assert exporter.value("ml_predictions_total", model="fraud") == 900
    assert exporter.value("ml_prediction_latency_seconds_count", model="fraud") == 900
    assert exporter.value("ml_feature_drift_score", model="fraud", feature="amount", test="psi") is not None
    assert exporter.value("driftgauge_source_late_rows_total", source="orders") == 0
    exporter.until(lambda one: one.value("driftgauge_job_failures_total", job="source_away"))
    assert exporter.value("driftgauge_job_failures_total", job="source_broken")
    assert exporter.value("driftgauge_job_failures_total", job="source_orders") == 0
    assert exporter.value("driftgauge_database_up") == 1
    said = {event["job"]: event["problem"] for event in exporter.logs if event["event"] == "job failed"}
    assert said == {
        "source_broken": 'source broken: relation "shop.nowhere" does not exist; mend its relation or query',
        "source_away": said["source_away"],
    }
    assert said["source_away"].startswith("source away: cannot reach the database at 127.0.0.1:1, ")
    assert "nowhere" in exporter.get("/")[1]
    assert SECRET not in "".join(exporter.lines) + exporter.get("/")[1]

    shop.sell(10, ago=HOUR / 60)
    exporter.until(lambda one: one.value("ml_predictions_total", model="fraud") == 910)

    write_config(config_path, config, [orders])
    exporter.send(signal.SIGHUP)
    exporter.until(lambda one: one.value("driftgauge_job_runs_total", job="source_broken") is None)
    ran = exporter.runs("source_orders")
    exporter.until(lambda one: one.runs("source_orders") > ran)
    assert exporter.value("ml_predictions_total", model="visit") == 150
    code, _ = exporter.stop()
    assert code == 0


def test_the_source_goes_on_after_its_database_was_away(
    shop: Shop, exporter_dsn: str, reader_dsn: str, start_exporter: StartExporter
) -> None:
    shop.sell(100, ago=HOUR)
    exporter = start_exporter(exporter_dsn, sources=[{**ORDERS, "dsn": reader_dsn}])
    exporter.until(lambda one: one.value("ml_predictions_total", model="fraud") == 100)
    user = str(conninfo_to_dict(reader_dsn)["user"])
    shop.owner.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(user)))
    shop.owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (user,))
    exporter.until(lambda one: one.value("driftgauge_job_failures_total", job="source_orders"))
    shop.sell(50, ago=HOUR / 60)
    assert exporter.value("driftgauge_database_up") == 1
    exporter.until_ready()
    shop.owner.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(user)))
    exporter.until(lambda one: one.value("ml_predictions_total", model="fraud") == 150)
    assert "job works again" in [event["event"] for event in exporter.logs]


def test_a_model_that_is_left_out_is_named_once(
    shop: Shop, exporter_dsn: str, reader_dsn: str, start_exporter: StartExporter, config_path: Path
) -> None:
    shop.sell(100, ago=HOUR / 30, country="fr")
    shop.sell(100, ago=HOUR / 30, country="de")
    shop.admin.execute("INSERT INTO prediction_logs (model_name, version, latency_ms) VALUES ('fr', 'unversioned', 1)")
    columns = {key: value for key, value in ORDERS.items() if key != "model"}
    orders = {**columns, "dsn": reader_dsn, "model_column": "country", "features": ["amount", "age"]}
    exporter = start_exporter(exporter_dsn, sources=[orders])
    exporter.until(lambda one: one.runs("source_orders") > 2)
    assert exporter.value("driftgauge_source_models_refused", source="orders") == 1
    assert exporter.value("driftgauge_job_failures_total", job="source_orders") == 0
    assert exporter.value("ml_predictions_total", model="de") == 100
    told = [event for event in exporter.logs if event["event"].startswith("model left out of the source")]
    assert [(event["job"], event["model"], event["place"]) for event in told] == [
        ("source_orders", "fr@unversioned (production)", "prediction_logs")
    ]
    exporter.stop()
    done = driftgauge(exporter_dsn, config_path, [orders], "run", "--once")
    assert (done.returncode, 'driftgauge_source_models_refused{source="orders"} 1' in done.stdout) == (0, True)


def test_run_once_reads_sources_before_it_judges_and_tells_what_failed_at_last(
    shop: Shop, exporter_dsn: str, reader_dsn: str, config_path: Path
) -> None:
    shop.sell(900, ago=6 * HOUR, over=6 * HOUR)
    orders = {**ORDERS, "dsn": reader_dsn}
    done = driftgauge(exporter_dsn, config_path, [orders], "run", "--once")
    assert (done.returncode, done.stderr) == (0, "")
    assert 'ml_drift_verdict{model="fraud"' in done.stdout
    broken = {**orders, "name": "broken", "model": "other", "time": "scored"}
    done = driftgauge(exporter_dsn, config_path, [broken, orders], "run", "--once")
    assert done.returncode == 2
    assert done.stderr == (
        "driftgauge: error: source broken: shop.fraud_scores has no column 'scored' (did you mean 'scored_at'?)\n"
    )


def test_check_looks_at_every_source(shop: Shop, exporter_dsn: str, reader_dsn: str, config_path: Path) -> None:
    def check(*sources: Mapping[str, object]) -> tuple[int, list[dict[str, Any]]]:
        done = driftgauge(exporter_dsn, config_path, [{"dsn": reader_dsn, **one} for one in sources], "check", "--json")
        return done.returncode, [one for one in json.loads(done.stdout) if one["check"].startswith("source ")]

    assert check(ORDERS) == (
        0,
        [
            {
                "check": "source orders",
                "state": "ok",
                "detail": "shop.fraud_scores, features: amount, country, age",
                "mend": "",
            }
        ],
    )
    name = str(conninfo_to_dict(reader_dsn)["user"])
    user = sql.Identifier(name)
    shop.owner.execute(sql.SQL("REVOKE SELECT ON shop.fraud_scores FROM {}").format(user))
    shop.owner.execute(sql.SQL("GRANT SELECT (scored_at, amount) ON shop.fraud_scores TO {}").format(user))
    code, [found] = check(ORDERS)
    assert (code, found["detail"]) == (1, "permission denied for table fraud_scores")
    assert found["mend"] == (
        f"run as its owner: GRANT USAGE ON SCHEMA shop TO {name}; GRANT SELECT ON shop.fraud_scores TO {name}"
    )
    shop.owner.execute(sql.SQL("GRANT SELECT ON shop.fraud_scores TO {}").format(user))
    shop.owner.execute("DROP INDEX shop.fraud_scores_scored_at_idx")
    query = {"name": "some", "model": "b", "time": "at", "query": "SELECT scored_at AS at FROM shop.fraud_scores"}
    code, several = check(ORDERS, query, {**ORDERS, "name": "third", "model": "c", "latency_ms": "country"})
    assert code == 1
    assert [(one["check"], one["state"], one["mend"]) for one in several] == [
        ("source orders", "ok", ""),
        (
            "source orders",
            "warning",
            "run as its owner: CREATE INDEX ON shop.fraud_scores (scored_at)",
        ),
        ("source some", "ok", ""),
        ("source third", "failed", ""),
    ]
    assert several[2]["detail"] == "its query, no features"
