"""A Postgres of one's own: found, created, started and stopped without a package or a service."""

from __future__ import annotations

from driftgauge.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
