"""Importing the client costs a service little: the standard library, psycopg and orjson, nothing more."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

ALLOWED: Final = {"driftgauge", "orjson", "psycopg", "psycopg_binary", "typing_extensions"}
INTERNAL: Final = ("_cython_", "cython_runtime", "_sysconfigdata_")  # what compiled modules and the library name so
GENEROUS: Final = 2.0  # seconds

PROBE: Final = """
import json, sys, time
before = set(sys.modules)
started = time.perf_counter()
__import__(sys.argv[1])
took = time.perf_counter() - started
names = sorted(set(sys.modules) - before)
print(json.dumps({"took": took, "names": names, "stdlib": sorted(sys.stdlib_module_names)}))
"""


def imported(module: str) -> tuple[set[str], float]:
    """Return what a fresh interpreter loads for a module, and how long that takes."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", PROBE, module], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return set(found["names"]), found["took"]


def strangers(names: set[str], allowed: set[str]) -> set[str]:
    known = allowed | sys.stdlib_module_names
    return {name for name in names if name.partition(".")[0] not in known and not name.startswith(INTERNAL)}


def test_the_client_loads_nothing_but_psycopg_and_orjson() -> None:
    names, took = imported("driftgauge.client")
    print(f"driftgauge.client: {took * 1000:.0f} ms, {len(names)} modules")  # noqa: T201 - a figure to look at
    assert strangers(names, ALLOWED) == set()
    assert "driftgauge.client.logger" in names
    assert took < GENEROUS


@pytest.mark.parametrize("part", ["config", "model", "profiling", "drift", "app", "web", "cli", "jobs", "queries"])
def test_the_client_loads_no_part_of_the_exporter(part: str) -> None:
    names, _ = imported("driftgauge.client")
    assert not [name for name in names if f"{name}.".startswith(f"driftgauge.{part}.")]


def test_explanations_load_the_standard_library_only() -> None:
    whole, _ = imported("driftgauge.client")
    names, _ = imported("driftgauge.client.explanations")
    own = names - whole
    assert {name for name in own if name.startswith("driftgauge")} == {
        "driftgauge.client.attributions",
        "driftgauge.client.explanations",
    }
    assert strangers(own, {"driftgauge"}) == set()
