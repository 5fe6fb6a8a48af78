"""What a scrape costs: rendering the snapshot once a cycle, and the bytes that are then sent."""

from __future__ import annotations

import time
from typing import Final

from driftgauge.bench.plan import Plan
from driftgauge.bench.timing import seconds
from driftgauge.costs.figures import ScrapeCost
from driftgauge.costs.spread import spread
from driftgauge.exposition.samples import Sample
from driftgauge.exposition.snapshot import Renderer, Snapshot

FAMILY: Final = "ml_feature_drift_score"
FEATURES_A_MODEL, TESTS_A_FEATURE = 25, 4


def measure_scrape(series: int, plan: Plan) -> ScrapeCost:
    """Render so many series of models with 25 features and four tests each."""
    samples = [_sample(number, series) for number in range(series)]
    renderer = Renderer()
    made: list[Snapshot] = []

    def render() -> None:
        made[:] = [renderer.render(samples, max_series=2 * series, created_at=time.time())]

    render()
    milliseconds = spread(seconds(render) * 1000 for _ in range(plan.rounds_of(series)))
    return ScrapeCost(
        series=series, milliseconds=milliseconds, size=len(made[0].openmetrics), gzip_size=len(made[0].openmetrics_gzip)
    )


def _sample(number: int, series: int) -> Sample:
    feature, test = divmod(number, TESTS_A_FEATURE)
    model = feature // FEATURES_A_MODEL
    labels = (f"model-{model}", "1", "production", f"feature-{feature % FEATURES_A_MODEL}", f"test-{test}")
    return Sample(FAMILY, labels, number / series)
