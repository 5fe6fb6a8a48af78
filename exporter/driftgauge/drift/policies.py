"""The policies by name, as `drift.policy` chooses one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from types import MappingProxyType
from typing import Final

from driftgauge.drift.calibrated import Calibrated
from driftgauge.drift.policy import Policy
from driftgauge.drift.two_sample import TwoSample

POLICIES: Final = MappingProxyType[str, Callable[[tzinfo], Policy]](
    {"calibrated": Calibrated, "two_sample": lambda _: TwoSample()}
)
"""Each is made with the time zone whose clocks seasons go by."""
