"""Metrics that no dashboard shows, and why."""

from __future__ import annotations

from typing import Final

UNSHOWN: Final[dict[str, str]] = {}
