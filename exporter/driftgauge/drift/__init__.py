"""Drift between two profiles, as pure functions: tests that score it, and the policy that makes verdicts."""
