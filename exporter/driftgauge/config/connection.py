"""Secrets that a part of the configuration names, directly or by a file: connection strings, tokens, passwords."""

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
    return "" if dsn_file is None else read_secret(dsn_file, place=place)


def read_secret(path: Path, *, place: str) -> str:
    """Return what a file holds, without the white space around it.

    Raises
    ------
    ConfigError
        When the file cannot be read or is empty; `place` names its key.
    """
    try:
        content = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError([f"{place}: cannot read {path}: {error.strerror}"]) from error
    except ValueError:  # its text would hold bytes of the secret
        raise ConfigError([f"{place}: {path} is not UTF-8 text"]) from None
    if not content:
        raise ConfigError([f"{place}: {path} is empty"])
    return content
