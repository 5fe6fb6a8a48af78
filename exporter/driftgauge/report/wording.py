"""How a report puts names, numbers and moments, for people."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final

NAME: Final = 48
"""How many characters of a name are shown; the whole stands beside it."""

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_DIGITS: Final = 4
_LARGEST, _SMALLEST = 1e15, 1e-4
_PERCENT: Final = 100


def clean(text: str) -> str:
    r"""Return a text that a page can hold: of whitespace only spaces, and what nobody could read as the sign for that.

    Examples
    --------
    >>> clean("a\tb\x00c")
    'a b\ufffdc'
    """
    return _UNPRINTABLE.sub("\ufffd", " ".join(text.split()))


def short(name: str, most: int = NAME) -> str:
    """Return a name of at most so many characters, an ellipsis in place of its end where it is longer.

    Examples
    --------
    >>> short("departure delay", 10)
    'departure…'
    """
    whole = clean(name) or "(empty)"
    return whole if len(whole) <= most else f"{whole[: most - 1].rstrip()}…"


def count(number: int) -> str:
    """Return a number of things.

    Examples
    --------
    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def counted(number: int, thing: str) -> str:
    """Return a number with what it counts.

    Examples
    --------
    >>> counted(1, "feature"), counted(1200, "feature")
    ('1 feature', '1,200 features')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def number(value: float | None) -> str:
    """Return a figure to four digits, or nothing where there is none.

    Examples
    --------
    >>> number(12345.678), number(0.0123456), number(2.0), number(1e-9), number(None)
    ('12,346', '0.01235', '2', '1e-09', '')
    """
    if value is None or not math.isfinite(value):
        return ""
    if value and not _SMALLEST <= abs(value) < _LARGEST:
        return f"{value:.3g}"
    places = _DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
    said = f"{value:,.{max(places, 0)}f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def percent(share: float | None) -> str:
    """Return a share in percent, so that what is not quite nothing or all does not look so.

    Examples
    --------
    >>> percent(0.5034), percent(0.934), percent(0.0004), percent(0.9999), percent(0.0), percent(None)
    ('50 %', '93.4 %', '0.04 %', '99.99 %', '0 %', '')
    """
    if share is None or not math.isfinite(share):
        return ""
    value = share * _PERCENT
    rest = min(abs(value), abs(_PERCENT - value))
    places = 0 if rest == 0 or rest >= 10 else min(max(1 - math.floor(math.log10(rest)), 1), 4)  # noqa: PLR2004
    said = f"{value:.{places}f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return f"{said} %"


def moment(at: datetime) -> str:
    """Return a moment in UTC to the minute; the page says once that all are UTC.

    Examples
    --------
    >>> moment(datetime.fromisoformat("2026-03-01T12:34:56+00:00"))
    '2026-03-01 12:34'
    """
    return f"{at:%Y-%m-%d %H:%M}"


def day(at: date) -> str:
    """Return a day."""
    return f"{at:%Y-%m-%d}"


def midnight(at: date) -> datetime:
    """Return the moment at which a UTC day begins."""
    return datetime.combine(at, time(), UTC)


def window(start: datetime, end: datetime) -> str:
    """Return a span of time, the day once where it is one.

    Examples
    --------
    >>> noon = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    >>> window(noon, noon.replace(hour=13)), window(noon, noon.replace(day=2))
    ('2026-03-01 12:00 to 13:00', '2026-03-01 12:00 to 2026-03-02 12:00')
    """
    return f"{moment(start)} to {f'{end:%H:%M}' if start.date() == end.date() else moment(end)}"


def listing(names: Sequence[str], most: int = 3) -> str:
    """Return names one after another, the rest counted.

    Examples
    --------
    >>> listing(["a", "b"]), listing(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 more')
    """
    shown = [short(name) for name in names[:most]]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest:,} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def spaced(word: str) -> str:
    """Return a word of code, such as a verdict, as words."""
    return word.replace("_", " ")
