"""Metrics: the inventory, and the immutable snapshot that a scrape reads."""
