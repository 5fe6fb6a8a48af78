"""One detector a module, each with its `DETECTOR`; the registry finds them here."""
