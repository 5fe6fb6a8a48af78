"""Serve 100,000 series over HTTP, beside prometheus_client rendering them at each scrape."""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Iterator
from subprocess import run as run_program
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cost import measure
from driftgauge.exposition.samples import Sample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.web.published import Published
from driftgauge.web.server import MetricsServer
from exporting import OPENMETRICS
from report import Report

SERIES: Final = 100_000
SCRAPES: Final = 50
AIM_MS: Final = 5.0
FAMILY: Final = "ml_feature_drift_score"
LABELS: Final = ("model", "version", "environment", "feature", "test")
CLIENT: Final = """
import sys, urllib.request
for _ in range(int(sys.argv[2])):
    request = urllib.request.Request(sys.argv[1], headers={"Accept-Encoding": "gzip", "Accept": sys.argv[3]})
    with urllib.request.urlopen(request) as answer:
        while answer.read(1 << 20):
            pass
"""


class Live(Collector):
    """The same series, as client_python renders them."""

    def __init__(self, samples: list[Sample]) -> None:
        """Take the samples."""
        self._samples = samples

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the one family."""
        family = GaugeMetricFamily(FAMILY, "Drift score.", labels=LABELS)
        for sample in self._samples:
            family.add_metric(sample.labels, sample.value)
        yield family


def run(report: Report) -> None:
    """Render, serve, and let another process scrape."""
    samples = [
        Sample(FAMILY, (f"model-{n // 100}", "1", "production", f"feature-{n // 4 % 25}", f"test-{n % 4}"), n / SERIES)
        for n in range(SERIES)
    ]
    renderer, published = Renderer(), Published()
    rendered = measure(
        lambda: setattr(published, "snapshot", renderer.render(samples, max_series=SERIES * 2, created_at=time.time()))
    )
    server = MetricsServer(published, listen="127.0.0.1:0")
    server.start()
    try:
        cost = measure(
            lambda: run_program(  # noqa: S603 - this Python, our own server
                [sys.executable, "-c", CLIENT, f"{server.url}/metrics", str(SCRAPES), OPENMETRICS], check=True
            )
        )
    finally:
        server.stop()
    registry = CollectorRegistry()
    registry.register(Live(samples))
    peer = measure(lambda: gzip.compress(generate_latest(registry), 9))
    each = cost.client / SCRAPES * 1000
    report.table(
        "scrape",
        f"A scrape of {SERIES:,} series",
        [
            {"what": "driftgauge: CPU of one scrape", "ms": each, "aim ≤": AIM_MS},
            {"what": "driftgauge: CPU of rendering, once a cycle", "ms": rendered.client * 1000, "aim ≤": None},
            {"what": "prometheus_client: CPU of one scrape", "ms": peer.client * 1000, "aim ≤": None},
            {"what": "  … times driftgauge's", "ms": peer.client * 1000 / each, "aim ≤": None},
        ],
    )
