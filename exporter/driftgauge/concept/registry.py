"""Every detector by name: a module under `concept/detectors/` is registered by being there."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any, Final, cast

from driftgauge.concept import detectors
from driftgauge.concept.detector import Detector, DetectorKind, State

AnyDetector = Detector[Any, Any]
AnyKind = DetectorKind[Any, Any]


def discovered(package: ModuleType) -> dict[str, AnyKind]:
    """Return the `DETECTOR` of each module in `package`, by name.

    Raises
    ------
    TypeError
        If a module has no `DETECTOR`, or one that is not named as its module is.
    """
    found: dict[str, AnyKind] = {}
    for module in pkgutil.iter_modules(package.__path__):
        kind = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "DETECTOR", None)
        if not isinstance(kind, DetectorKind) or cast("AnyKind", kind).name != module.name:
            named = f"a DetectorKind named {module.name!r}"
            raise TypeError(f"{package.__name__}.{module.name} must define DETECTOR, {named}")
        found[module.name] = cast("AnyKind", kind)
    return found


DETECTORS: Final[Mapping[str, AnyKind]] = MappingProxyType(discovered(detectors))
READERS: Final = MappingProxyType({name: kind.parameters.read for name, kind in DETECTORS.items()})
"""What reads the parameters of each, and says what is wrong with them."""


def resume(state: State) -> AnyDetector:
    """Return the detector whose `state` this is, of whatever kind.

    Raises
    ------
    ValueError
        If it is the state of no detector that there is.

    Examples
    --------
    >>> import json
    >>> detector = DETECTORS["page_hinkley"].start({"threshold": 20.0})
    >>> detector.update([0.1, 0.2, 0.3])
    ()
    >>> again = resume(json.loads(json.dumps(detector.state())))
    >>> again.seen, again.parameters.threshold
    (3, 20.0)
    """
    kind = DETECTORS.get(str(state.get("detector")))
    if kind is None:
        raise ValueError(f"this is the state of no detector: {state.get('detector')!r}")
    return kind.resume(state)
