"""Fixtures by subject: Postgres (postgres.py), the exporter (exporter.py), the monitoring stack (stack.py)."""

from __future__ import annotations

pytest_plugins = ["fixtures.postgres", "fixtures.stack", "fixtures.exporter"]
