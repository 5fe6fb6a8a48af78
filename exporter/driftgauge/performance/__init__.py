"""How right a model is: mergeable counts of predictions and their outcomes, metrics, thresholds, estimates (pure)."""
