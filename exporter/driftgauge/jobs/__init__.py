"""The jobs of a cycle: each reads, calls pure functions, writes, and returns samples."""
