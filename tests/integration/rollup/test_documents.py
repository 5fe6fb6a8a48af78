"""Whatever jsonb can hold is counted, and nothing of it stops the roll-up."""

from __future__ import annotations

import pytest

from driftgauge.profiling.documents import LONGEST_NAME
from integration.rollup.oracle import recount, select
from integration.rollup.profile_oracle import unpack_profile
from integration.rollup.rows import log, roller
from integration.rollup.schedule import Stage

KEYS = [
    "",
    " ",
    '"',
    "\\",
    "'; DROP TABLE x; --",
    "%(low)s",
    "{}",
    "\t\n\r",
    "\u202e",
    "__class__",
    "é" * 500,
]
GOOD = {"age": 1.5, "plan": "pro"}


def age(stage: Stage) -> list[int]:
    """Return how many ages were counted, missing, not finite, and invalid."""
    [reference] = select(stage.admin, "SELECT layout FROM reference_profiles")
    found = [0, 0, 0, 0]
    for row in select(stage.admin, "SELECT profile FROM profile_rollups"):
        feature = unpack_profile(reference["layout"], row["profile"]).features["age"]
        found = [left + right for left, right in zip(found, [sum(feature.counts), *feature.gaps], strict=True)]
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("null", [0, 1, 0, 0]),
        ("true", [1, 0, 0, 0]),
        ('"41"', [0, 0, 0, 1]),
        ("[1, 2]", [0, 0, 0, 1]),
        ('{"age": 1}', [0, 0, 0, 1]),
        ("-0.0", [1, 0, 0, 0]),
        ("9007199254740993", [1, 0, 0, 0]),
        ("18446744073709551617", [1, 0, 0, 0]),
        ("1e150", [1, 0, 0, 0]),
        ("1e151", [0, 0, 1, 0]),
        ("-1e308", [0, 0, 1, 0]),
        ("1e400", [0, 0, 1, 0]),
        ("-1e9000", [0, 0, 1, 0]),
        ("1e-9000", [1, 0, 0, 0]),
        ("[" * 3000 + "]" * 3000, [0, 0, 0, 1]),
        ('{"a":' * 2000 + "1" + "}" * 2000, [0, 0, 0, 1]),
    ],
    ids=lambda value: str(value)[:12],
)
def test_every_value_has_its_place(stage: Stage, value: str, expected: list[int]) -> None:
    log(stage.admin, [GOOD])
    rollup = roller(stage, automatic_rows=1)
    rollup.run()
    log(stage.admin, ['{"plan": "pro", "age": %s}' % value, "{}"])  # noqa: UP031 - braces and percents read best so
    rollup.run()
    counted, missing, *rest = expected
    assert age(stage) == [1 + counted, 1 + missing, *rest]


def test_booleans_and_numbers_are_categories_of_their_own(stage: Stage) -> None:
    values: list[object] = ["a", True, 1, 1.0, "true", "1", False, 0, -0.0, None, 2.5, [], {}]
    log(stage.admin, [{"plan": value} for value in values] + [{"plan": "a"}] * 9)
    rollup = roller(stage, automatic_rows=22)
    rollup.run()
    [reference] = select(stage.admin, "SELECT layout FROM reference_profiles")
    assert reference["layout"]["plan"]["categories"] == ["a", "1", "0", "true", "2.5", "false"]
    assert not recount(stage.admin, rollup.options)


def test_hostile_keys_are_names_like_any_other(stage: Stage) -> None:
    log(stage.admin, [dict.fromkeys(KEYS, 1), dict.fromkeys(KEYS, "x"), dict.fromkeys(KEYS, 2)])
    rollup = roller(stage, automatic_rows=2)
    rollup.run()
    log(stage.admin, [dict.fromkeys(KEYS, 7), {}])
    rollup.run()
    [reference] = select(stage.admin, "SELECT layout FROM reference_profiles")
    assert set(reference["layout"]) == {key for key in KEYS if len(key) <= LONGEST_NAME}
    assert not recount(stage.admin, rollup.options)


def test_a_feature_that_changes_its_type_is_invalid_from_then_on(stage: Stage) -> None:
    log(stage.admin, [{"age": 1, "plan": "a"}] * 3)
    rollup = roller(stage, automatic_rows=3)
    rollup.run()
    log(stage.admin, [{"age": "1", "plan": 1}, {"age": "2", "plan": True}])
    rollup.run()
    assert age(stage) == [3, 0, 0, 2]
    assert not recount(stage.admin, rollup.options)


def test_the_smallest_latency_does_not_stop_the_roll_up(stage: Stage) -> None:
    stage.admin.execute(
        "INSERT INTO prediction_logs (model_name, latency_ms) VALUES ('m', 5e-324), ('m', '-0'::float8)"
    )
    rollup = roller(stage)
    assert rollup.run().rows == 2
    assert not recount(stage.admin, rollup.options)


def test_hostile_names_of_models_are_kept_apart(stage: Stage) -> None:
    names = ["", "a", "A", "a ", "a\x01", "\u202ea", "a'b\"c\\", "x" * 500]
    for model in names:
        log(stage.admin, [GOOD], model=model, version=model)
    rollup = roller(stage, automatic_rows=1)
    rollup.run()
    assert select(stage.admin, "SELECT count(*) AS n FROM traffic_totals") == [{"n": len(names)}]
    assert not recount(stage.admin, rollup.options)
