"""Values as answers hold them: finite or None, and in UTC."""

from __future__ import annotations

import math
from datetime import UTC, datetime


def finite(value: float | None) -> float | None:
    """Return a figure, or None where there is none.

    Examples
    --------
    >>> finite(0.5), finite(float("nan")), finite(None)
    (0.5, None, None)
    """
    return value if value is not None and math.isfinite(value) else None


def utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC, whatever the session's time zone is.

    Examples
    --------
    >>> utc(datetime.fromisoformat("2026-03-01T13:00+01:00")).isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    return moment.astimezone(UTC)


def utc_if_any(moment: datetime | None) -> datetime | None:
    """Return an aware moment in UTC, or None where there is none."""
    return None if moment is None else utc(moment)
