"""Rules that people write about models: what they say, and whether it holds."""
