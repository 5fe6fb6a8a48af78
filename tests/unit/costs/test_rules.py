"""Advice is drawn from figures: none where nothing is wrong, other advice for other figures, each figure named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.costs.advice import Advice
from driftgauge.costs.figures import Circumstances, Figures, OperationCost, QuestionCost, RowKind, Way
from driftgauge.costs.record import record
from driftgauge.costs.rules import RULES, advise
from driftgauge.costs.spread import spread
from fixtures.costs import around, judged, logging, rolled, sound

ORDINARY = Circumstances(expected_rate=500.0, expected_models=20, max_series=100_000)


def rules_of(figures: Figures, circumstances: Circumstances = ORDINARY) -> list[str]:
    return [advice.rule for advice in advise(figures, circumstances)]


def only(figures: Figures, circumstances: Circumstances = ORDINARY) -> Advice:
    [advice] = advise(figures, circumstances)
    return advice


def test_nothing_is_advised_where_nothing_is_wrong() -> None:
    assert advise(sound(), ORDINARY) == ()
    assert advise(sound(), Circumstances()) == ()
    assert advise(Figures(clock=sound().clock), ORDINARY) == (), "nor where nothing was measured"


def test_rows_that_were_dropped_are_told() -> None:
    found = sound()
    assert found.stream is not None
    advice = only(replace(found, stream=replace(found.stream, dropped=1_234, stored=98_766)))
    assert advice.rule == "lost_rows"
    assert "dropped 1,234 of 100,000 rows" in advice.text


def test_a_call_that_waits_is_told() -> None:
    advice = only(replace(sound(), logging=(logging(Way.CLIENT, 3.0, 2_500.0),)))
    assert advice.rule == "slow_call"
    assert "2.5 ms" in advice.text
    assert "3 µs" in advice.text


@pytest.mark.parametrize(("loss", "kept"), [(0.5, "11 %"), (0.2, "44 %")])
def test_of_a_heavy_operation_as_much_is_logged_as_costs_a_tenth(loss: float, kept: str) -> None:
    without = 1_000.0
    operation = OperationCost(
        operation="inference",
        unit="rows",
        without=around(without),
        logged=around(without * (1 - loss)),
        loss=around(loss),
    )
    advice = only(replace(sound(), operations=(operation,)))
    assert advice.rule == "heavy_operation"
    assert f"Log {kept} of the rows" in advice.text
    # the time that logging a row takes, and what the operation then loses by logging that share
    share, a_row = float(kept.removesuffix(" %")) / 100, 1 / (1 - loss) - 1
    assert 1 - 1 / (1 + share * a_row) == pytest.approx(0.1, abs=0.005)


def test_rounds_that_do_not_agree_on_a_loss_advise_nothing_of_it() -> None:
    [operation] = sound().operations
    restless = replace(operation, loss=spread((-0.2, 0.3, 0.4)))
    assert rules_of(replace(sound(), operations=(restless,))) == []


def test_a_typed_source_is_advised_where_documents_are_what_takes_the_time() -> None:
    slow = (rolled(RowKind.JSONB, 10_000, 0.8, 0.31, 0.4), rolled(RowKind.TYPED, 10_000, 0.089))
    advice = only(replace(sound(), rollup=slow))
    assert advice.rule == "typed_source"
    assert "71 % of the roll-up's time (31 % to read the rows, 40 % to parse documents)" in advice.text
    assert "12,500 rows/s" in advice.text
    assert "8.99 × as fast, at 112,000 rows/s" in advice.text
    little = (rolled(RowKind.JSONB, 10_000, 0.8, 0.1, 0.2), slow[1])
    assert rules_of(replace(sound(), rollup=little)) == [], "something else takes the time"
    alike = (slow[0], rolled(RowKind.TYPED, 10_000, 0.5))
    assert rules_of(replace(sound(), rollup=alike)) == [], "it would not be much faster"
    assert rules_of(replace(sound(), rollup=slow[:1])) == [], "nobody knows how fast it would be"
    unknown = (rolled(RowKind.JSONB, 10_000, 0.8), slow[1])
    assert rules_of(replace(sound(), rollup=unknown)) == []


@given(rate=st.floats(1, 1e6))
def test_sampling_is_advised_beyond_half_of_the_slowest_part(rate: float) -> None:
    advised = [one for one in advise(sound(), replace(ORDINARY, expected_rate=rate)) if one.rule == "sampling"]
    assert bool(advised) == (rate > 30_000), "one logger stores 60,000 rows/s, the roll-up takes 100,000"


def test_the_share_to_log_follows_the_rate_and_the_slowest_part() -> None:
    [advice, _] = advise(sound(), replace(ORDINARY, expected_rate=60_000.0))
    assert advice.rule == "sampling"
    assert "one logger stores 60,000 rows/s" in advice.text
    assert "Log 50 % of the predictions" in advice.text
    slow = replace(sound(), rollup=(rolled(RowKind.JSONB, 10_000, 10.0, 0.3, 0.1),))
    [advice] = advise(slow, replace(ORDINARY, expected_rate=800.0))
    assert "the roll-up takes 1,000 rows/s" in advice.text
    assert "Log 62 % of the predictions" in advice.text
    assert rules_of(replace(sound(), rollup=(), stream=None), replace(ORDINARY, expected_rate=1e6)) == []


def test_a_queue_that_a_short_outage_fills_is_told() -> None:
    advice = only(sound(), replace(ORDINARY, expected_rate=2_000.0))
    assert advice.rule == "small_queue"
    assert "full 25 s after" in advice.text
    assert "queue_rows=120_000" in advice.text
    assert rules_of(sound(), replace(ORDINARY, expected_rate=2_000.0, queue_rows=500_000)) == []


@pytest.mark.parametrize("kind", RowKind)
def test_a_roll_up_that_grows_faster_than_its_rows_is_told(kind: RowKind) -> None:
    steep = (rolled(kind, 1_000, 0.01), rolled(kind, 10_000, 0.1), rolled(kind, 100_000, 3.0))
    advice = only(replace(sound(), rollup=steep))
    assert advice.rule == "steep_rollup"
    assert f"{kind} rows" in advice.text
    assert "10,000 took 0.1 s, 100,000 took 3 s, by the power 1.48" in advice.text


def test_windows_whose_length_costs_are_told() -> None:
    long = (judged(1, 25, 1, 30.0), judged(1, 25, 720, 120.0), judged(3, 25, 24, 90.0))
    advice = only(replace(sound(), evaluation=long))
    assert advice.rule == "long_window"
    assert "720 h takes 4 × what one of 1 h takes (120 and 30 ms)" in advice.text
    busy = (judged(1, 25, 1, 30.0), replace(judged(1, 25, 720, 60.0), milliseconds=spread((33.0, 60.0, 60.0, 60.0))))
    assert rules_of(replace(sound(), evaluation=busy)) == [], "its quickest round was as quick"


def test_judging_that_does_not_fit_its_interval_is_told() -> None:
    advice = only(sound(), replace(ORDINARY, expected_models=2_000))
    assert advice.rule == "rare_judging"
    assert "2,000 models of 25 features take 60 s to judge, at 30 ms each, of the 60 s" in advice.text
    assert "Judge every 120 s" in advice.text
    assert rules_of(sound(), replace(ORDINARY, expected_models=2_000, drift_every=300.0)) == []


def test_a_limit_that_lets_too_many_series_through_is_told() -> None:
    advice = only(sound(), replace(ORDINARY, max_series=1_000_000))
    assert advice.rule == "many_series"
    assert "would take 3 s" in advice.text
    assert "5.9 MB a scrape" in advice.text
    assert "Lower it to 333,000" in advice.text


def test_a_question_that_somebody_waits_for_is_told() -> None:
    slow = QuestionCost(question="drift_trend", calls=50, answers=30, p50=around(700.0), p99=around(1_500.0))
    advice = only(replace(sound(), questions=(*sound().questions, slow)))
    assert advice.rule == "slow_answer"
    assert advice.text.startswith("drift_trend takes 1,500 ms")


def test_a_large_table_that_is_read_whole_needs_an_index() -> None:
    [table] = sound().tables
    advice = only(replace(sound(), tables=(replace(table, whole=True),)))
    assert advice.rule == "missing_index"
    assert "all of public.loans: 2,000,000 rows at a cost of 420" in advice.text
    assert "CREATE INDEX CONCURRENTLY ON public.loans (at)" in advice.text
    assert rules_of(replace(sound(), tables=(replace(table, whole=True, rows=500),))) == [], "a small one does not"


def test_figures_that_are_not_to_be_relied_on_are_told_the_least_steady_first() -> None:
    [first, *others] = sound().scrape
    restless = replace(first, milliseconds=spread((1.0, 3.0, 9.0)))
    client = replace(logging(Way.CLIENT, 3.0, 9.0), p50=spread((1.0, 3.0, 30.0)))
    found = replace(sound(), scrape=(restless, *others), logging=(client,))
    advice = only(found)
    assert advice.rule == "unsteady"
    assert "client (p50) (1 to 30), rendering 1,000 series (1 to 9): something else" in advice.text
    judging = tuple(replace(one, milliseconds=spread((1.0, 3.0, 9.0))) for one in sound().evaluation)
    assert "and 4 more" in only(replace(found, evaluation=judging)).text


WRONG: dict[str, Callable[[], tuple[Figures, Circumstances]]] = {
    "everything": lambda: (
        replace(
            sound(),
            logging=(logging(Way.CLIENT, 3.0, 2_500.0),),
            rollup=(rolled(RowKind.JSONB, 10_000, 9.0, 0.31, 0.4), rolled(RowKind.TYPED, 10_000, 0.089)),
            evaluation=(judged(1, 25, 1, 30.0), judged(1, 25, 720, 120.0)),
        ),
        Circumstances(expected_rate=5_000.0, expected_models=10_000, max_series=10_000_000),
    )
}


@pytest.mark.parametrize("case", WRONG)
def test_each_figure_stands_in_the_document_where_the_advice_says(case: str) -> None:
    figures, circumstances = WRONG[case]()
    advice = advise(figures, circumstances)
    assert {one.rule for one in advice} >= {"slow_call", "typed_source", "sampling", "small_queue", "long_window"}
    document = json.loads(json.dumps(record(figures, circumstances, advice, {})))
    for one in advice:
        assert one.drawn
        for drawn in one.drawn:
            assert resolve(document, drawn.pointer) == pytest.approx(drawn.value), drawn.pointer
    assert [one["rule"] for one in document["recommendations"]] == [one.rule for one in advice]


def test_every_rule_speaks_somewhere() -> None:
    """Each rule has a test above that makes it speak."""
    assert len(RULES) == 13


def resolve(document: Any, pointer: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """As RFC 6901 has it."""
    part, _, rest = pointer.removeprefix("/").partition("/")
    value: Any = document[int(part) if part.isdigit() else part]
    return resolve(value, rest) if rest else value
