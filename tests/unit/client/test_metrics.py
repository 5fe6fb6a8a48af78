"""The books of loggers are what prometheus_client serves, read back by its parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import pytest
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from driftgauge.client import Drop, PredictionLogger
from driftgauge.client.metrics import export

parse = cast("Callable[[str], Iterator[Metric]]", text_string_to_metric_families)  # untyped there


def away() -> str:
    """Stand in for a secret store that does not answer."""
    raise LookupError


@pytest.fixture
def loggers() -> Iterator[tuple[PredictionLogger, PredictionLogger]]:
    made = [PredictionLogger(away, model=model, version="3", on_sigterm=False) for model in ('chu"rn', "fraud")]
    yield made[0], made[1]
    for logger in made:
        logger.close(0)


def served(registry: CollectorRegistry) -> tuple[dict[str, str], dict[tuple[str, ...], float]]:
    """Return the types of the families, and every value by name, model and reason."""
    families = list(parse(generate_latest(registry).decode()))
    values: dict[tuple[str, ...], float] = {}
    for family in families:
        for sample in family.samples:
            assert set(sample.labels) - {"reason"} == {"model", "version", "environment"}
            key = (
                sample.name,
                sample.labels["model"],
                *([sample.labels["reason"]] if "reason" in sample.labels else []),
            )
            assert key not in values
            values[key] = sample.value
    return {family.name: family.type for family in families}, values


def test_all_books_are_served(loggers: tuple[PredictionLogger, PredictionLogger]) -> None:
    registry = CollectorRegistry()
    export(*loggers, registry=registry)
    first, second = loggers
    first.log_metric("auc", None)
    second.log_metric("auc", 1)
    second.log_metric("auc", 2)
    types, values = served(registry)
    assert types == {
        "driftgauge_client_accepted_rows": "counter",
        "driftgauge_client_stored_rows": "counter",
        "driftgauge_client_dropped_rows": "counter",
        "driftgauge_client_queued_rows": "gauge",
        "driftgauge_client_spooled_rows": "gauge",
    }
    expected = {
        ("driftgauge_client_accepted_rows_total", 'chu"rn'): 1.0,
        ("driftgauge_client_accepted_rows_total", "fraud"): 2.0,
        ("driftgauge_client_queued_rows", 'chu"rn'): 0.0,
        ("driftgauge_client_queued_rows", "fraud"): 2.0,
        ("driftgauge_client_dropped_rows_total", 'chu"rn', "invalid"): 1.0,
        ("driftgauge_client_dropped_rows_total", "fraud", "invalid"): 0.0,
    }
    assert {key: values[key] for key in expected} == expected
    assert len(values) == 2 * (4 + len(Drop)), "every reason is there from the start"


def test_values_are_those_of_the_scrape(loggers: tuple[PredictionLogger, PredictionLogger]) -> None:
    registry = CollectorRegistry()
    collector = export(loggers[0], registry=registry)
    key = ("driftgauge_client_accepted_rows_total", 'chu"rn')
    for count in range(3):
        assert served(registry)[1][key] == count
        loggers[0].log_metric("auc", count)
    registry.unregister(collector)
    assert generate_latest(registry) == b""


def test_two_exports_may_share_a_registry(loggers: tuple[PredictionLogger, PredictionLogger]) -> None:
    registry = CollectorRegistry()
    for logger in loggers:
        export(logger, registry=registry)
    assert generate_latest(registry).count(b"driftgauge_client_queued_rows{") == 2
