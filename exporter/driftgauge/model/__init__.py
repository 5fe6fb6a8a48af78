"""The frozen values that every layer speaks: models, windows, profiles and verdicts."""
