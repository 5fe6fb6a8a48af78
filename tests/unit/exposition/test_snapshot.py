from __future__ import annotations

import gzip
import math
from collections.abc import Callable, Iterable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as parse_text

from driftgauge.exposition import packing
from driftgauge.exposition.encode import openmetrics_header
from driftgauge.exposition.family import MetricKind
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.exposition.samples import AnySample, HistogramSample, Sample
from driftgauge.exposition.snapshot import DropReason, Renderer, Snapshot

MODEL = ("fraud", "1", "prod")
SCORE = "ml_feature_drift_score"
PREDICTIONS = "ml_predictions_total"
LATENCY = "ml_prediction_latency_seconds"
parse_openmetrics = cast("Callable[[str], Iterable[Metric]]", openmetrics_parser.text_string_to_metric_families)  # pyright: ignore[reportUnknownMemberType] - untyped there
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def render(samples: Iterable[AnySample], *, max_series: int = 1000, renderer: Renderer | None = None) -> Snapshot:
    return (renderer or Renderer()).render(samples, max_series=max_series, created_at=0.0)


def parsed(snapshot: Snapshot) -> Series:
    """Parse both formats with the library, and return the one set of series that both hold."""
    found: list[Series] = []
    for parse, body in ((parse_openmetrics, snapshot.openmetrics), (parse_text, snapshot.text)):
        samples = [sample for family in parse(body.decode()) for sample in family.samples]
        series = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
        assert len(series) == len(samples) == snapshot.series
        found.append(series)
    assert found[0] == found[1]
    assert gzip.decompress(snapshot.openmetrics_gzip) == snapshot.openmetrics
    assert gzip.decompress(snapshot.text_gzip) == snapshot.text
    return found[0]


def value(series: Series, name: str, **labels: str) -> float | None:
    return series.get((name, frozenset(labels.items())))


def by_name(series: Series, name: str) -> dict[str, float]:
    """Return a family's values by the value of its last label."""
    labels = INVENTORY[name].labels
    return {dict(pairs)[labels[-1]]: number for (found, pairs), number in series.items() if found == name}


def score(feature: str, number: float = 0.5) -> Sample:
    return Sample(SCORE, (*MODEL, feature, "ks"), number)


def predictions(status: str, number: float, model: str = "fraud") -> Sample:
    return Sample(PREDICTIONS, (model, "1", "prod", status), number)


def test_pieces_of_a_family_are_one_family(monkeypatch: pytest.MonkeyPatch) -> None:
    samples: list[AnySample] = [score(f"feature {number}", number / 7) for number in range(7)]
    whole = render(samples)
    for at_once in (1, 2, 7):
        monkeypatch.setattr(packing, "LINES_AT_ONCE", at_once)
        in_pieces = render(samples)
        assert (in_pieces.text, in_pieces.openmetrics) == (whole.text, whole.openmetrics)
        assert parsed(in_pieces) == parsed(whole)


def test_every_family_is_rendered_and_parsed_back() -> None:
    samples: list[AnySample] = []
    own = ("driftgauge_series", "driftgauge_series_dropped_total", "driftgauge_label_values_sanitised_total")
    for family in INVENTORY.values():
        labels = tuple(f"{label} 1" for label in family.labels)
        if family.kind is MetricKind.HISTOGRAM:
            samples.append(HistogramSample(family.name, labels, (0.1, 1.0), (3, 2, 1), 4.5))
        elif family.name not in own:
            samples.append(Sample(family.name, labels, 1.0))
    snapshot = render(samples)
    series = parsed(snapshot)
    for sample in samples:
        if isinstance(sample, Sample):
            labels = dict(zip(INVENTORY[sample.family].labels, sample.labels, strict=True))
            assert value(series, sample.family, **labels) == 1
    assert value(series, "driftgauge_series") == len(series)
    types = [line.split()[2] for line in snapshot.text.decode().splitlines() if line.startswith("# TYPE")]
    assert types == list(INVENTORY)


def test_nothing_at_all_renders_as_a_legal_exposition() -> None:
    snapshot = render([])
    assert parsed(snapshot) == {
        ("driftgauge_series", frozenset()): 2,
        ("driftgauge_label_values_sanitised_total", frozenset()): 0,
    }
    assert snapshot.openmetrics.endswith(b"# EOF\n")
    assert b"# EOF" not in snapshot.text


def test_histogram_buckets_are_cumulative_with_count_and_sum() -> None:
    series = parsed(render([HistogramSample(LATENCY, MODEL, (0.005, 1.0), (3, 2, 1), 7.25)]))
    labels = {"model": "fraud", "version": "1", "environment": "prod"}
    assert [value(series, f"{LATENCY}_bucket", **labels, le=le) for le in ("0.005", "1.0", "+Inf")] == [3, 5, 6]
    assert value(series, f"{LATENCY}_count", **labels) == 6
    assert value(series, f"{LATENCY}_sum", **labels) == 7.25


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec=None), max_size=200), st.text(st.characters(codec=None)), st.floats(width=64)
        ),
        max_size=20,
    )
)
def test_hostile_labels_and_values_never_break_the_exposition(rows: list[tuple[str, str, float]]) -> None:
    samples = [Sample(SCORE, (model, "1", "prod", feature, "ks"), number) for model, feature, number in rows]
    snapshot = render(samples)
    shown = sum(name == SCORE for name, _ in parsed(snapshot))
    assert shown + sum(snapshot.dropped.values()) == len(samples)


def test_values_that_are_not_finite_are_left_out_and_counted() -> None:
    snapshot = render([score("a", math.nan), score("b", math.inf), score("c", -math.inf), score("d", 0.25)])
    series = parsed(snapshot)
    assert by_name(series, "driftgauge_series_dropped_total") == {SCORE: 3}
    assert value(series, SCORE, model="fraud", version="1", environment="prod", feature="d", test="ks") == 0.25
    assert snapshot.dropped == {(SCORE, DropReason.VALUE): 3}


def test_a_negative_counter_is_left_out_and_counted() -> None:
    snapshot = render([predictions("ok", -1.0)])
    parsed(snapshot)
    assert snapshot.dropped == {(PREDICTIONS, DropReason.VALUE): 1}


def test_the_first_of_two_equal_series_stays() -> None:
    long = "x" * 200
    snapshot = render([score("a", 1.0), score("a", 2.0), score(long, 3.0), score(long, 4.0), score("b", 5.0)])
    assert sorted(number for (name, _), number in parsed(snapshot).items() if name == SCORE) == [1.0, 3.0, 5.0]
    assert snapshot.dropped == {(SCORE, DropReason.DUPLICATE): 2}


def test_series_beyond_the_limit_are_left_out_and_counted_for_each_snapshot() -> None:
    renderer = Renderer()
    samples = [score(f"f{number}") for number in range(10)]
    for cycle in (1, 2):
        series = parsed(render(samples, max_series=4, renderer=renderer))
        assert sum(name == SCORE for name, _ in series) == 4
        assert by_name(series, "driftgauge_series_dropped_total") == {SCORE: 6 * cycle}


def test_a_family_that_lost_nothing_counts_from_zero() -> None:
    assert by_name(parsed(render([score("a")])), "driftgauge_series_dropped_total") == {SCORE: 0}


def test_a_histogram_is_shown_whole_or_not_at_all() -> None:
    samples = [HistogramSample(LATENCY, (f"m{i}", "1", "prod"), (1.0,), (1, 1), 2.0) for i in range(2)]
    series = parsed(render(samples, max_series=7))  # each takes 2 buckets, count and sum
    assert sum(name.startswith(LATENCY) for name, _ in series) == 4


def test_statuses_beyond_the_limit_are_added_up_as_other() -> None:
    snapshot = render([predictions(f"s{number}", 1.0) for number in range(10)], max_series=3)
    series = parsed(snapshot)
    assert by_name(series, PREDICTIONS) == {"s0": 1, "s1": 1, "s2": 1, "other": 7}
    assert snapshot.dropped == {(PREDICTIONS, DropReason.LIMIT): 7}


def test_a_status_called_other_is_part_of_the_rest() -> None:
    series = parsed(render([predictions("ok", 1.0), predictions("other", 2.0), predictions("x", 4.0)], max_series=1))
    assert by_name(series, PREDICTIONS) == {"ok": 1, "other": 6}


def test_folded_counters_never_fall_whatever_the_order_of_the_samples() -> None:
    renderer = Renderer()
    first = parsed(render([predictions("a", 5.0), predictions("b", 5.0)], max_series=1, renderer=renderer))
    later = [predictions("new", 1.0), predictions("b", 6.0), predictions("a", 6.0)]
    second = parsed(render(later, max_series=1, renderer=renderer))
    assert by_name(first, PREDICTIONS) == {"a": 5, "other": 5}
    assert by_name(second, PREDICTIONS) == {"a": 6, "other": 7}


def test_models_beyond_the_limit_are_not_folded_into_another_model() -> None:
    series = parsed(render([predictions("ok", 1.0), predictions("ok", 2.0, model="late")], max_series=1))
    assert by_name(series, PREDICTIONS) == {"ok": 1}


def test_changed_label_values_are_counted() -> None:
    renderer = Renderer()
    samples = [score("bad\x00"), Sample(SCORE, (*MODEL, "bad\x00", "psi"), 0.1), score("fine")]
    for cycle in (1, 2):
        series = parsed(render(samples, renderer=renderer))
        assert value(series, "driftgauge_label_values_sanitised_total") == cycle


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (Sample("ml_nonsense", (), 1.0), "ml_nonsense is not in the inventory"),
        (Sample(SCORE, MODEL, 1.0), "ml_feature_drift_score has the labels"),
        (Sample(LATENCY, MODEL, 1.0), "is a histogram, got a Sample"),
        (HistogramSample("driftgauge_series", (), (1.0,), (1, 1), 1.0), "is a gauge, got a HistogramSample"),
        (HistogramSample(LATENCY, MODEL, (1.0,), (1,), 1.0), "a count for each and for"),
        (HistogramSample(LATENCY, MODEL, (2.0, 1.0), (1, 1, 1), 1.0), "needs rising bounds"),
        (HistogramSample(LATENCY, MODEL, (-1.0, 1.0), (1, 1, 1), 1.0), "needs rising bounds"),
    ],
)
def test_a_sample_that_does_not_fit_the_inventory_is_refused(sample: AnySample, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render([sample])


def test_help_is_escaped() -> None:
    family = INVENTORY["driftgauge_series"]
    hostile = type(family)(name=family.name, kind=family.kind, help='one\ntwo "three" \\four')
    assert openmetrics_header(hostile).startswith('# HELP driftgauge_series one\\ntwo \\"three\\" \\\\four\n# TYPE')
