"""What every registered detector promises, whatever it looks for."""

from __future__ import annotations

import json
import math
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgauge.concept.change import Change, Direction, Level
from driftgauge.concept.detector import LARGEST, Input
from driftgauge.concept.registry import DETECTORS, AnyDetector, AnyKind, resume
from driftgauge.model.bins import FloatArray

every_detector = pytest.mark.parametrize("kind", DETECTORS.values(), ids=list(DETECTORS))

SEEDS: Final = st.integers(0, 2**32)
SKIPPED: Final = [math.nan, math.inf, -math.inf, 1.1 * LARGEST, -2.0 * LARGEST]


def stream(kind: AnyKind, seed: int, *, part: int = 120) -> FloatArray:
    """Four parts, each with a level of its own, of what the detector takes."""
    rng = np.random.default_rng(seed)
    levels = rng.random(4).repeat(part)
    if kind.takes is Input.NUMBERS:
        return rng.normal(10 * levels, 1)
    if kind.takes is Input.SHARES:
        return np.clip(rng.normal(levels, 0.1), 0, 1)
    return (rng.random(levels.size) < levels).astype(np.float64)


def quick(kind: AnyKind) -> AnyDetector:
    """A detector that finds much in little, both ways where it can."""
    given = {
        "adwin": {"clock": 7, "delta": 0.1},
        "page_hinkley": {"threshold": 10.0},
        "kswin": {"window": 40, "newest": 12, "alpha": 0.02, "seed": 5},
        "hddm_a": {"down": True, "drift": 0.05, "warning": 0.2},
        "hddm_w": {"down": True, "drift": 0.05, "warning": 0.2},
        "eddm": {"warm_up": 10},
    }
    return kind.start(given.get(kind.name))


def moved(changes: tuple[Change, ...], by: int) -> list[tuple[int, Level, Direction, float]]:
    return [(change.index + by, change.level, change.direction, change.statistic) for change in changes]


@every_detector
@given(seed=SEEDS)
@settings(max_examples=3)
def test_put_away_after_any_value_and_resumed_it_goes_on_as_if_nothing_had_been(kind: AnyKind, seed: int) -> None:
    values = stream(kind, seed)
    whole = quick(kind)
    changes = whole.update(values)
    running = quick(kind)
    for place in range(len(values) + 1):
        text = json.dumps(running.state(), allow_nan=False)
        if place % 7 == 0:
            again = resume(json.loads(text))
            assert again.state() == running.state()
            later = moved(again.update(values[place:]), place)
            assert later == [change for change in moved(changes, 0) if change[0] >= place]
            assert again.state() == whole.state()
        running = resume(json.loads(text))
        running.update(values[place : place + 1])
    assert running.state() == whole.state()


@every_detector
@given(seed=SEEDS, data=st.data())
@settings(max_examples=20)
def test_however_a_stream_is_cut_the_changes_are_the_same(kind: AnyKind, seed: int, data: st.DataObject) -> None:
    values = stream(kind, seed)
    whole, cut = quick(kind), quick(kind)
    changes = moved(whole.update(values), 0)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=12)))
    found: list[tuple[int, Level, Direction, float]] = []
    for start, stop in zip([0, *cuts], [*cuts, len(values)], strict=True):
        found += moved(cut.update(values[start:stop]), start)
    assert found == changes
    assert cut.state() == whole.state()


@every_detector
def test_quick_ones_find_changes_of_all_their_kinds(kind: AnyKind) -> None:
    changes = [change for seed in range(20) for change in quick(kind).update(stream(kind, seed))]
    assert {change.direction for change in changes} == set(kind.directions)
    assert {change.level for change in changes} == {Level.DRIFT} | ({Level.WARNING} if kind.warns else set())


@every_detector
@given(seed=SEEDS, data=st.data())
@settings(max_examples=20)
def test_what_is_no_number_is_skipped_and_counted(kind: AnyKind, seed: int, data: st.DataObject) -> None:
    values = stream(kind, seed)
    places = data.draw(st.lists(st.integers(0, len(values)), min_size=1, max_size=30).map(sorted))
    bad = data.draw(st.lists(st.sampled_from(SKIPPED), min_size=len(places), max_size=len(places)))
    plain, holey = quick(kind), quick(kind)
    changes = moved(plain.update(values), 0)
    kept = np.flatnonzero(np.abs(np.insert(values, places, bad)) <= LARGEST)
    found = holey.update(np.insert(values, places, bad))
    assert moved(found, 0) == [(int(kept[index]), *rest) for index, *rest in changes]
    assert (holey.seen, holey.skipped) == (len(values), len(places))
    assert holey.state() == {**plain.state(), "skipped": len(places)}


@every_detector
def test_values_of_another_range_are_refused_and_nothing_is_taken(kind: AnyKind) -> None:
    detector = quick(kind)
    detector.update([0.0, 1.0, 1.0])
    before = detector.state()
    with pytest.raises(ValueError, match="values must have one dimension, not 2"):
        detector.update([[0.0, 1.0]])
    if kind.takes is Input.NUMBERS:
        detector.update([-7.0, 1e99])
        return
    with pytest.raises(ValueError, match=rf"^{kind.name} takes .*, not 1\.5$"):
        detector.update([0.0, math.nan, 1.5])
    with pytest.raises(ValueError, match="not -1"):
        detector.update([1, 0, -1])
    if kind.takes is Input.ERRORS:
        with pytest.raises(ValueError, match=rf"{kind.name} takes 0 or 1, not 0\.5"):
            detector.update([0.5])
    assert detector.state() == before


@every_detector
def test_integers_and_booleans_count_as_numbers(kind: AnyKind) -> None:
    bits = np.random.default_rng(1).random(500) < np.repeat([0.1, 0.9], 250)
    found = [quick(kind).update(values) for values in (bits, bits.astype(np.int64), bits.astype(float).tolist())]
    assert found[0] == found[1] == found[2]


@every_detector
def test_nothing_is_found_in_nothing(kind: AnyKind) -> None:
    detector = kind.start()
    before = detector.state()
    assert detector.update([]) == ()
    assert detector.score == 0
    assert detector.state() == before


@every_detector
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_constant_never_drifts(kind: AnyKind, value: float) -> None:
    detector = quick(kind)
    assert detector.update(np.full(3000, value)) == ()
    assert detector.score == pytest.approx(0, abs=0.05)


@every_detector
@given(seed=SEEDS)
@settings(max_examples=10)
def test_the_score_is_below_one_until_a_drift_is_told(kind: AnyKind, seed: int) -> None:
    detector = quick(kind)
    for value in stream(kind, seed):
        changes = detector.update([value])
        assert math.isfinite(detector.score)
        assert 0 <= detector.score <= 1
        for change in changes:
            assert change.index == 0
            assert change.threshold > 0
            assert change.score == change.statistic / change.threshold
            assert (change.score >= 1 - 1e-12) == (change.level is Level.DRIFT)
            assert change.direction in kind.directions


@every_detector
def test_the_state_stays_small_and_what_is_told_is_plain(kind: AnyKind) -> None:
    detector = kind.start()
    values = np.random.default_rng(2).random(50_000)
    values = values if kind.takes is not Input.ERRORS else np.round(values)
    changes = detector.update(values)
    assert len(json.dumps(detector.state())) < 6_000
    for change in changes:
        assert type(change.index) is int
        assert {type(change.statistic), type(change.threshold)} == {float}
        assert {type(change.reference_mean), type(change.current_mean)} <= {float, type(None)}


@every_detector
def test_a_mean_that_moves_is_told_with_its_direction_and_the_means_where_they_are_kept(kind: AnyKind) -> None:
    rng = np.random.default_rng(9)
    levels = np.repeat([0.2, 0.8], 400)
    values = (rng.random(800) < levels).astype(float)
    drift = next(change for change in quick(kind).update(values) if change.index >= 400 and change.level is Level.DRIFT)
    assert drift.index < 500
    assert drift.direction is Direction.UP
    if drift.reference_mean is not None:
        assert drift.reference_mean == pytest.approx(0.2, abs=0.2)
    if drift.current_mean is not None:
        assert drift.current_mean > (drift.reference_mean or 0)


@every_detector
def test_a_state_of_another_or_of_none_is_refused(kind: AnyKind) -> None:
    state = kind.start().state()
    with pytest.raises(ValueError, match=rf"this is a state of 'other', not of '{kind.name}'"):
        kind.resume({**state, "detector": "other"})
    with pytest.raises(ValueError, match="this is the state of no detector: 'other'"):
        resume({**state, "detector": "other"})
    for broken in ({**state, "memory": {"other": 1}}, {"detector": kind.name}):
        with pytest.raises(ValueError, match=rf"this is no state of {kind.name}: "):
            kind.resume(broken)
    with pytest.raises(ValueError, match="other: unknown"):
        kind.resume({**state, "parameters": {"other": 1}})


@every_detector
def test_it_goes_on_unless_it_is_to_be_set_otherwise(kind: AnyKind) -> None:
    detector = kind.follow(None)
    assert detector.state() == kind.start().state()
    detector.update([0.0, 1.0, 0.0])
    assert kind.follow(detector.state()).state() == detector.state()
    assert kind.follow(quick(kind).state()).state() == kind.start().state()


@every_detector
def test_a_resumed_detector_leaves_the_state_alone(kind: AnyKind) -> None:
    detector = quick(kind)
    detector.update(stream(kind, 1)[:50])
    state = detector.state()
    text = json.dumps(state)
    kind.resume(state).update(stream(kind, 2))
    detector.update(stream(kind, 3))
    assert json.dumps(state) == text
