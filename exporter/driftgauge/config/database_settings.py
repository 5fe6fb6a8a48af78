"""How Postgres is reached: keys of `database`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from driftgauge.config.connection import read_conninfo
from driftgauge.config.section import Section
from driftgauge.config.values import SECOND, FilePath, SchemaName, Timeout


class DatabaseSettings(Section):
    """How Postgres is reached."""

    dsn: SecretStr | None = Field(
        default=None,
        description="Connection, as a libpq URI or key=value; none: libpq's own PGHOST, PGUSER, PGPASSFILE … apply.",
    )
    dsn_file: FilePath | None = Field(
        default=None,
        description="File with the connection instead, read anew for each connection; relative to this file.",
    )
    schema_name: SchemaName = Field(default="driftgauge", alias="schema", description="Schema of driftgauge's tables.")
    statement_timeout: Timeout = Field(default=30 * SECOND, description="Longest time for one SQL statement.")
    lock_timeout: Timeout = Field(default=2 * SECOND, description="Longest wait for a lock in Postgres.")

    def conninfo(self) -> str:
        """Return the connection string, reading `dsn_file` anew; empty where libpq's own environment is to decide.

        Raises
        ------
        ConfigError
            When `dsn_file` cannot be read or is empty.
        """
        return read_conninfo(self.dsn, self.dsn_file, place="database.dsn_file")
