"""Every drift test by name: a module under `drift/tests/` is registered by being there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import Final

from driftgauge.drift import tests
from driftgauge.drift.test import DriftTest
from driftgauge.model.bins import FeatureBins


def discovered(package: ModuleType) -> dict[str, DriftTest]:
    """Return the `TEST` of each module in `package`, by name.

    Raises
    ------
    TypeError
        If a module has no `TEST`, or one that is not named as its module is.
    """
    found: dict[str, DriftTest] = {}
    for module in pkgutil.iter_modules(package.__path__):
        test = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "TEST", None)
        if not isinstance(test, DriftTest) or test.name != module.name:
            raise TypeError(f"{package.__name__}.{module.name} must define TEST, a DriftTest named {module.name!r}")
        found[test.name] = test
    return found


TESTS: Final[Mapping[str, DriftTest]] = MappingProxyType(discovered(tests))


def applicable(names: Iterable[str], bins: FeatureBins) -> tuple[DriftTest, ...]:
    """Return the named tests that fit features on `bins`, in the order named.

    Examples
    --------
    >>> from driftgauge.model.bins import CategoricalBins
    >>> [test.name for test in applicable(["ks", "psi", "chi_squared"], CategoricalBins(categories=("a",)))]
    ['psi', 'chi_squared']
    """
    return tuple(TESTS[name] for name in names if TESTS[name].fits(bins))
