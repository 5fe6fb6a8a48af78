"""A module under concept/detectors/ is registered by being there."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from driftgauge.concept import detectors
from driftgauge.concept.registry import DETECTORS, discovered


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("made_up_detectors")
    made.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "made_up_detectors", made)
    return made


def test_every_module_is_registered_and_nothing_else() -> None:
    modules = {path.stem for path in Path(detectors.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(DETECTORS) == modules
    assert all(name == kind.name for name, kind in DETECTORS.items())


def test_the_table_is_whole() -> None:
    assert set(DETECTORS) == {"adwin", "page_hinkley", "ddm", "eddm", "hddm_a", "hddm_w", "kswin", "cusum"}
    assert {name for name, kind in DETECTORS.items() if kind.warns} == {"ddm", "eddm", "hddm_a", "hddm_w"}
    assert {name for name, kind in DETECTORS.items() if kind.directions == ("up",)} == {"ddm", "eddm"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DETECTOR = 'shewhart'",
        "from driftgauge.concept.registry import DETECTORS\nDETECTOR = DETECTORS['ddm']",
    ],
)
def test_a_module_without_its_own_detector_is_named(text: str, package: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "shewhart.py").write_text(text)
    told = r"made_up_detectors\.shewhart must define DETECTOR, a DetectorKind named 'shewhart'"
    try:
        with pytest.raises(TypeError, match=told):
            discovered(package)
    finally:
        sys.modules.pop("made_up_detectors.shewhart", None)
