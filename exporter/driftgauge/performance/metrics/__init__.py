"""The metrics, by subject: each module lists its own in `METRICS`, and the registry takes them from there."""
