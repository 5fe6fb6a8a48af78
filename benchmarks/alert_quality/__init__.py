"""How often the default policy cries wolf on stationary streams, and how soon it sees drift: `make alert-quality`."""
