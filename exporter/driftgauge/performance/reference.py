"""What a model's cohorts are held against: the bands of its reference's cohorts, and what was learned there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.business_value import CostMatrix
from driftgauge.performance.cbpe import Cbpe, fit_cbpe
from driftgauge.performance.class_cbpe import ClassCbpe, fit_class_cbpe
from driftgauge.performance.dle import Dle, LossChunk, fit_dle
from driftgauge.performance.metric import Counts, Measured
from driftgauge.performance.multiclass import MulticlassCounts
from driftgauge.performance.registry import AnyMetric
from driftgauge.performance.score_table import LabelledScores
from driftgauge.performance.thresholds import CHUNKS, ReferenceBand, reference_band
from driftgauge.performance.valued import valued

Estimator = Cbpe | ClassCbpe | Dle
CBPE, CLASS_CBPE, DLE = "cbpe", "class_cbpe", "dle"
NO_SCORES: Final = "predictions of the reference's cohorts have no scores"
NO_CONFIDENCES: Final = "predictions of the reference's cohorts have no confidences"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceReference:
    """What was learned of `cohorts` cohorts in `window`, together of `rows` outcomes.

    A metric's band is None where fewer than two cohorts had a value. Without an `estimator`, `reason` says why.
    """

    window: TimeWindow
    cohorts: int
    rows: int
    bands: Mapping[str, ReferenceBand | None]
    estimator: Estimator | None
    reason: str

    def bands_to_json(self) -> dict[str, Any]:
        """Return what `bands_from_json` reads."""
        return {name: band.to_json() if band else None for name, band in self.bands.items()}

    def estimator_to_json(self) -> dict[str, Any] | None:
        """Return what `estimator_from_json` reads."""
        if self.estimator is None:
            return None
        return {_name(self.estimator): self.estimator.to_json()}


def bands_from_json(document: Mapping[str, Any]) -> dict[str, ReferenceBand | None]:
    """Return the bands that were written."""
    return {name: ReferenceBand.from_json(band) if band else None for name, band in document.items()}


def estimator_from_json(document: Mapping[str, Any] | None) -> Estimator | None:
    """Return the estimator that was written."""
    if document is None:
        return None
    if CLASS_CBPE in document:
        return ClassCbpe.from_json(document[CLASS_CBPE])
    return Cbpe.from_json(document[CBPE]) if CBPE in document else Dle.from_json(document[DLE])


def _name(estimator: Estimator) -> str:
    if isinstance(estimator, Dle):
        return DLE
    return CBPE if isinstance(estimator, Cbpe) else CLASS_CBPE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossRows:
    """Rows with outcomes of a regressor's reference, by cohort, and its features; or why there are none."""

    chunks: Sequence[LossChunk] = ()
    features: ModelProfile | None = None
    reason: str = ""


def fit_reference(
    cohorts: Sequence[tuple[TimeWindow, Counts]], *, costs: CostMatrix | None = None, losses: LossRows | None = None
) -> PerformanceReference:
    """Learn from a reference's cohorts.

    Parameters
    ----------
    cohorts : sequence of (TimeWindow, counts)
        In order of time, at least one.
    costs : CostMatrix or None
        What a classifier's predictions are worth.
    losses : LossRows or None
        A regressor's rows, from which its losses are learned.

    Returns
    -------
    PerformanceReference

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from driftgauge.performance.binary import count_binary
    >>> day = TimeWindow(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
    >>> counts = count_binary([0, 1] * 50, [0, 1] * 50, [0.2, 0.8] * 50)
    >>> fitted = fit_reference([(day, counts), (day, counts)])
    >>> fitted.rows, fitted.bands["accuracy"].mean, type(fitted.estimator).__name__
    (200, 1.0, 'Cbpe')
    """
    counted = [counts for _, counts in cohorts]
    found: dict[str, tuple[AnyMetric, list[Measured]]] = {}
    for counts in counted:
        for name, (metric, value) in valued(counts, costs).items():
            found.setdefault(name, (metric, []))[1].append(value)
    estimator, reason = _estimator(counted, losses or LossRows())
    return PerformanceReference(
        window=TimeWindow(start=cohorts[0][0].start, end=cohorts[-1][0].end),
        cohorts=len(cohorts),
        rows=sum(counts.n for counts in counted),
        bands={name: reference_band(metric, values) for name, (metric, values) in found.items()},
        estimator=estimator,
        reason=reason,
    )


def _estimator(counted: Sequence[Counts], losses: LossRows) -> tuple[Estimator | None, str]:
    binary = [counts for counts in counted if isinstance(counts, BinaryCounts)]
    if binary:
        chunks = [LabelledScores.of_counts(counts) for counts in binary if counts.scored]
        return (fit_cbpe(chunks), "") if len(chunks) >= CHUNKS else (None, NO_SCORES)
    several = [counts for counts in counted if isinstance(counts, MulticlassCounts)]
    if several:
        confident = [counts for counts in several if counts.confident.any()]
        return (fit_class_cbpe(confident), "") if len(confident) >= CHUNKS else (None, NO_CONFIDENCES)
    filled = [chunk for chunk in losses.chunks if chunk.outcomes.size]
    if losses.features is None:
        return None, losses.reason
    if len(filled) < CHUNKS:
        return None, "rows of the reference's cohorts are no longer kept, or have no outcomes that are numbers"
    return fit_dle(losses.features, filled), ""


def may_fill(window: TimeWindow, *, cohort: timedelta, needed: int) -> bool:
    """Tell whether a window is long enough for a reference of `needed` cohorts.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> month = TimeWindow(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 4, 1, tzinfo=UTC))
    >>> may_fill(month, cohort=timedelta(days=1), needed=10), may_fill(month, cohort=timedelta(days=7), needed=10)
    (True, False)
    """
    return window.width // cohort >= needed
