"""Whether a metric of a model is as it usually is at such an hour: pure functions."""
