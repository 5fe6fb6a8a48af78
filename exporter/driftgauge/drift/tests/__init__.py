"""One drift test a module, each with its `TEST`; the registry finds them here."""
