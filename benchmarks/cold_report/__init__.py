"""A drift report over a relation in Postgres, from nothing: ours and peers', the same rows, each in a process."""
