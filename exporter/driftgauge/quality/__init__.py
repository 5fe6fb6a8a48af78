"""Whether a model's rows are sound as data, whatever their values: pure functions."""
