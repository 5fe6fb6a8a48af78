"""How well a model is, as one number."""
