"""The optional web config file: TLS and basic auth, with the keys of Prometheus exporters."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from driftgauge.config.document import Document, KeyPath, dotted, read_document
from driftgauge.config.findings import nearest
from driftgauge.config.section import Section
from driftgauge.config.values import FilePath, Name
from driftgauge.errors import ConfigError


def _bcrypt_hash(text: str) -> str:
    """Refuse what is no hash, and costs at which one check outlasts the time that an exchange has."""
    if not re.fullmatch(r"\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}", text):
        raise ValueError("expected a bcrypt hash of cost 4 to 14, in quotes: htpasswd -nB USER prints one")
    return text


def _user_name(text: str) -> str:
    """Refuse names that basic auth cannot carry."""
    if not text.isprintable() or ":" in text:
        raise ValueError("a user name can hold neither colons nor control characters")
    return text


_WORDS = {
    "missing": "missing; TLS needs both cert_file and key_file",
    "string_type": "expected text in quotes",
    "string_too_short": "expected a name, not an empty one",
    "path_type": "expected the path of a file",
}


class TlsServerConfig(Section):
    """The server's own certificate, as PEM files; relative paths are relative to the web config."""

    cert_file: FilePath = Field(description="Certificate, with those that lead to its root.")
    key_file: FilePath = Field(description="The certificate's private key, without a passphrase.")


class WebConfig(Section):
    """What the web config file can say; nothing is required."""

    tls_server_config: TlsServerConfig | None = Field(default=None, description="TLS; none serves plain HTTP.")
    basic_auth_users: Mapping[
        Annotated[Name, AfterValidator(_user_name)], Annotated[str, AfterValidator(_bcrypt_hash)]
    ] = Field(default_factory=dict[str, str], description="Bcrypt hashes of passwords, by user; none asks for none.")

    def tls_context(self) -> ssl.SSLContext | None:
        """Return the context for TLS 1.2 or newer; None without TLS.

        Raises
        ------
        ConfigError
            Where the certificate or its key cannot be read or do not belong together.
        """
        if self.tls_server_config is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        files = self.tls_server_config
        for key, path in (("cert_file", files.cert_file), ("key_file", files.key_file)):
            _read(path, f"tls_server_config.{key}")
        try:
            context.load_cert_chain(files.cert_file, files.key_file, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            reason = getattr(error, "reason", None) or str(error)
            pair = f"{files.cert_file} and {files.key_file} are not a PEM certificate and its unencrypted key"
            raise ConfigError([f"tls_server_config: {pair} ({str(reason).lower().replace('_', ' ')})"]) from error
        return context


def load_web_config(path: Path) -> WebConfig:
    """Return what the web config file says.

    Raises
    ------
    ConfigError
        With every problem in the file, each with its line; never with a hash or what might be one.
    """
    document = read_document(_read(path, "http.web_config"))
    problems = [(problem.line, problem.key, problem.message) for problem in document.problems]
    config = WebConfig()
    try:
        config = WebConfig.model_validate(dict(document.values), context=path.parent)
    except ValidationError as error:
        problems += [_problem(document, details) for details in error.errors(include_url=False, include_input=False)]
    if problems:
        raise ConfigError([_line(path, *problem) for problem in sorted(problems, key=lambda one: one[0] or 0)])
    return config


def _problem(document: Document, details: ErrorDetails) -> tuple[int | None, KeyPath, str]:
    key: KeyPath = tuple(part for part in details["loc"] if part != "[key]")
    if details["type"] == "extra_forbidden":
        section = WebConfig if len(key) == 1 else TlsServerConfig
        known = section.keys()
        message = "unknown key" + (nearest(str(key[-1]), known) or f"; known here: {', '.join(known)}")
    elif details["type"] == "value_error":
        message = details["msg"].removeprefix("Value error, ")
    else:
        message = _WORDS.get(details["type"], "expected keys below it")
    return document.lines.get(key) or document.lines.get(key[:-1]), key, message


def _line(path: Path, line: int | None, key: KeyPath, message: str) -> str:
    place = f"{path}:{line}" if line else str(path)
    return f"{place}: {dotted(key)}: {message}" if key else f"{place}: {message}"


def _read(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{key}: cannot read {path}: {error.strerror}"]) from error
    except ValueError:
        raise ConfigError([f"{key}: {path} is not UTF-8 text"]) from None


def _no_password() -> str:
    """Refuse a locked key, for which OpenSSL would ask on the terminal."""
    raise ValueError("the key is locked with a password")
