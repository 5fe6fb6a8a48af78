"""The configuration: strict, typed, frozen, and out of one door."""

from __future__ import annotations

from driftgauge.config.loader import load_config
from driftgauge.config.settings import Settings

__all__ = ["Settings", "load_config"]
