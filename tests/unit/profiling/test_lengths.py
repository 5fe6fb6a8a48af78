"""Free text is watched by its length, everything else by its categories."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from driftgauge.drift.registry import TESTS
from driftgauge.model.bins import BinLayout, CategoricalBins, FeatureKind, NumericBins
from driftgauge.model.profile import ModelProfile, NumericProfile
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.documents import infer_kinds, read_documents
from driftgauge.profiling.fitting import fit_layout
from driftgauge.profiling.lengths import LEAST_DISTINCT, is_free_text, lengths_of
from driftgauge.profiling.source import ColumnSource, profile_source
from driftgauge.store.profile_codec import decode_layout, encode_layout


def comments(rows: int, *, longest: int = 200, seed: int = 1) -> list[str]:
    """Different texts of 20 to `longest` characters."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(20, longest, rows)
    return [f"{seed} {place:08}".ljust(size, "x")[:size] for place, size in enumerate(sizes.tolist())]


def frozen(texts: list[str]) -> BinLayout:
    return fit_layout([FeatureBatch(rows=len(texts), categories={"note": Counter(texts)})])


def length(profile: ModelProfile) -> NumericProfile:
    found = profile.feature("note.length")
    assert isinstance(found, NumericProfile)
    return found


def test_free_text_becomes_its_length() -> None:
    texts = comments(3_000)
    layout = frozen(texts)
    bins = layout.features["note.length"]
    assert list(layout.features) == ["note.length"]
    assert isinstance(bins, NumericBins)
    assert (bins.length_of, layout.kinds) == ("note", {"note": FeatureKind.CATEGORICAL})
    assert bins.center == pytest.approx(np.mean([len(text) for text in texts]))


@pytest.mark.parametrize(
    ("counts", "free"),
    [
        (Counter(map(str, range(LEAST_DISTINCT))), False),
        (Counter(map(str, range(LEAST_DISTINCT + 1))), True),
        (Counter({str(place): 2 for place in range(5_000)}), False),
        (Counter({str(place): 1 + place % 2 for place in range(5_000)}), True),
        (Counter[str](), False),
    ],
)
def test_many_values_that_hardly_repeat_are_text(counts: Counter[str], free: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_free_text(counts) is free


def test_categories_stay_categories() -> None:
    layout = frozen(["free", "pro"] * 900)
    assert isinstance(layout.features["note"], CategoricalBins)


def test_rows_are_counted_by_length_whatever_lacks_or_is_no_text() -> None:
    layout = frozen(comments(3_000))
    rows = [{"note": "a" * 30}, {"note": "a" * 31}, {"note": None}, {}, {"note": ["a"]}, {"note": ""}]
    found = length(profile_batch(layout, read_documents(rows, layout.kinds)))
    assert (found.n, found.missing, found.invalid, found.rows) == (3, 2, 1, 6)
    assert (found.minimum, found.maximum, found.mean) == (0, 31, pytest.approx(61 / 3))
    assert length(profile_batch(layout, FeatureBatch(rows=4))).missing == 4


def test_a_name_that_is_taken_leaves_the_text_its_categories() -> None:
    texts = comments(3_000)
    batch = FeatureBatch(rows=3_000, numeric={"note.length": np.arange(3_000.0)}, categories={"note": Counter(texts)})
    layout = fit_layout([batch])
    assert isinstance(layout.features["note"], CategoricalBins)
    assert layout.features["note.length"].kind is FeatureKind.NUMERIC
    assert profile_batch(layout, batch).feature("note.length").n == 3_000


def test_a_source_with_such_a_name_is_frozen_all_the_same() -> None:
    texts = comments(3_000)
    batch = FeatureBatch(rows=3_000, numeric={"note.length": np.arange(3_000.0)}, categories={"note": Counter(texts)})
    source = ColumnSource(kinds=batch.kinds, left_out={}, read=lambda _: iter([batch]))
    frozen = profile_source(source, batch.kinds).layout
    assert {name: bins.kind for name, bins in frozen.features.items()} == {
        "note": FeatureKind.CATEGORICAL,
        "note.length": FeatureKind.NUMERIC,
    }


def test_parts_add_up() -> None:
    texts = comments(3_000)
    layout = frozen(texts)
    whole = profile_batch(layout, FeatureBatch(rows=3_000, categories={"note": Counter(texts)}))
    parts = [
        profile_batch(layout, FeatureBatch(rows=1_000, categories={"note": Counter(texts[start : start + 1_000])}))
        for start in range(0, 3_000, 1_000)
    ]
    merged = ModelProfile.merged(layout, parts)
    assert merged.counts.tolist() == whole.counts.tolist()
    assert merged.sums == pytest.approx(whole.sums)


def test_it_comes_back_from_the_database() -> None:
    layout = frozen(comments(3_000))
    back = decode_layout(json.loads(encode_layout(layout)))
    assert back.kinds == layout.kinds
    again = back.features["note.length"]
    assert isinstance(again, NumericBins)
    assert again.length_of == "note"


def test_text_that_is_cut_off_moves_its_length() -> None:
    layout = frozen(comments(3_000))
    whole, cut = [{"note": text} for text in comments(500, seed=2)], [{"note": text[:25]} for text in comments(500)]
    assert infer_kinds(cut) == {"note": FeatureKind.CATEGORICAL}
    before, after, now = (
        length(profile_batch(layout, read_documents(rows, layout.kinds)))
        for rows in ([{"note": text} for text in comments(3_000)], whole, cut)
    )
    assert TESTS["ks"].measure(before, after).score < 0.1
    assert TESTS["ks"].measure(before, now).score > 0.9


def test_lengths_are_of_characters() -> None:
    assert lengths_of(Counter({"naïve": 1, "日本": 2}), 3).tolist() == [5, 2, 2]
