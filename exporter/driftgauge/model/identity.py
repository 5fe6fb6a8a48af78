"""Which model, or which segment of its predictions, a row, a bucket or a verdict belongs to."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModelKey:
    """One deployed model: what every `ml_` series is labelled with; with `segment`, only that part of its rows."""

    model: str
    version: str
    environment: str
    segment: str = ""

    def of_segment(self, segment: str) -> ModelKey:
        """Return the key of a segment of this model; empty: of all its rows."""
        return replace(self, segment=segment)

    @property
    def whole(self) -> ModelKey:
        """The key of all of the model's rows."""
        return self.of_segment("") if self.segment else self

    def __str__(self) -> str:
        """Return `model@version (environment)` and the segment, if any, as messages show it."""
        segment = f" segment {self.segment}" if self.segment else ""
        return f"{self.model}@{self.version} ({self.environment}){segment}"
