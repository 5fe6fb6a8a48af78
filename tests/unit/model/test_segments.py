"""Wholes are the sums of their parts, whichever parts there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.profile import ModelProfile
from driftgauge.model.segments import Part, with_wholes
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LAYOUT = fit_layout([FeatureBatch(rows=5, numeric={"age": np.arange(5.0)})])


def profile(values: list[float]) -> ModelProfile:
    return profile_batch(LAYOUT, FeatureBatch(rows=len(values), numeric={"age": np.array(values)}))


rows = st.dictionaries(
    st.builds(Part, st.sampled_from([NOON, NOON + timedelta(hours=1)]), st.sampled_from(["", "de", "fr"])),
    st.lists(st.integers(-1, 5).map(float), max_size=6),
)


@given(rows)
def test_a_whole_has_every_row_and_parts_stay(parts: dict[Part, list[float]]) -> None:
    found = with_wholes(LAYOUT, {part: profile(values) for part, values in parts.items()})
    assert found.keys() == parts.keys() | {Part(part.start) for part in parts}
    for part, have in found.items():
        values = [one for other, kept in parts.items() if part in (other, other.whole) for one in kept]
        want = profile(values)
        assert (have.rows, have.counts.tolist(), have.sums.tolist()) == (
            want.rows,
            want.counts.tolist(),
            want.sums.tolist(),
        )
        assert have.moments.tolist() == want.moments.tolist()


def test_a_whole_without_other_parts_is_kept_as_it_is() -> None:
    whole = profile([1.0])
    assert with_wholes(LAYOUT, {Part(NOON): whole})[Part(NOON)] is whole
