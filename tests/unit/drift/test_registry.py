"""A module under drift/tests/ is registered by being there."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from driftgauge.drift import tests
from driftgauge.drift.registry import TESTS, applicable, discovered
from driftgauge.model.bins import FeatureKind


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


def test_the_first_set_is_there() -> None:
    distances = {"psi", "jensen_shannon", "wasserstein", "hellinger", "total_variation"}
    assert set(TESTS) >= distances | {"ks", "chi_squared", "missing_share", "unseen_share", "out_of_range_share"}


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


def test_applicable_tests_keep_the_order_named() -> None:
    found = applicable(["wasserstein", "unseen_share", "ks"], FeatureKind.NUMERIC)
    assert [test.name for test in found] == ["wasserstein", "ks"]
