"""Durations given on the command line."""

from __future__ import annotations

from datetime import timedelta

from driftgauge.config.durations import parse_duration
from driftgauge.errors import BadInput


def duration(text: str, option: str) -> timedelta:
    """Return the duration that an option was given.

    Raises
    ------
    BadInput
        If it is none.

    Examples
    --------
    >>> duration("90s", "--every")
    datetime.timedelta(seconds=90)
    """
    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from error
