"""Why models answer as they do, and how that changes: pure functions."""
