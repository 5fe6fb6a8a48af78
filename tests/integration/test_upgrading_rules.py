"""Rules that were there before migration 32 go on: what they wait for has not begun anew."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import psycopg

from driftgauge.resources import bundled
from driftgauge.store.migrations import known_migrations, migrate

if TYPE_CHECKING:
    from pathlib import Path

BEFORE: Final = 31
OLD: Final = """
SET search_path = driftgauge;
INSERT INTO alert_rules (model_name, alert_type, severity, condition, created_at)
VALUES ('churn', 'own', 'info', '{"type": "drift_detected", "for": "1d"}', now() - INTERVAL '9 days');
INSERT INTO alert_rule_states (rule_id, version, condition, wait, holds, value, holding_since, evaluated_at)
SELECT id, '1', condition, INTERVAL '1 day', TRUE, 1, now() - INTERVAL '23 hours', now() FROM alert_rules;
ALTER TABLE alert_rules DISABLE TRIGGER alert_rules_say_something;
INSERT INTO alert_rules (model_name, alert_type, severity, condition) VALUES ('churn', '', 'info', '{}');
ALTER TABLE alert_rules ENABLE TRIGGER alert_rules_say_something;
"""


def test_a_rule_waits_on_across_the_migration_and_a_broken_one_stops_it_not(
    empty_database: str, tmp_path: Path
) -> None:
    for migration in known_migrations()[:BEFORE]:
        name = f"{migration.version:04d}_{migration.name}.sql"
        shutil.copy(bundled("sql") / "migrations" / name, tmp_path / name)
    migrate(empty_database, directory=tmp_path)
    with psycopg.connect(empty_database) as connection:
        connection.execute(OLD.encode())
    migrate(empty_database)
    with psycopg.connect(empty_database, options="-c search_path=driftgauge") as connection:
        rules = connection.execute(
            "SELECT rule_id, state, holding_since < now() - interval '22 hours', in_force_since = created_at"
            " FROM alert_rule_list ORDER BY rule_id"
        ).fetchall()
    assert rules == [(1, "unevaluated", True, True), (2, "broken", None, True)]
