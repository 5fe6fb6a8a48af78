"""Where Alertmanager is, how it is asked, and how often rules are: keys of `alertmanager` and `rules`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from driftgauge.config.connection import read_secret
from driftgauge.config.section import Section
from driftgauge.config.values import FilePath, Interval, Name
from driftgauge.errors import ConfigError

SHORTEST_TOKEN: Final = 16
"""Characters; 22 random ones cannot be guessed."""


def _http_url(text: str) -> str:
    """Check an address that nothing secret is in: it is named in messages."""
    expected = "expected an address like http://127.0.0.1:9093"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    plain = text.isascii() and text.isprintable() and " " not in text
    if not plain or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(expected)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("expected an address without user, ? and #; see alertmanager.username and password_file")
    return text


def token(text: str, *, place: str) -> str:
    """Return a bearer token as a header can hold it, and nobody guess it.

    Raises
    ------
    ConfigError
        If it is anything else; `place` names its key.
    """
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError([f"{place}: holds white space or other characters that no token has"])
    if len(text) < SHORTEST_TOKEN:
        raise ConfigError([f"{place}: is shorter than {SHORTEST_TOKEN} characters; make one: openssl rand -hex 24"])
    return text


class AlertmanagerSettings(Section):
    """How Alertmanager is reached; without a `url` it is not."""

    url: Annotated[str, AfterValidator(_http_url)] | None = Field(
        default=None, description="Address of Alertmanager, or of one of a cluster; none: alerts are not silenced."
    )
    token_file: FilePath | None = Field(
        default=None, description="File with the bearer token that it asks for, read anew each time."
    )
    username: Name | None = Field(default=None, description="User of basic auth, where it asks for that.")
    password_file: FilePath | None = Field(
        default=None, description="File with that user's password, read anew each time."
    )
    receiver: Name = Field(
        default="history",
        description="Receiver there that leads to the webhook: what its routes send to it is kept, told or not.",
    )
    every: Interval = Field(default=timedelta(minutes=1), description="Time between two looks at which alerts it has.")
    grace: Interval = Field(
        default=timedelta(minutes=5),
        description="How long after its start, or an alert's, it may not know the alert without that having ended.",
    )

    def bearer_token(self) -> str | None:
        """Return the token; None where no file is given.

        Raises
        ------
        ConfigError
            When the file cannot be read or is empty, or what it holds is no token.
        """
        if self.token_file is None:
            return None
        place = "alertmanager.token_file"
        return token(read_secret(self.token_file, place=place), place=place)

    def password(self) -> str | None:
        """Return the password; None where no file is given.

        Raises
        ------
        ConfigError
            When the file cannot be read or is empty.
        """
        if self.password_file is None:
            return None
        return read_secret(self.password_file, place="alertmanager.password_file")


class RuleSettings(Section):
    """How the rules in the table alert_rules are evaluated."""

    every: Interval = Field(default=timedelta(minutes=1), description="Time between two evaluations.")
