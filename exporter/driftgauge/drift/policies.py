"""The policies by name, as `drift.policy` chooses one."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import Policy
from driftgauge.drift.two_sample import TwoSample

POLICIES: Final = MappingProxyType[str, Callable[[], Policy]]({"calibrated": Calibrated, "two_sample": TwoSample})
