"""Fixtures by subject: Postgres, the command line (program.py), the running exporter, the monitoring stack."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

pytest_plugins = ["fixtures.postgres", "fixtures.stack", "fixtures.exporter", "fixtures.program"]

# A busy machine is no fault of the code's: neither a slow example nor slow drawing of one fails a test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
