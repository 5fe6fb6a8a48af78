"""The kinds of values that configuration keys take: durations, addresses, names, thresholds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo, WithJsonSchema
from pydantic.config import JsonDict

from driftgauge.config.durations import DURATION_PATTERN, format_duration, parse_duration
from driftgauge.model.bins import FeatureKind
from driftgauge.model.same_season import SameSeason
from driftgauge.model.traffic import LATENCY_BOUNDS

SECOND, DAY, CENTURY = timedelta(seconds=1), timedelta(days=1), timedelta(days=36_525)
MILLISECOND = timedelta(milliseconds=1)
_LONGEST_TIMEOUT = timedelta(days=24)  # Postgres keeps timeouts in 32 bits of milliseconds
_LONGEST_LATENCY = timedelta(seconds=LATENCY_BOUNDS[-1])
_LISTEN_PATTERN = re.compile(r"(?P<host>[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
_LAST_PORT = 65_535
_WORD = r'[A-Za-z_\u0080-\uffff][\w$]*|"(?:[^"]|"")+"'
_RELATION_PATTERN = re.compile(rf"(?:(?P<schema>{_WORD})\.)?(?P<name>{_WORD})")


def _duration(value: object) -> timedelta:
    """Read a duration; a bare number has no unit."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str | int | float):
        raise ValueError("expected a duration like 90s, 15m, 24h or 7d")  # noqa: TRY004 - pydantic reports ValueError
    return parse_duration(str(value))


def _flag(value: object) -> bool:
    """Read a switch, as JSON writes it."""
    if value not in ("true", "false"):
        raise ValueError("expected true or false")
    return value == "true"


def _time_zone(name: str) -> str:
    """Check that the machine knows a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no time zone of that name is known here; expected one like Europe/Berlin") from None
    return name


def off(value: object) -> object:
    """Read `off` as no value."""
    return None if value == "off" else value


def show_off(schema: JsonDict) -> None:
    """Let editors know of `off`."""
    cast("list[JsonDict]", schema["anyOf"]).append({"const": "off"})


def _within(shortest: timedelta, longest: timedelta) -> AfterValidator:
    """Bound a duration, in the words of the file."""

    def check(value: timedelta) -> timedelta:
        if not shortest <= value <= longest:
            bounds = f"{format_duration(shortest)} to {format_duration(longest)}"
            raise ValueError(f"{format_duration(value)} is out of bounds; choose {bounds}")
        return value

    return AfterValidator(check)


def _anchored(path: Path, info: ValidationInfo) -> Path:
    """Read a relative path from the directory of the configuration file."""
    directory = info.context
    return directory / path if isinstance(directory, Path) else path


def _listen(value: str) -> str:
    """Check an address of the form host:port."""
    match = _LISTEN_PATTERN.fullmatch(value)
    if match is None or int(match["port"]) > _LAST_PORT:
        raise ValueError("expected host:port like 127.0.0.1:9799 or [::1]:9799; :9799 is every interface")
    return value


def parse_relation(text: str) -> tuple[str, ...]:
    """Return the name of a relation, or its schema's and its own; unquoted ones in small letters, as in SQL.

    Examples
    --------
    >>> parse_relation('Shop."Fraud Scores"')
    ('shop', 'Fraud Scores')
    """
    match = _RELATION_PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError('expected name or schema.name; names with other characters "in double quotes"')
    parts = filter(None, (match["schema"], match["name"]))
    return tuple(part[1:-1].replace('""', '"') if part.startswith('"') else part.lower() for part in parts)


def _relation(text: str) -> str:
    """Check the name of a relation."""
    parse_relation(text)
    return text


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that names something twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}")
    return names


_DurationText = (
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": DURATION_PATTERN, "examples": ["90s", "15m", "24h", "7d"]},
    ),
)
Interval = Annotated[timedelta, _within(SECOND, DAY), *_DurationText]
Span = Annotated[timedelta, _within(SECOND, CENTURY), *_DurationText]
Days = Annotated[timedelta, _within(DAY, CENTURY), *_DurationText]
Timeout = Annotated[timedelta, _within(MILLISECOND, _LONGEST_TIMEOUT), *_DurationText]
Latency = Annotated[timedelta, _within(MILLISECOND, _LONGEST_LATENCY), *_DurationText]
FilePath = Annotated[Path, Field(strict=False), AfterValidator(_anchored)]
Listen = Annotated[str, AfterValidator(_listen), WithJsonSchema({"type": "string", "pattern": ":[0-9]{1,5}$"})]
SchemaName = Annotated[str, Field(pattern="^[a-z_][a-z0-9_]*$", max_length=63)]
SourceName = SchemaName
Name = Annotated[str, Field(min_length=1)]
Relation = Annotated[str, AfterValidator(_relation)]
Names = Annotated[tuple[Name, ...], AfterValidator(distinct)]
TestNames = Annotated[Names, Field(min_length=1)]
Thresholds = Mapping[Name, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
Deviations = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Load = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Season = Annotated[SameSeason, Field(strict=False)]
DaysOrOff = Annotated[Days | None, BeforeValidator(off), Field(json_schema_extra=show_off)]
SeasonOrOff = Annotated[Season | None, BeforeValidator(off), Field(json_schema_extra=show_off)]
Kind = Annotated[FeatureKind, Field(strict=False)]
