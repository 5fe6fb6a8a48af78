"""What keeps the exporter bounded: keys of `limits`."""

from __future__ import annotations

from pydantic import Field

from driftgauge.config.section import Section
from driftgauge.config.values import Load


class LimitSettings(Section):
    """What keeps the exporter bounded."""

    max_series: int = Field(
        default=250_000,
        ge=1,
        le=10_000_000,
        description="Most series exposed; the rest are dropped and counted.",
    )
    cpu: Load = Field(
        default=0.5, description="Cores that the exporter may keep busy, over half an hour, before somebody is told."
    )
    database: Load = Field(
        default=1.0,
        description="Sessions of Postgres that its jobs may keep busy, over half an hour, before somebody is told.",
    )
