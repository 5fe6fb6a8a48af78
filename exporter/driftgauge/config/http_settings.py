"""Where metrics are served, and who is let in: keys of `http`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from driftgauge.config.alert_settings import token
from driftgauge.config.connection import read_secret
from driftgauge.config.section import Section
from driftgauge.config.values import FilePath, Listen


class HttpSettings(Section):
    """Where metrics are served."""

    listen: Listen = Field(
        default="127.0.0.1:9799",
        description="Address as host:port; port 0 takes any free one, an empty host every interface.",
    )
    web_config: FilePath | None = Field(
        default=None,
        description="File with TLS and basic auth, as other Prometheus exporters read it; relative to this file.",
    )
    webhook_token: SecretStr | None = Field(
        default=None,
        description="Bearer token by which Alertmanager's webhook is let in; none, and no file: nobody is.",
    )
    webhook_token_file: FilePath | None = Field(
        default=None, description="File with the token instead, read at the start; relative to this file."
    )

    def read_webhook_token(self) -> str | None:
        """Return the token, reading `webhook_token_file`; None where neither is given.

        Raises
        ------
        ConfigError
            When the file cannot be read or is empty, or the token is so short that it could be guessed.
        """
        if self.webhook_token is not None:
            return token(self.webhook_token.get_secret_value(), place="http.webhook_token")
        if self.webhook_token_file is None:
            return None
        place = "http.webhook_token_file"
        return token(read_secret(self.webhook_token_file, place=place), place=place)

    @property
    def host(self) -> str:
        """The host of `listen`, without the brackets of IPv6; empty for every interface."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port of `listen`."""
        return int(self.listen.rpartition(":")[2])
