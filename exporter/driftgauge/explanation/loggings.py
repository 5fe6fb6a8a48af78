"""Which rows of importances were logged together: services log all of a model's features at once, or nearly so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

Row = tuple[datetime, str, float]
"""When, which feature, how important."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """The importances of one logging, which began at `at`; of a feature that was logged several times, the last."""

    at: datetime
    importances: dict[str, float]


def loggings(rows: Iterable[Row], span: timedelta) -> list[Logging]:
    """Return what was logged together, the oldest first.

    Parameters
    ----------
    rows : iterable of (datetime, str, float)
        In order of time.
    span : timedelta
        A logging takes all rows from its first on that come before so much time has passed, and the next row begins
        another. So the services of several processes that tell the same are one logging, and so are features that
        were inserted one by one.

    Returns
    -------
    list of Logging

    Examples
    --------
    >>> from datetime import UTC
    >>> noon, minute = datetime(2026, 3, 1, 12, tzinfo=UTC), timedelta(minutes=1)
    >>> rows = [(noon, "age", 0.6), (noon + minute, "plan", 0.4), (noon + 60 * minute, "age", 0.5)]
    >>> [(each.at.hour, each.importances) for each in loggings(rows, timedelta(hours=1))]
    [(12, {'age': 0.6, 'plan': 0.4}), (13, {'age': 0.5})]
    """
    found: list[Logging] = []
    for at, feature, importance in rows:
        if not found or at >= found[-1].at + span:
            found.append(Logging(at=at, importances={}))
        found[-1].importances[feature] = importance
    return found
