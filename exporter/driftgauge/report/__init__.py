"""One page about a model that somebody can send to a colleague."""
