"""`driftgauge show`: what is known of a model, a file a question."""
