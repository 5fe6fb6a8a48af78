"""The connection string that a part of the configuration names, directly or by a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from driftgauge.errors import ConfigError


def read_conninfo(dsn: SecretStr | None, dsn_file: Path | None, *, place: str) -> str:
    """Return the connection string, reading the file anew; empty where neither is given.

    Raises
    ------
    ConfigError
        When the file cannot be read or is empty; `place` names its key.
    """
    if dsn is not None:
        return dsn.get_secret_value()
    if dsn_file is None:
        return ""
    try:
        content = dsn_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError([f"{place}: cannot read {dsn_file}: {error.strerror}"]) from error
    except ValueError:  # its text would hold bytes of the secret
        raise ConfigError([f"{place}: {dsn_file} is not UTF-8 text"]) from None
    if not content:
        raise ConfigError([f"{place}: {dsn_file} is empty"])
    return content
