"""Fixtures by subject: Postgres, the command line (program.py), the running exporter, the monitoring stack."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

LONGEST: Final = (
    "tests/integration/alerts/test_end_to_end.py",
    "tests/integration/test_demo.py",
    "tests/integration/client/test_services.py",
    "tests/integration/test_connect_page.py",
)
"""Modules with tests that take a minute or so, most of it real time that passes."""

pytest_plugins = [
    "fixtures.postgres",
    "fixtures.stack",
    "fixtures.exporter",
    "fixtures.program",
    "fixtures.browser",
    "fixtures.demonstration",
    "fixtures.alerting",
    "fixtures.alertmanager",
]


@pytest.fixture(autouse=True)
def _logging_stays_as_it_was() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - by itself
    """Take back what a command that ran in this process did to the root logger: others listen to it."""
    root = logging.getLogger()
    level, handlers = root.level, list[object](root.handlers)
    yield
    root.setLevel(level)
    for handler in list(root.handlers):
        if handler not in handlers and type(handler).__name__ == "StreamHandler":  # pytest has its own
            root.removeHandler(handler)


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest modules: begun last, they would keep one worker when the others have nothing left."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONGEST))


# A busy machine is no fault of the code's: neither a slow example nor slow drawing of one fails a test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
