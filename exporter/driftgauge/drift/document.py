"""Write docs/drift-tests.md from the registry: `python -m driftgauge.drift.document > docs/drift-tests.md`."""

from __future__ import annotations

import inspect
import math
import re
import sys
from typing import Final

from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.drift.registry import TESTS
from driftgauge.drift.test import DriftTest

INTRODUCTION: Final = """\
# Drift tests

Generated from `exporter/driftgauge/drift/tests/`; a test compares. `driftgauge tests list` prints the table, too.

Each test compares one feature of the current window with the reference and gives a score: 0 is no drift, larger is
more, and more rows alone do not make it so. A star marks the tests that are made where `drift.tests` names no others;
thresholds are set by `drift.thresholds`, for all models, one model or one feature.

By default the tests are shown and do not decide: the [calibrated policy](alarm-policy.md) does, by shifts of its own
and by `missing_share` and `unseen_share`. Under `drift.policy: two_sample` a feature has drifted if a score reaches the
threshold *and* the change is more than chance: by the test's own p-value, or, for a distance, which has none, by that
of `ks` or `chi_squared`.

| test | features | score | unit | threshold | p-value | what the score says |
|---|---|---|---|---|---|---|
"""

SOURCES: Final = """
## Where they come from

Formulas, and what `scipy` calls the same, are in each test's file.

"""

SECTION: Final = re.compile(r"^References\n-+\n(.*?)(?:\n\n|\Z)", flags=re.MULTILINE | re.DOTALL)


def registry_markdown() -> str:
    """Return the page."""
    table = "\n".join(_row(test) for test in TESTS.values())
    sources = "\n".join(f"- `{test.name}`: {references(test)}" for test in TESTS.values())
    return f"{INTRODUCTION}{table}\n{SOURCES}{sources}\n"


def references(test: DriftTest) -> str:
    """Return what the docstrings of the test's module refer to.

    Examples
    --------
    >>> references(TESTS["psi"])[:51]
    'Yurdakul, Statistical Properties of Population Stab'
    """
    functions = inspect.getmembers(inspect.getmodule(test.measure), inspect.isfunction)
    own = [function for _, function in functions if function.__module__ == test.measure.__module__]
    found = [section for function in own for section in SECTION.findall(inspect.getdoc(function) or "")]
    return " ".join("; ".join(found).split())


def _row(test: DriftTest) -> str:
    star = " *" if test.name in DEFAULT_TESTS else ""
    greatest = "∞" if math.isinf(test.greatest) else f"{test.greatest:.3g}"
    cells = (
        f"`{test.name}`{star}",
        test.features,
        f"0 to {greatest}",
        test.unit,
        f"{test.default_threshold:g}",
        "none" if test.distance else "yes",
        test.meaning,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(registry_markdown())
