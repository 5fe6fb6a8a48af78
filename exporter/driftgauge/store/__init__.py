"""Postgres: the only package that imports psycopg or reads the files under sql/."""
