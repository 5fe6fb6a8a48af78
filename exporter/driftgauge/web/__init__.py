"""The HTTP side: serves what was published, and never touches the database."""
