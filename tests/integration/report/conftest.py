"""A model that drifted and degraded, as the real jobs leave it."""

from __future__ import annotations

import pytest

from integration.jobs.conftest import shifted, stage
from integration.jobs.performance_stage import Cohorts, classified
from integration.jobs.stage import Stage

__all__ = ["served", "shifted", "stage"]
DAYS = 12


@pytest.fixture
def served(shifted: Stage) -> Stage:
    """Age and plan of churn have shifted, and since three days it is right less often."""
    shifted.drift_job().run()
    cohorts = Cohorts(stage=shifted)
    found = {days: classified(seed=days, right=0.7 if days < 5 else 0.9) for days in range(DAYS, -1, -1)}
    cohorts.add_days(cohorts.register(), found)
    cohorts.job().run()
    return shifted
