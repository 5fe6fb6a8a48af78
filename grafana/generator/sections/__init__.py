"""Rows of dashboards that would be too long in one module."""
