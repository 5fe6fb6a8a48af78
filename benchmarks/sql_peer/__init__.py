"""driftgauge beside query-exporter, which runs one's SQL: the same rows, each in a process of its own, in turns."""
