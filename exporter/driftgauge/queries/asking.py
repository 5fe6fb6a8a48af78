"""What questions have in common: whom they ask about, how far back, and at most how many rows."""

from __future__ import annotations

from typing import Final

from driftgauge.errors import BadInput

MOST_DAYS: Final = 36_525
MOST_ROWS: Final = 1_000_000
HOURS_A_DAY: Final = 24


def of_model(model: str, version: str | None, environment: str | None) -> dict[str, str | None]:
    """Return the params that name a model; None asks about every version or environment.

    Raises
    ------
    BadInput
        If a name is empty or could not be anyone's.

    Examples
    --------
    >>> of_model("churn", None, "production")
    {'model_name': 'churn', 'version': None, 'environment': 'production'}
    """
    named("model", model)
    for what, name in (("version", version), ("environment", environment)):
        if name is not None:
            named(what, name)
    return {"model_name": model, "version": version, "environment": environment}


def named(what: str, name: str) -> str:
    """Return a name that Postgres can hold.

    Raises
    ------
    BadInput
        If it is empty or holds a NUL character.
    """
    if not name.strip():
        raise BadInput(f"{what} is empty; give its name, or leave it out where that is allowed")
    if "\0" in name:
        raise BadInput(f"{what} {name!r} holds a NUL character, which no name in Postgres can")
    return name


def hours_back(hours: float) -> float:
    """Return a span in hours.

    Raises
    ------
    BadInput
        If it is not above 0, or longer than a hundred years.
    """
    return _span("hours", hours, MOST_DAYS * HOURS_A_DAY)


def days_back(days: float) -> float:
    """Return a span in days as hours.

    Raises
    ------
    BadInput
        If it is not above 0, or longer than a hundred years.
    """
    return _span("days", days, MOST_DAYS) * HOURS_A_DAY


def whole_days(days: int) -> int:
    """Return how many UTC days a trend has, today included.

    Raises
    ------
    BadInput
        If it is not from 1 to a hundred years.
    """
    if not 1 <= days <= MOST_DAYS or days != int(days):
        raise BadInput(f"days is {days}; give a whole number from 1 to {MOST_DAYS:,}")
    return int(days)


def at_most(limit: int) -> int:
    """Return how many rows to read at most.

    Raises
    ------
    BadInput
        If it is not from 1 to a million.
    """
    if not 1 <= limit <= MOST_ROWS or limit != int(limit):
        raise BadInput(f"limit is {limit}; give a whole number from 1 to {MOST_ROWS:,}")
    return int(limit)


def _span(what: str, span: float, longest: float) -> float:
    if not 0 < span <= longest:  # NaN is refused, too
        raise BadInput(f"{what} is {span}; give a number above 0, up to {longest:,}")
    return float(span)
