"""What keeps the exporter bounded: keys of `limits`."""

from __future__ import annotations

from pydantic import Field

from driftgauge.config.section import Section


class LimitSettings(Section):
    """What keeps the exporter bounded."""

    max_series: int = Field(
        default=250_000,
        ge=1,
        le=10_000_000,
        description="Most series exposed; the rest are dropped and counted.",
    )
