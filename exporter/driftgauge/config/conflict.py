"""What a conflict between keys is."""

from __future__ import annotations

from dataclasses import dataclass

from driftgauge.config.document import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Settings that do not go together; the first of `keys` is the one to blame."""

    keys: tuple[KeyPath, ...]
    message: str
