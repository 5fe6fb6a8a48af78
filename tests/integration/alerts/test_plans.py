"""A long history costs no notice, look or list: each finds its rows by an index."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from integration.plans import explain, nodes, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

ROWS: Final = 40_000
FILL: Final = """
INSERT INTO model_alerts (
    fingerprint, model_name, version, environment, alert_type, severity, message, triggered_at, resolved, resolved_at,
    resolution
)
SELECT
    lpad(to_hex(number % 500), 16, '0'), 'model ' || number % 100, '1', 'production', 'FeatureDrift', 'warning', '', at,
    number > 400, CASE WHEN number > 400 THEN at + interval '1 minute' END,
    CASE WHEN number > 400 THEN 'alertmanager' END
FROM generate_series(1, 40000) AS number, LATERAL (SELECT now() - number * interval '3 minutes' AS at) AS moment
"""
NOW: Final = datetime.now(UTC)
ONE: Final = {"fingerprint": f"{7:016x}", "starts_at": NOW}
LIVE: Final = {"fingerprints": [f"{number:016x}" for number in range(20)], "begun": [NOW] * 20}
QUERIES: Final[dict[str, dict[str, Any]]] = {
    "alerts/end_earlier": ONE | {"apart": timedelta(minutes=5)},
    "alerts/end_told": ONE | {"ended_at": NOW},
    "alerts/record": ONE
    | dict.fromkeys(("model_name", "version", "environment", "alert_type", "message", "generator_url"), "")
    | {"severity": "info", "labels": "{}", "annotations": "{}", "value": None, "threshold": None, "ended_at": None},
    "alerts/find_unknown": LIVE,
    "alerts/end_absent": LIVE | {"before": NOW, "apart": timedelta(minutes=5)},
    "alerts/reopen": LIVE | {"before": NOW},
    "alerts/mark_suppressed": {"fingerprints": LIVE["fingerprints"], "suppressed": [True] * 20},
    "alerts/read_silenced": {},
    "alerts/hand_over_silence": {"id": 7, "silence_id": "4711"},
    "alerts/count_active": {},
    "alerts/read_unacknowledged": {"excepted": "AlertUnacknowledged", "rows": 1_000},
    "alerts/list_open": {"model_name": None, "rows": 100},
    "alerts/list_all": {"model_name": None, "rows": 100},
    "alerts/lock_alert": {"id": 7},
    "alerts/find_missing": {"ids": [1, 50_000]},
    "rules/raise": dict.fromkeys(("model_name", "version", "environment", "alert_type", "message"), "")
    | {"severity": "info", "labels": "{}", "details": "{}", "value": None, "rule_id": "7"},
    "rules/end_orphans": dict.fromkeys(("model_name", "version", "environment")),
    "rules/resolve": dict.fromkeys(("model_name", "version", "environment"), "") | {"rule_id": "7"},
}


@pytest.fixture(scope="module")
def long_history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Forty thousand alerts, of which four hundred fire."""
    name = "driftgauge_alert_plans"
    cluster.copy(template, name)
    with psycopg.connect(cluster.at(name), options="-c search_path=driftgauge", autocommit=True) as connection:
        connection.execute(FILL)
        connection.execute("VACUUM ANALYZE")
        yield connection
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_reads_the_history_from_end_to_end(long_history: psycopg.Connection, name: str) -> None:
    plan = explain(long_history, name, **QUERIES[name])
    assert scanned(long_history, plan, least=ROWS // 2) <= _by_partial_index(plan)


@pytest.mark.parametrize("name", ["alerts/list_open", "alerts/list_all"])
def test_the_alerts_of_one_model_are_found_by_its_name(long_history: psycopg.Connection, name: str) -> None:
    plan = explain(long_history, name, model_name="model 7", rows=100)
    assert scanned(long_history, plan, least=ROWS // 2) <= _by_partial_index(plan)


def _by_partial_index(plan: dict[str, Any]) -> set[str]:
    """Return the table if it is only read through an index of what fires, or of what is silenced, alone."""
    names = {"model_alerts_active", "model_alerts_silenced"}
    read = [part for part in nodes(plan) if part.get("Relation Name") == "model_alerts"]
    return {"model_alerts"} if all(part.get("Index Name") in names for part in read) else set()
