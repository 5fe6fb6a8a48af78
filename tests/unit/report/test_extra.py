"""Without the extra, a page is refused in one line that says how to get it."""

from __future__ import annotations

import sys

import pytest

from driftgauge.errors import MissingComponent
from driftgauge.report.extra import PACKAGES, require_extra


def test_with_the_extra_nothing_is_missing() -> None:
    require_extra()


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PACKAGES:
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(MissingComponent) as refusal:
        require_extra()
    assert str(refusal.value) == "a page needs jinja2 and matplotlib: pip install 'driftgauge[report]'"
