"""What Alertmanager's webhook sends, read once into alerts; whatever is not as documented is refused in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from driftgauge.model.alert import Alert, Severity

MOST_ALERTS: Final = 1_000
FIRST_YEAR, LAST_YEAR = 1970, 9998
NO_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}"


class BadNotice(Exception):
    """What was sent is no notice of Alertmanager's; the message says where, never what."""


class TooManyAlerts(BadNotice):
    """There are more alerts in a notice than one may have."""


def whole_milliseconds(moment: datetime) -> datetime:
    """Return a moment as Alertmanager's API tells it: its webhook has nanoseconds, and both are one alert's."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR} is expected")
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def without_nul(text: str) -> str:
    """Return a text as Postgres can hold it."""
    return text.replace("\0", NO_CHARACTER)


Moment = Annotated[AwareDatetime, AfterValidator(whole_milliseconds)]
Text = Annotated[str, AfterValidator(without_nul)]
Fingerprint = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class Foreign(BaseModel):
    """A part of what Alertmanager sends: of what it has beyond these keys nothing is known, and nothing needed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


class _Alert(Foreign):
    status: Literal["firing", "resolved"]
    fingerprint: Fingerprint
    labels: dict[Text, Text]
    annotations: dict[Text, Text] = Field(default_factory=dict[str, str])
    generator_url: Text = Field(default="", alias="generatorURL")
    starts_at: Moment = Field(alias="startsAt")
    ends_at: Any = Field(default=None, alias="endsAt")  # of a firing alert it is a moment in the year 1


class _Ended(Foreign):
    ends_at: Moment = Field(alias="endsAt")


class _Notice(Foreign):
    version: Literal["4"]
    alerts: list[_Alert]


def read_notice(body: bytes) -> tuple[Alert, ...]:
    """Return the alerts of a webhook's body, but for those without a severity of ours.

    Raises
    ------
    BadNotice
        If it is no JSON of the webhook's version 4, or a moment in it cannot be right.
    TooManyAlerts
        If it has more than a thousand.
    """
    try:
        notice = _Notice.model_validate_json(body)
        if len(notice.alerts) > MOST_ALERTS:
            raise TooManyAlerts(f"{len(notice.alerts):,} alerts; at most {MOST_ALERTS:,} are taken at once")
        return tuple(_alert(one) for one in notice.alerts if one.labels.get("severity") in tuple(Severity))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise BadNotice(f"{place}: {first['msg'].partition(chr(10))[0]}") from None


def _alert(told: _Alert) -> Alert:
    ended_at = None
    if told.status == "resolved":
        ended_at = _Ended.model_validate({"endsAt": told.ends_at}, strict=False).ends_at
        ended_at = max(ended_at, told.starts_at + timedelta(milliseconds=1))
    return Alert(
        fingerprint=told.fingerprint,
        labels=told.labels,
        annotations=told.annotations,
        generator_url=told.generator_url,
        severity=Severity(told.labels["severity"]),
        starts_at=told.starts_at,
        ended_at=ended_at,
    )
