"""Whether a model has been silent for longer than it ever is: what feeds it, or logs for it, stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.quality.check import QualityVerdict, Soundness

STALENESS: Final = "staleness"
LEAST_HISTORY: Final = timedelta(days=1)
LEAST_LIMIT: Final = timedelta(minutes=15)
FACTOR: Final = 2
"""Multiples of the longest usual gap from which silence is a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A span between two minutes with predictions."""

    start: datetime
    end: datetime

    @property
    def width(self) -> timedelta:
        """How long it was."""
        return self.end - self.start


def silence_limit(gaps: Sequence[Gap], faulty: Sequence[datetime], *, history: timedelta) -> timedelta | None:
    """Return how long a model may be silent; None while its history is shorter than a day.

    Parameters
    ----------
    gaps : sequence of Gap
        The longest gaps of the history.
    faulty : sequence of datetime
        When the model was told to be silent for too long: a gap around such a moment is no usual one, until another
        comes that is half as long or longer.
    history : timedelta
        From the first to the last prediction, within the span that gaps were looked for in.

    Examples
    --------
    >>> from datetime import UTC
    >>> night = datetime(2026, 3, 1, 22, tzinfo=UTC)
    >>> silence_limit([Gap(start=night, end=night + timedelta(hours=8))], [], history=timedelta(days=3))
    datetime.timedelta(seconds=57600)
    """
    if history < LEAST_HISTORY:
        return None
    usual = [gap.width for gap in gaps if not _is_fault(gap, faulty) or _recurs(gap, gaps)]
    return max(FACTOR * max(usual, default=timedelta()), LEAST_LIMIT)


def _is_fault(gap: Gap, faulty: Sequence[datetime]) -> bool:
    return any(gap.start < moment <= gap.end for moment in faulty)


def _recurs(gap: Gap, gaps: Sequence[Gap]) -> bool:
    """Tell whether there is another gap of at least half the width: what recurs, such as weekends, is usual."""
    return any(other is not gap and FACTOR * other.width >= gap.width for other in gaps)


def judge_silence(silent: timedelta, limit: timedelta | None) -> QualityVerdict:
    """Judge how long a model has been silent by its limit; all in seconds."""
    seconds = max(silent.total_seconds(), 0.0)
    if limit is None:
        return QualityVerdict(
            check=STALENESS,
            verdict=Soundness.INSUFFICIENT_DATA,
            reason="less than a day of predictions: nobody knows how long it may be silent",
            value=seconds,
            expected=None,
            threshold=None,
            rows=0,
        )
    return QualityVerdict(
        check=STALENESS,
        verdict=Soundness.FAULTY if silent > limit else Soundness.SOUND,
        reason=f"no prediction for {_words(silent)}; its longest usual gap allows {_words(limit)}",
        value=seconds,
        expected=limit.total_seconds() / FACTOR,
        threshold=limit.total_seconds(),
        rows=0,
    )


def _words(span: timedelta) -> str:
    minutes = max(round(span.total_seconds() / 60), 0)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
