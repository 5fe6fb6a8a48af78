"""Fixtures by subject: Postgres (postgres.py), the exporter (exporter.py), the monitoring stack (stack.py)."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["fixtures.postgres", "fixtures.stack", "fixtures.exporter"]

# A busy machine is no fault of the code's: neither a slow example nor slow drawing of one fails a test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
