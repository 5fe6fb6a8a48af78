"""Durations and moments as people write them: `90s`, `24h`, `7d`, `1h30m`, ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from driftgauge.errors import BadInput

UNITS: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_SHORT: Final = "".join(f"(?:([0-9]+){unit})?" for unit in UNITS)
_ISO: Final = (
    "P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?"
    r"(?:([0-9]+)(?:\.([0-9]{1,3}))?S)?)?"
)
DURATION_PATTERN: Final = f"^(?!P?T?$)(?:{_SHORT}|{_ISO})$"
_ECHOED = 40  # characters of a bad value that a message repeats


def parse_duration(text: str) -> timedelta:
    """Return the duration that `text` names, to the millisecond.

    Units are w, d, h, m, s and ms, largest first; or ISO 8601 weeks to seconds. Months and years have no fixed length.

    Raises
    ------
    ValueError
        In words for the user, when `text` is no duration.

    Examples
    --------
    >>> parse_duration("1h30m"), parse_duration("PT1H30M")
    (datetime.timedelta(seconds=5400), datetime.timedelta(seconds=5400))
    """
    match = re.fullmatch(_SHORT, text) or re.fullmatch(_ISO, text)
    amounts = match.groups(default="") if match else ()
    if not any(amounts):
        if re.fullmatch("[0-9]+", text):
            raise ValueError(f"{_shown(text)} has no unit; append one of {', '.join(UNITS)}")
        raise ValueError(f"{_shown(text)} is no duration; write it like 90s, 15m, 24h, 7d or PT1H")
    if amounts and text.startswith("P"):
        amounts = (*amounts[:-1], amounts[-1].ljust(3, "0"))  # the decimals of a second
    try:
        return sum(
            (width * int(amount or 0) for width, amount in zip(UNITS.values(), amounts, strict=True)),
            start=timedelta(0),
        )
    except (OverflowError, ValueError):
        raise ValueError(f"{_shown(text)} is too long") from None


def format_duration(duration: timedelta) -> str:
    """Return `duration` (not negative, whole milliseconds) as `parse_duration` reads it.

    Examples
    --------
    >>> format_duration(timedelta(days=7)), format_duration(timedelta(days=30)), format_duration(timedelta(hours=1.5))
    ('7d', '30d', '1h30m')
    """
    parts: list[str] = []
    for unit, width in UNITS.items():
        if unit == "w":  # 30d reads better than 4w2d
            continue
        count, duration = divmod(duration, width)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that `text` names: ISO 8601 (UTC unless it says otherwise), a duration back from `now`, or now.

    Raises
    ------
    BadInput
        When `text` is neither, or out of range.

    Examples
    --------
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> parse_moment("24h", noon).isoformat(), parse_moment("2026-02-28T10:00", noon).isoformat()
    ('2026-02-28T12:00:00+00:00', '2026-02-28T10:00:00+00:00')
    """
    if text == "now":
        return now
    try:
        if re.fullmatch(_SHORT, text) or text.startswith("P"):
            return now - parse_duration(text)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise BadInput(f"{_shown(text)} is out of range") from None
    except ValueError:
        raise BadInput(
            f"{_shown(text)} is no time; write ISO 8601 like 2026-03-01T12:00Z, or a duration back from now like 24h",
        ) from None


def _shown(text: str) -> str:
    """Quote the head of a bad value for a message of one line."""
    return repr(text if len(text) <= _ECHOED else f"{text[:_ECHOED]}…")
