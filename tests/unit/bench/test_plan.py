"""What is measured follows the options; what cannot be measured is refused in one line."""

from __future__ import annotations

import pytest

from driftgauge.bench.plan import DEFAULT, QUICK, choose_plan, parse_sizes
from driftgauge.errors import BadInput


def chosen(*, quick: bool = False, sizes: tuple[int, ...] = (), own_server: bool = False) -> object:
    return choose_plan(
        quick=quick, sizes=sizes, prediction_milliseconds=1.0, batch_milliseconds=100.0, own_server=own_server
    )


def test_without_options_the_default_is_measured_and_goes_on_only_on_a_server_of_its_own() -> None:
    assert chosen() == DEFAULT
    plan = choose_plan(quick=False, sizes=(), prediction_milliseconds=1, batch_milliseconds=100, own_server=True)
    assert plan.may_grow
    assert chosen(quick=True, own_server=True) == QUICK


def test_sizes_are_measured_in_order_and_once_and_nothing_is_added() -> None:
    plan = choose_plan(
        quick=False, sizes=(1000, 100, 1000), prediction_milliseconds=1, batch_milliseconds=100, own_server=True
    )
    assert plan.sizes == (100, 1000)
    assert not plan.may_grow


def test_a_million_rows_are_measured_once_and_few_in_every_round() -> None:
    assert [DEFAULT.rounds_of(rows) for rows in (100, 10_000, 100_000, 1_000_000)] == [7, 7, 3, 1]


@pytest.mark.parametrize("size", [0, 99, 10_000_001])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(BadInput, match=r"--sizes: [\d,]+ is out of range; choose from 100 to 10,000,000 rows"):
        chosen(sizes=(size,))


@pytest.mark.parametrize("text", ["", "many", "100,", "1.5", "nan"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no whole number"):
        parse_sizes(text)


def test_an_endless_size_is_refused() -> None:
    with pytest.raises(BadInput, match="is no whole number"):
        parse_sizes("inf")
