"""What is read from a source is judged as what services log, and judged again when late rows change it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from driftgauge.drift.two_sample import TwoSample
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.quality import QualityJob, QualityOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.verdict import Verdict
from integration.jobs.stage import judged_by
from integration.sources.shop import HOUR, KEY, ROLLUP, drain

if TYPE_CHECKING:
    from integration.sources.shop import Shop


def test_a_shift_in_the_table_is_drift_and_late_rows_are_judged_too(shop: Shop) -> None:
    shop.sell(1200, ago=9 * HOUR, over=3 * HOUR)
    shop.sell(400, ago=4 * HOUR, over=HOUR)
    lookback = 5 * HOUR
    drain(shop.job(lookback=lookback))
    Rollup(shop.database, ROLLUP, time.sleep).run()
    job = DriftJob(shop.database, TwoSample(), judged_by(window=5 * HOUR), HOUR)
    job.run()
    assert job.failures.problem is None
    first = job.standings[KEY]
    assert first.verdict is Verdict.STABLE
    shop.sell(600, ago=4 * HOUR, over=HOUR, amount=9_999, country="xx")
    drain(shop.job(lookback=lookback))
    job.run()
    second = job.standings[KEY]
    assert second.verdict is Verdict.DRIFTED
    assert second.rows == first.rows + 600
    assert set(second.drifted_features) >= {"amount", "country"}
    assert "age" not in second.drifted_features
    shop.owner.execute("DELETE FROM shop.fraud_scores WHERE country = 'xx'")
    drain(shop.job(lookback=lookback + timedelta(minutes=1)))
    job.run()
    assert job.standings[KEY].verdict is Verdict.STABLE
    assert shop.select("SELECT 1 FROM drift_alerts") == []


def test_of_a_sources_model_only_the_silence_is_checked(shop: Shop) -> None:
    shop.sell(1200, ago=9 * HOUR, over=9 * HOUR)
    drain(shop.job())
    Rollup(shop.database, ROLLUP, time.sleep).run()
    job = QualityJob(shop.database, QualityOptions(bucket=HOUR, alpha=0.01))
    job.run()
    assert job.failures.problem is None
    assert [row["check_name"] for row in shop.select("SELECT check_name FROM data_quality_results")] == ["staleness"]
