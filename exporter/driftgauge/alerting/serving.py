"""Which versions of a model serve, and which another has replaced: of these nobody asks how they do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.model.identity import ModelKey

UNKNOWN_LIMIT: Final = timedelta(days=1)
"""So long may a version lie behind another of which nobody knows yet how long it may be silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a model, and when it predicted last; None: it only logs metrics.

    The predictions of a source are known until that was last read (`read_to`).
    """

    key: ModelKey
    last_at: datetime | None = None
    read_to: datetime | None = None


def newest_predictions(versions: Collection[Version]) -> dict[tuple[str, str], datetime]:
    """Return when each model, by name and environment, predicted last, by whichever version."""
    newest: dict[tuple[str, str], datetime] = {}
    for version in versions:
        if version.last_at is not None:
            place = version.key.model, version.key.environment
            newest[place] = max(newest.get(place, version.last_at), version.last_at)
    return newest


def serving(versions: Collection[Version], limits: Mapping[ModelKey, timedelta]) -> list[Version]:
    """Return the versions that no other has replaced.

    Parameters
    ----------
    versions : collection of Version
        All of the models in question.
    limits : mapping
        How long versions may be silent, where that is known. One that predicted last so much earlier than another of
        its model and environment was replaced; one that only logs metrics never is.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> old, new = (ModelKey(model="churn", version=name, environment="production") for name in "12")
    >>> both = [Version(key=old, last_at=noon), Version(key=new, last_at=noon + timedelta(minutes=20))]
    >>> [version.key.version for version in serving(both, {old: timedelta(minutes=15)})]
    ['2']
    >>> [version.key.version for version in serving(both, {})]
    ['1', '2']
    """
    newest = newest_predictions(versions)
    return [
        version
        for version in versions
        if version.last_at is None
        or newest[version.key.model, version.key.environment] - version.last_at
        <= limits.get(version.key, UNKNOWN_LIMIT)
    ]
