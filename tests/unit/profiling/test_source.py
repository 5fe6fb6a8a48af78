from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from driftgauge.model.bins import FeatureKind, NumericBins
from driftgauge.model.profile import ModelProfile
from driftgauge.profiling import source as source_module
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from driftgauge.profiling.source import ColumnSource, profile_source


def batches(rows: int, count: int) -> list[FeatureBatch]:
    """Batches of numbers with gaps and infinities, and of categories."""
    rng = np.random.default_rng(7)
    made: list[FeatureBatch] = []
    for _ in range(count):
        numbers = rng.normal(size=rows)
        numbers[:3] = (math.nan, math.inf, 1e200)
        codes = rng.integers(0, 5, rows).astype(np.float64)
        plans = Counter(str(plan) for plan in rng.choice(["a", "b", "c"], rows - 2))
        made.append(
            FeatureBatch(
                rows=rows,
                numeric={"x": numbers, "code": codes},
                categories={"plan": plans},
                invalid={"plan": 1, "x": 1},
            )
        )
    return made


class Counted:
    """A source that counts how often it is read."""

    def __init__(self, parts: list[FeatureBatch]) -> None:
        self.parts = parts
        self.readings = 0

    def read(self, kinds: Mapping[str, FeatureKind]) -> Iterator[FeatureBatch]:
        self.readings += 1
        for part in self.parts:
            yield FeatureBatch(
                rows=part.rows,
                numeric={name: values.copy() for name, values in part.numeric.items() if name in kinds},
                categories={name: values.copy() for name, values in part.categories.items() if name in kinds},
                invalid={name: count for name, count in part.invalid.items() if name in kinds},
            )

    @property
    def source(self) -> ColumnSource:
        return ColumnSource(kinds=self.parts[0].kinds if self.parts else {}, left_out={}, read=self.read)


def same(left: ModelProfile, right: ModelProfile) -> bool:
    return (
        left.rows == right.rows
        and np.array_equal(left.counts, right.counts)
        and np.array_equal(left.gaps, right.gaps)
        and np.allclose(left.sums, right.sums)
        and np.allclose(left.moments, right.moments)
    )


def test_a_source_is_profiled_as_its_batches_are() -> None:
    parts = batches(200, 5)
    counted, heard = Counted(parts), list[int]()
    found = profile_source(counted.source, counted.source.kinds, on_rows=heard.append)
    layout = fit_layout(parts)
    assert list(found.layout.features) == list(layout.features) == ["code", "plan", "x"]
    expected = ModelProfile.merged(layout, (profile_batch(layout, part) for part in parts))
    assert same(found.profile, expected)
    assert (heard, counted.readings) == ([200] * 5, 1)


def test_beyond_what_may_be_held_bins_come_from_a_sample_and_counts_from_every_row() -> None:
    parts = batches(1000, 40)
    counted = Counted(parts)
    found = profile_source(counted.source, counted.source.kinds, held_values=20_000)
    assert counted.readings == 2
    assert found.profile.rows == 40_000
    expected = ModelProfile.merged(found.layout, (profile_batch(found.layout, part) for part in parts))
    assert same(found.profile, expected)
    bins = found.layout.features["x"]
    assert isinstance(bins, NumericBins)
    counts = found.profile.feature("x").counts
    assert counts[0] == counts[-1] == 0  # the bins cover every value, those of no sample, too
    shares = counts[1:-1] / counts.sum()
    assert shares.max() < 3 / len(shares)
    again = profile_source(counted.source, counted.source.kinds, held_values=20_000)
    assert np.array_equal(again.profile.counts, found.profile.counts)


def test_a_column_of_ever_new_texts_is_an_identifier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "MOST_CATEGORIES", 10)
    parts = [
        FeatureBatch(
            rows=8,
            numeric={"x": np.arange(8.0)},
            categories={"id": Counter(f"{part}-{row}" for row in range(8)), "plan": Counter("aaaabbbb")},
        )
        for part in range(4)
    ]
    for held in (1000, 20):
        counted = Counted(parts)
        found = profile_source(counted.source, counted.source.kinds, held_values=held)
        assert found.identifiers == ("id",)
        assert list(found.layout.features) == ["plan", "x"]
        assert found.profile.feature("plan").counts[:2].tolist() == [16, 16]


def test_nothing_is_no_feature() -> None:
    counted = Counted([])
    empty = profile_source(counted.source, {})
    assert (empty.profile.rows, empty.layout.features) == (0, {})
    nothing = FeatureBatch(rows=2, numeric={"x": np.full(2, math.nan)}, categories={"y": Counter()})
    found = profile_source(Counted([nothing]).source, nothing.kinds)
    assert (found.profile.rows, found.layout.features) == (2, {})
