"""Estimates how far a regressor is off before outcomes are known, from its features (direct loss estimation, DLE).

Where errors are larger for some inputs than for others, a window with more of them will have the larger loss. That
holds while the loss for given features stays as it was: changed inputs are seen, a changed relation of inputs and
outcomes is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.profile import ModelProfile
from driftgauge.performance.estimate import Estimate, estimate_of
from driftgauge.performance.loss_effects import LossCells, LossTable, fit_effects, squared_errors
from driftgauge.performance.metric import NO_ROWS, Measured, undefined
from driftgauge.performance.registry import REGRESSION
from driftgauge.performance.regression import GREATEST, count_regression
from driftgauge.performance.thresholds import ReferenceBand, reference_band

ABSOLUTE, SQUARED = 0, 1  # rows of the effects
FOLDS: Final = 10
ESTIMATED: Final = ("mae", "rmse")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossChunk:
    """Rows of a reference with outcomes.

    `slots` (int64, rows × features) has the slot of each feature of the layout, in its order, `NO_VALUE` (-1) without a
    value; `outcomes` and `predictions` (float64, (rows,)) are in one unit. Rows in which one of them is not finite, or
    beyond 1e70, are left out.
    """

    slots: IntArray
    outcomes: FloatArray
    predictions: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dle:
    """What was learned of a reference.

    The expected loss of a row is `common` (2,), of the absolute and of the squared error, and what each cell adds
    (`effects`, 2 × cells). `used` says for both whether effects foretold the losses of held-out chunks better than the
    mean loss did; where not, they are 0. `kurtosis` is that of the errors about 0, `bands` those of `mae` and `rmse`.
    """

    cells: LossCells
    common: FloatArray
    effects: FloatArray
    used: tuple[bool, bool]
    kurtosis: float
    bands: Mapping[str, ReferenceBand | None]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads, some kilobytes."""
        return {
            "cells": self.cells.to_json(),
            "common": self.common.tolist(),
            "effects": self.effects.tolist(),
            "used": list(self.used),
            "kurtosis": self.kurtosis,
            "bands": {name: band.to_json() if band else None for name, band in self.bands.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Dle:
        """Return what was written."""
        bands: Mapping[str, Any] = document["bands"]
        absolute, squared = document["used"]
        return cls(
            cells=LossCells.from_json(document["cells"]),
            common=np.array(document["common"], dtype=np.float64),
            effects=np.array(document["effects"], dtype=np.float64).reshape(2, -1),
            used=(absolute, squared),
            kurtosis=document["kurtosis"],
            bands={name: ReferenceBand.from_json(band) if band else None for name, band in bands.items()},
        )


def fit_dle(reference: ModelProfile, chunks: Sequence[LossChunk]) -> Dle:
    """Learn from a reference with outcomes.

    Parameters
    ----------
    reference : ModelProfile
        The reference's features, by which their slots are merged into at most 16 cells of equal counts.
    chunks : sequence of LossChunk
        The reference's rows in at least two chunks, in order of time, each of about as many rows as windows will have.

    Returns
    -------
    Dle

    Raises
    ------
    ValueError
        If fewer than two chunks have rows.

    Notes
    -----
    |error| and error² are each fitted by ridge regression on the cells of all features (`loss_effects`). Each tenth of
    the chunks is held out once: where the fit to the others has no smaller squared error there than the mean loss has,
    the mean is all that is learned.

    Examples
    --------
    Errors are 1 for category `a` and 3 for `b`, which half of the rows have.

    >>> from dataclasses import replace
    >>> from driftgauge.model.bins import BinLayout, CategoricalBins
    >>> layout = BinLayout(features={"plan": CategoricalBins(categories=("a", "b"))})
    >>> slots = np.array([[0], [1]] * 500)
    >>> reference = replace(ModelProfile.empty(layout), rows=1000, counts=np.array([500, 500, 0, 0]))
    >>> chunk = LossChunk(slots=slots, outcomes=np.zeros(1000), predictions=np.array([1.0, -3.0] * 500))
    >>> fitted = fit_dle(reference, [chunk, chunk])
    >>> fitted.used, (fitted.common[0] + fitted.effects[0, :2]).round(1).tolist()
    ((True, True), [1.0, 3.0])

    References
    ----------
    NannyML, "Direct loss estimation", documentation (2022), which takes gradient boosting; docs/decisions/ says why
    this does not.
    """
    filled = [chunk for chunk in map(_usable, chunks) if chunk.outcomes.size]
    if len(filled) < 2:  # noqa: PLR2004 - one to fit and one to hold out
        raise ValueError(f"losses are learned from two chunks or more, not {len(filled)}")
    cells = LossCells.of(reference)
    tables = [_table(cells, chunk) for chunk in filled]
    whole = _merged(tables)
    used = _foretells(tables, whole)
    common, effects = fit_effects(whole)
    effects = np.where(used[:, np.newaxis], effects, 0.0)
    common = np.where(used, common, whole.totals / whole.rows)
    realised = [count_regression(chunk.outcomes, chunk.predictions) for chunk in filled]
    bands = {
        name: reference_band(REGRESSION[name], [REGRESSION[name].measure(counts) for counts in realised])
        for name in ESTIMATED
    }
    mean_square = float(whole.totals[SQUARED]) / whole.rows
    kurtosis = float(whole.squares[SQUARED]) / whole.rows / mean_square**2 if mean_square else 1.0
    return Dle(
        cells=cells,
        common=common,
        effects=effects,
        used=(bool(used[ABSOLUTE]), bool(used[SQUARED])),
        kurtosis=kurtosis,
        bands=bands,
    )


def estimated_losses(fitted: Dle, profile: ModelProfile, *, minimum_rows: int = 1) -> dict[str, Estimate]:
    """Estimate the losses of a window without outcomes.

    Parameters
    ----------
    fitted : Dle
        What was learned of the reference.
    profile : ModelProfile
        The window's features, on the reference's bins.
    minimum_rows : int
        How many rows a judgement takes.

    Returns
    -------
    dict of Estimate
        Of `mae` and `rmse`, in the unit of the outcome.

    Raises
    ------
    ValueError
        If the profile lies on other bins.

    Notes
    -----
    The mean loss is what all rows have and what each cell adds times its share of rows, and no less than 0. Sampling
    errors are how far realised values will lie around that: from the estimated variance of |error|, and for the mean
    square from the kurtosis that errors had in the reference.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from driftgauge.model.bins import BinLayout, CategoricalBins
    >>> layout = BinLayout(features={"plan": CategoricalBins(categories=("a", "b"))})
    >>> reference = replace(ModelProfile.empty(layout), rows=1000, counts=np.array([500, 500, 0, 0]))
    >>> slots, said = np.array([[0], [1]] * 500), np.array([1.0, -3.0] * 500)
    >>> rows = LossChunk(slots=slots, outcomes=np.zeros(1000), predictions=said)
    >>> window = replace(reference, rows=100, counts=np.array([10, 90, 0, 0]))
    >>> round(estimated_losses(fit_dle(reference, [rows, rows]), window)["mae"].measured.value, 1)
    2.8
    """
    shares = fitted.cells.counts(profile) / max(profile.rows, 1)
    absolute, squared = np.maximum(fitted.common + fitted.effects @ shares, 0.0).tolist()
    squared = max(squared, absolute**2)
    n = profile.rows
    if not n:
        found = dict.fromkeys(ESTIMATED, undefined(0, NO_ROWS))
    else:
        root = math.sqrt(squared)
        spread = math.sqrt((squared - absolute**2) / n)
        root_error = root * math.sqrt(max(fitted.kurtosis - 1, 0.0) / n) / 2
        found = {
            "mae": Measured(value=absolute, error=spread, rows=n),
            "rmse": Measured(value=root, error=root_error, rows=n),
        }
    return {
        name: estimate_of(REGRESSION[name], found[name], fitted.bands[name], minimum_rows=minimum_rows)
        for name in ESTIMATED
    }


def _usable(chunk: LossChunk) -> LossChunk:
    usable = (np.abs(chunk.outcomes) <= GREATEST) & (np.abs(chunk.predictions) <= GREATEST)
    return LossChunk(slots=chunk.slots[usable], outcomes=chunk.outcomes[usable], predictions=chunk.predictions[usable])


def _table(cells: LossCells, chunk: LossChunk) -> LossTable:
    errors = chunk.predictions - chunk.outcomes
    return LossTable.of(cells.places(chunk.slots), cells.size, np.stack([np.abs(errors), errors**2]))


def _merged(tables: Sequence[LossTable]) -> LossTable:
    whole = tables[0]
    for table in tables[1:]:
        whole = whole.plus(table)
    return whole


def _foretells(tables: Sequence[LossTable], whole: LossTable) -> NDArray[np.bool_]:
    """Return for which losses effects are better on held-out chunks than the mean of the others (2,)."""
    folds = min(len(tables), FOLDS)
    gain = np.zeros(2)
    for fold in range(folds):
        held = _merged(tables[fold::folds])
        others = whole.plus(held, -1)
        nothing = np.zeros_like(whole.sums)
        mean_only = squared_errors(held, others.totals / others.rows, nothing)
        gain += held.rows * (mean_only - squared_errors(held, *fit_effects(others)))
    return gain > 0
