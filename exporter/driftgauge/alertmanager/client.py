"""Alertmanager's API, version 2: which alerts it has, since when it runs, and silences."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from driftgauge.alertmanager.notice import Fingerprint, Foreign, Moment, Text
from driftgauge.errors import AlertmanagerUnreachable
from driftgauge.model.alert import Alert, Severity

TIMEOUT: Final = 5.0
LARGEST_ANSWER: Final = 32 << 20  # bytes
OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403
Answer = TypeVar("Answer")


class _AlertStatus(Foreign):
    state: Literal["unprocessed", "active", "suppressed"]


class _Receiver(Foreign):
    name: Text


class _Alert(Foreign):
    fingerprint: Fingerprint
    starts_at: Moment = Field(alias="startsAt")
    status: _AlertStatus
    labels: dict[Text, Text] = Field(default_factory=dict[str, str])
    annotations: dict[Text, Text] = Field(default_factory=dict[str, str])
    generator_url: Text = Field(default="", alias="generatorURL")
    receivers: list[_Receiver] = Field(default_factory=list[_Receiver])

    def live(self) -> LiveAlert:
        """Return what is known of it."""
        severity = self.labels.get("severity")
        told = None
        if severity in tuple(Severity):
            told = Alert(
                fingerprint=self.fingerprint,
                labels=self.labels,
                annotations=self.annotations,
                generator_url=self.generator_url,
                severity=Severity(severity),
                starts_at=self.starts_at,
            )
        return LiveAlert(
            fingerprint=self.fingerprint,
            starts_at=self.starts_at,
            suppressed=self.status.state == "suppressed",
            receivers=frozenset(one.name for one in self.receivers),
            told=told,
        )


class _Status(Foreign):
    uptime: AwareDatetime


class _SilenceStatus(Foreign):
    state: Literal["pending", "active", "expired"]


class _Silence(Foreign):
    silence_id: str = Field(alias="id")
    status: _SilenceStatus
    created_by: str = Field(default="", alias="createdBy")
    comment: str = ""
    ends_at: AwareDatetime = Field(alias="endsAt")  # people silence until whatever year


class _Posted(Foreign):
    silence_id: str = Field(alias="silenceID")


_ALERTS: Final = TypeAdapter(list[_Alert])
_STATUS: Final = TypeAdapter(_Status)
_SILENCES: Final = TypeAdapter(list[_Silence])
_POSTED: Final = TypeAdapter(_Posted)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAlert:
    """An alert that Alertmanager has; `suppressed` by a silence or an inhibition, so that nobody is told.

    `receivers` are those that its routes lead to. `told` is what a notice would say of it; None: that is not kept.
    """

    fingerprint: str
    starts_at: datetime
    suppressed: bool
    receivers: frozenset[str] = frozenset()
    told: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A silence to be: of the alerts with all of these labels, until a moment."""

    matchers: Mapping[str, str]
    until: datetime
    by: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSilence:
    """A silence that Alertmanager knows, in force or ended."""

    in_force: bool
    by: str
    comment: str
    until: datetime


class Alertmanager:
    """One Alertmanager, or one of a cluster, which share their silences."""

    def __init__(self, url: str, authorization: Callable[[], str | None] = lambda: None) -> None:
        """Take its address, with the prefix of its paths if it has one; `authorization` is asked at each call."""
        self.url = url.rstrip("/")
        self._authorization = authorization
        self._parts = urlsplit(self.url)

    def started_at(self) -> datetime:
        """Return since when it runs."""
        return self._get("status", _STATUS).uptime

    def alerts(self) -> tuple[LiveAlert, ...]:
        """Return every alert that it has, those that are silenced or inhibited, too."""
        return tuple(one.live() for one in self._get("alerts", _ALERTS))

    def silences(self) -> dict[str, KnownSilence]:
        """Return each silence that it knows by its id."""
        return {
            one.silence_id: KnownSilence(
                in_force=one.status.state != "expired", by=one.created_by, comment=one.comment, until=one.ends_at
            )
            for one in self._get("silences", _SILENCES)
        }

    def silence(self, silence: Silence, *, now: datetime, instead_of: str | None = None) -> str:
        """Put a silence in force, in place of one that is; return its id."""
        body = {
            "matchers": [
                {"name": name, "value": value, "isRegex": False, "isEqual": True}
                for name, value in silence.matchers.items()
            ],
            "startsAt": now.astimezone(UTC).isoformat(),
            "endsAt": silence.until.astimezone(UTC).isoformat(),
            "createdBy": silence.by,
            "comment": silence.comment,
        }
        if instead_of is not None:
            body["id"] = instead_of
        return self._parsed("silences", self._call("POST", "silences", body), _POSTED).silence_id

    def expire(self, silence_id: str) -> None:
        """End a silence that it knows; one that has ended stays so."""
        self._call("DELETE", f"silence/{quote(silence_id, safe='')}")

    def _get(self, path: str, reads: TypeAdapter[Answer]) -> Answer:
        return self._parsed(path, self._call("GET", path), reads)

    def _parsed(self, path: str, body: bytes, reads: TypeAdapter[Answer]) -> Answer:
        try:
            return reads.validate_json(body)
        except ValidationError as error:
            raise AlertmanagerUnreachable(
                f"{self.url}/api/v2/{path} does not answer as Alertmanager does: mend alertmanager.url"
            ) from error

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if (authorization := self._authorization()) is not None:
            headers["Authorization"] = authorization
        secure = self._parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self._parts.hostname or "", self._parts.port, timeout=TIMEOUT)
        try:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, f"{self._parts.path}/api/v2/{path}", sent, headers)
            with connection.getresponse() as answer:
                content = answer.read(LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise AlertmanagerUnreachable(
                f"cannot reach Alertmanager at {self.url}: {why}; start it, or mend alertmanager.url"
            ) from error
        finally:
            connection.close()
        if answer.status in (UNAUTHORIZED, FORBIDDEN):
            raise AlertmanagerUnreachable(
                f"Alertmanager at {self.url} refuses with {answer.status}: mend alertmanager.token_file, or "
                "alertmanager.username and password_file"
            )
        if answer.status != OK or len(content) > LARGEST_ANSWER:
            said = "too much" if answer.status == OK else f"{answer.status} {answer.reason}"
            raise AlertmanagerUnreachable(
                f"Alertmanager at {self.url} answers {method} /api/v2/{path} with {said}; see its log"
            )
        return content


def basic(username: str, password: str) -> str:
    """Return the header of basic authentication.

    Examples
    --------
    >>> basic("driftgauge", "secret")
    'Basic ZHJpZnRnYXVnZTpzZWNyZXQ='
    """
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"
