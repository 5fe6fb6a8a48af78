"""Alertmanager: what its webhook says, and its API, by which alerts are listed and silenced."""
