"""`make image-check` says what it lacks, and stands in for every image that it can."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from contract.hardening import ROOT, read

if TYPE_CHECKING:
    from pathlib import Path

CHECK = ROOT / "scripts" / "image_check"


@pytest.mark.skipif(os.geteuid() != 0, reason="says first that it takes root")
def test_a_machine_without_the_programs_is_told_how_to_get_them(tmp_path: Path) -> None:
    command = [sys.executable, CHECK]
    refused = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr.startswith("image-check: buildah, podman, runc, debootstrap")
    assert "run: apt-get install --no-install-recommends buildah podman" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_every_image_of_a_registry_but_grafanas_is_stood_in_for() -> None:
    pulled = {name for name, service in read()["services"].items() if "build" not in service}
    standing_in = set(re.findall(r'tag_of\("(\w+)"\)', (CHECK / "__main__.py").read_text(encoding="utf-8")))
    assert pulled - standing_in == {"grafana"}


def test_the_page_tells_of_the_images_that_compose_pins() -> None:
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    for service in read()["services"].values():
        assert f"`{service['image']}`" in page
