"""How figures of cost are put, for people."""

from __future__ import annotations

import math
from typing import Final

DIGITS: Final = 3
PERCENT: Final = 100


def many(number: float) -> str:
    """Return a number of things, to three digits where it was measured.

    Examples
    --------
    >>> many(1000), many(112345.6), many(0.4), many(17)
    ('1,000', '112,000', '0.4', '17')
    """
    return f"{number:,}" if isinstance(number, int) else much(number)


def much(value: float) -> str:
    """Return a measured value to three digits.

    Examples
    --------
    >>> much(0.0123456), much(1234.5), much(7.0), much(0.0)
    ('0.0123', '1,230', '7', '0')
    """
    if not value:
        return "0"
    places = DIGITS - 1 - math.floor(math.log10(abs(value)))
    said = f"{round(value, places):,.{max(places, 0)}f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def share(value: float) -> str:
    """Return a share in percent, to two digits.

    Examples
    --------
    >>> share(0.714), share(0.0456), share(1.0), share(0.0), share(-0.012)
    ('71 %', '4.6 %', '100 %', '0 %', '-1.2 %')
    """
    percent = value * PERCENT
    if not percent:
        return "0 %"
    places = max(1 - math.floor(math.log10(abs(percent))), 0)
    said = f"{percent:.{places}f}"
    return f"{said.rstrip('0').rstrip('.') if '.' in said else said} %"
