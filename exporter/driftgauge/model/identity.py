"""Which model a row, a bucket or a verdict belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModelKey:
    """One deployed model: what every `ml_` series is labelled with."""

    model: str
    version: str
    environment: str

    def __str__(self) -> str:
        """Return `model@version (environment)`, as messages show it."""
        return f"{self.model}@{self.version} ({self.environment})"
