"""Features that part ways while each stays as it was: found by the error of their reconstruction alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from driftgauge.drift.calibrated import Calibrated
from driftgauge.jobs.options import FeatureOptions
from driftgauge.model.profile import NumericProfile
from driftgauge.model.projection import RECONSTRUCTION_ERROR
from driftgauge.store.profiles import read_window
from driftgauge.store.references import Layouts
from integration.jobs.stage import HOUR, KEY, Stage, judged_by, spread

if TYPE_CHECKING:
    from fixtures.columns import Column

REFERENCE, CURRENT = 2_000, 400


def together(rows: int, seed: int) -> dict[str, Column]:
    """Three features that follow one factor."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=rows)
    return {name: factor + 0.3 * rng.normal(size=rows) for name in ("income", "rent", "savings")}


def parted(rows: int, seed: int) -> dict[str, Column]:
    """The same features, each in an order of its own."""
    rng = np.random.default_rng(seed)
    return {name: rng.permutation(np.asarray(column)) for name, column in together(rows, seed).items()}


@pytest.fixture
def watching(stage: Stage) -> Stage:
    """An automatic reference with reconstruction errors, some hours ago."""
    watched = replace(stage.rollup, automatic_rows=REFERENCE, features_of_others=FeatureOptions(reconstructed=True))
    stage = replace(stage, rollup=watched)
    start = stage.border - 40 * HOUR
    stage.log(together(REFERENCE, seed=1), spread(start, start + 10 * HOUR, REFERENCE))
    stage.roll()
    return stage


def test_only_the_reconstruction_tells_that_features_parted_ways(watching: Stage) -> None:
    watching.log(parted(CURRENT, seed=2), spread(watching.border - 4 * HOUR, watching.border, CURRENT))
    watching.roll()
    for policy in (None, Calibrated()):
        job = watching.drift_job(judged_by(), policy=policy)
        job.run()
        assert job.standings[KEY].drifted_features == (RECONSTRUCTION_ERROR,)


def test_while_they_hang_together_nothing_drifts(watching: Stage) -> None:
    watching.log(together(CURRENT, seed=3), spread(watching.border - 4 * HOUR, watching.border, CURRENT))
    watching.roll()
    job = watching.drift_job(judged_by())
    job.run()
    assert job.standings[KEY].drifted_features == ()


def test_rolled_up_errors_equal_a_recount(watching: Stage) -> None:
    columns = parted(CURRENT, seed=4)
    times = spread(watching.border - 4 * HOUR, watching.border, CURRENT)
    for start in range(0, CURRENT, 90):
        part = {name: column[start : start + 90] for name, column in columns.items()}
        watching.log(part, times[start : start + 90])
        watching.roll()
    job = watching.drift_job(judged_by())
    job.run()
    standing = job.standings[KEY]
    with watching.database.transaction(read_only=True) as connection:
        layout = Layouts().of(connection, standing.reference.reference_id)
        reference_id = standing.reference.reference_id
        window = standing.window
        total = read_window(connection, layout, reference_id=reference_id, key=KEY, window=window).total
    bins = layout.features[RECONSTRUCTION_ERROR]
    projection = getattr(bins, "projection", None)
    assert projection is not None
    errors = projection.errors({name: np.asarray(column) for name, column in columns.items()}, CURRENT)
    made = total.feature(RECONSTRUCTION_ERROR)
    assert isinstance(made, NumericProfile)
    assert (made.n, made.minimum, made.maximum) == (CURRENT, errors.min(), errors.max())
    assert made.mean == pytest.approx(errors.mean())
