"""Fixtures by subject: a real Postgres (fixtures/postgres.py) and the monitoring stack (fixtures/stack.py)."""

from __future__ import annotations

pytest_plugins = ["fixtures.postgres", "fixtures.stack"]
