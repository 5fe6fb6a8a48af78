"""A module under drift/tests/ is registered by being there."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from driftgauge.drift import tests
from driftgauge.drift.registry import TESTS, applicable, discovered
from driftgauge.model.bins import CategoricalBins, FeatureBins, NumericBins


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("made_up_tests")
    made.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "made_up_tests", made)
    return made


def test_every_module_is_registered_and_nothing_else() -> None:
    modules = {path.stem for path in Path(tests.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(TESTS) == modules
    assert all(name == test.name for name, test in TESTS.items())


def test_the_table_is_whole() -> None:
    numeric = {"ks", "cramer_von_mises", "anderson_darling", "wasserstein", "energy", "welch_t", "variance_ratio"}
    numeric |= {"mann_whitney", "out_of_range_share"}
    both = {
        "psi",
        "jensen_shannon",
        "hellinger",
        "total_variation",
        "l_infinity",
        "kl",
        "missing_share",
        "invalid_share",
    }
    categorical = {"chi_squared", "g_test", "cramers_v", "unseen_share"}
    assert {name for name, test in TESTS.items() if test.features == "numeric"} == numeric
    assert {name for name, test in TESTS.items() if test.features == "numeric, categorical"} == both
    assert {name for name, test in TESTS.items() if test.features == "categorical"} == categorical
    assert {name for name, test in TESTS.items() if test.binary} == {"z_proportion", "fisher_exact"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TEST = 'energy'",
        "from driftgauge.drift.registry import TESTS\nTEST = TESTS['ks']",
    ],
)
def test_a_module_without_its_own_test_is_named(text: str, package: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "energy.py").write_text(text)
    try:
        with pytest.raises(TypeError, match=r"made_up_tests\.energy must define TEST, a DriftTest named 'energy'"):
            discovered(package)
    finally:
        sys.modules.pop("made_up_tests.energy", None)


NUMBERS = NumericBins(edges=np.array([0.0, 1.0]), center=0.5, scale=0.3)


def test_applicable_tests_keep_the_order_named() -> None:
    found = applicable(["wasserstein", "unseen_share", "ks"], NUMBERS)
    assert [test.name for test in found] == ["wasserstein", "ks"]


@pytest.mark.parametrize(
    ("bins", "fits"),
    [
        (NUMBERS, False),
        (CategoricalBins(categories=("a",)), False),
        (CategoricalBins(categories=("a", "b")), True),
        (CategoricalBins(categories=("a", "b"), rare=frozenset("c")), False),
        (CategoricalBins(categories=("a", "b", "c")), False),
    ],
)
def test_binary_tests_apply_where_the_reference_has_two_categories(bins: FeatureBins, fits: bool) -> None:  # noqa: FBT001 - parametrised
    assert [test.name for test in applicable(["fisher_exact"], bins)] == ["fisher_exact"] * fits
    assert TESTS["fisher_exact"].features == "categorical with two categories"
