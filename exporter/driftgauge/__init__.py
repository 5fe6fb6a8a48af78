"""driftgauge turns rows that models log to Postgres into Prometheus metrics and drift verdicts."""

__version__ = "0.1.0"
