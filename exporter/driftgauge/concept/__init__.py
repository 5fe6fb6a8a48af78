"""Concept drift in ordered streams of errors, losses or metrics, as pure functions of numbers and a small state."""
