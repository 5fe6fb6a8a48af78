"""The exposition before Prometheus' own linter."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from driftgauge.exposition.family import MetricKind
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.exposition.process import process_samples
from driftgauge.exposition.samples import AnySample, HistogramSample, Sample
from driftgauge.exposition.snapshot import Renderer

STACK = Path(__file__).parents[2] / ".stack"


@pytest.fixture(
    params=sorted({path.resolve() for path in STACK.glob("*/promtool")}) or [None],
    ids=lambda path: path.parent.name if path else "none",
)
def promtool(request: pytest.FixtureRequest) -> Path:
    if isinstance(request.param, Path):
        return request.param
    if os.environ.get("DRIFTGAUGE_REQUIRE_STACK") == "1":
        pytest.fail("DRIFTGAUGE_REQUIRE_STACK=1, but there is no .stack/*/promtool: run make stack")
    pytest.skip("no .stack/*/promtool: run make stack")


def test_promtool_finds_nothing_to_mend(promtool: Path) -> None:
    own = {"driftgauge_series", "driftgauge_series_dropped_total", "driftgauge_label_values_sanitised_total"}
    samples: list[AnySample] = list(process_samples())
    for family in INVENTORY.values():
        labels = tuple(f'{label} "quoted" \\ two\nlines' for label in family.labels)
        if family.kind is MetricKind.HISTOGRAM:
            samples.append(HistogramSample(family.name, labels, (0.01, 0.1, 1.0), (5, 3, 1, 0), 1.25))
        elif family.name not in own and not family.name.startswith("process_"):
            samples.append(Sample(family.name, labels, 1.0))
    text = Renderer().render(samples, max_series=100, created_at=0.0).text
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
