"""How fast attributions are rolled up: a million SHAP values of 25 features, in a Postgres of its own.

.venv/bin/python benchmarks/attributions.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psycopg

from driftgauge.embedded.postgres import EmbeddedPostgres
from driftgauge.jobs.attribution_counting import AttributionOptions
from driftgauge.jobs.attributions import AttributionRollup
from driftgauge.store.database import Database
from driftgauge.store.migrations import migrate

PREDICTIONS: Final = 40_000
FEATURES: Final = 25
LOG: Final = """
INSERT INTO shap_values (prediction_id, model_name, feature_name, shap_value, "timestamp")
SELECT md5(prediction::text)::uuid, 'churn', 'feature ' || feature, random() - 0.5,
    now() - make_interval(hours => 1 + prediction %% 20)
FROM generate_series(1, %s) AS prediction, generate_series(1, %s) AS feature
"""


def main() -> None:
    """Log, roll up, and print how long that took."""
    with tempfile.TemporaryDirectory() as directory, EmbeddedPostgres(Path(directory)) as postgres:
        migrate(postgres.dsn)
        with psycopg.connect(postgres.dsn, options="-c search_path=driftgauge", autocommit=True) as connection:
            connection.execute(LOG, (PREDICTIONS, FEATURES))
            connection.execute("VACUUM ANALYZE shap_values")
        database = Database(lambda: postgres.dsn, schema="driftgauge")
        rollup = AttributionRollup(database, "shap", AttributionOptions(), time.sleep)
        wall, cpu = time.perf_counter(), time.process_time()
        report = rollup.run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        database.close()
    sys.stdout.write(
        f"{report.rows:,} attributions of {FEATURES} features in {report.slices} slices: {wall:.1f} s, "
        f"{report.rows / wall:,.0f} a second; {cpu:.1f} CPU-seconds of the exporter\n"
    )


if __name__ == "__main__":
    main()
