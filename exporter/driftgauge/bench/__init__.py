"""Measure what monitoring costs here: on one's own database, in a schema that is made for it and removed."""
