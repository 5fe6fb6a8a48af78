"""Estimates how well a classifier of several classes does before outcomes are known, from how sure it was (CBPE).

Of the rows that a model was so sure of, the reference's outcomes say how many come true. That tells what share of the
answers is right, of all and of each class that was answered. Which class it is where they are wrong, it does not tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.performance.estimate import Estimate, estimate_of
from driftgauge.performance.metric import NO_ROWS, Measured, proportion_error, undefined
from driftgauge.performance.multiclass import MulticlassCounts
from driftgauge.performance.registry import MULTICLASS
from driftgauge.performance.steps import Steps, fit_steps
from driftgauge.performance.thresholds import ReferenceBand, reference_band
from driftgauge.performance.unlabelled import ConfidenceCounts

ACCURACY, MACRO_PRECISION = "accuracy", "macro_precision"
ESTIMATED: Final = (ACCURACY, MACRO_PRECISION)
PRIOR: Final = 500.0
"""Rows of all classes together, that each class is taken to have beside its own: few of its own change little."""
ADDED: Final = 4
"""Rows that come true by even chance, two and two: so that what is surely right has a sampling error, too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassCbpe:
    """What was learned of a reference, by class, the last for those that are not kept by name.

    `steps` say how the confidences of each predicted class are read, `shares` (K+1,) how often each class turned out.
    `bands` has the band of each metric, None where it had no value.
    """

    steps: tuple[Steps, ...]
    shares: FloatArray
    bands: Mapping[str, ReferenceBand | None]

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads, about three kilobytes a class."""
        return {
            "steps": [of_class.to_json() for of_class in self.steps],
            "shares": self.shares.tolist(),
            "bands": {name: band.to_json() if band else None for name, band in self.bands.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ClassCbpe:
        """Return what was written."""
        bands: Mapping[str, Any] = document["bands"]
        return cls(
            steps=tuple(Steps.from_json(of_class) for of_class in document["steps"]),
            shares=np.array(document["shares"], dtype=np.float64),
            bands={name: ReferenceBand.from_json(band) if band else None for name, band in bands.items()},
        )


def fit_class_cbpe(chunks: Sequence[MulticlassCounts]) -> ClassCbpe:
    """Learn from a reference with outcomes.

    Parameters
    ----------
    chunks : sequence of MulticlassCounts
        The reference in chunks, in order of time, each of about as many rows as windows will have. They keep the same
        classes, and some of their rows have a confidence.

    Returns
    -------
    ClassCbpe

    Notes
    -----
    An isotonic regression says, for all classes together, which share of the rows of a bin came true. Then each class
    is fitted anew from its own rows and 500 more that are spread like the rows of all classes and come true as those
    do. A class with many rows is so read by what became of them, and one with few as all are. What a share may be off
    follows from how many rows it rests on, the class's own and those.

    Examples
    --------
    >>> from driftgauge.performance.multiclass import count_multiclass
    >>> said = ["a"] * 900 + ["b"] * 900
    >>> true = ["a"] * 900 + ["b"] * 600 + ["a"] * 300
    >>> chunk = count_multiclass(true, said, ["a", "b"], [0.9] * 1800)
    >>> [round(float(steps.shares[0]), 2) for steps in fit_class_cbpe([chunk, chunk]).steps]
    [0.96, 0.7, 0.83]

    References
    ----------
    Guillory et al., Proceedings of ICCV (2021) 1134-1144; Kuberski, Białek and Nielsen, "Confidence-based performance
    estimation", NannyML's documentation (2022).
    """
    whole = MulticlassCounts.merged(chunks[0].classes, chunks)
    rows, right = whole.confident.sum(axis=0).astype(np.float64), whole.confident[1].astype(np.float64)
    pooled = fit_steps(rows.sum(axis=0), right.sum(axis=0))
    prior = rows.sum(axis=0) * (PRIOR / rows.sum())
    expected = prior * (pooled.weights() @ pooled.shares)
    return ClassCbpe(
        steps=tuple(
            fit_steps(of_class + prior, came_true + expected) for of_class, came_true in zip(rows, right, strict=True)
        ),
        shares=whole.confusion.sum(axis=1) / whole.n,
        bands={
            name: reference_band(MULTICLASS[name], [MULTICLASS[name].measure(chunk) for chunk in chunks])
            for name in ESTIMATED
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Expected:
    """What is expected of a window's rows, by predicted class (all (K+1,)).

    Of `rows`, `right` come true, of which the variance is `chance` if probabilities are as they were read, and
    `learned` is the variance of `right` by what the reference may be off in them.
    """

    rows: IntArray
    right: FloatArray
    chance: FloatArray
    learned: FloatArray


def estimated_classes(fitted: ClassCbpe, counts: ConfidenceCounts, *, minimum_rows: int = 1) -> dict[str, Estimate]:
    """Estimate the metrics of a window without outcomes.

    Parameters
    ----------
    fitted : ClassCbpe
        What was learned of the reference.
    counts : ConfidenceCounts
        The window's predictions.
    minimum_rows : int
        How many rows a judgement takes.

    Returns
    -------
    dict of Estimate
        Of `accuracy` and `macro_precision`, over the rows with a confidence. The latter is the mean over the classes
        that are kept by name and were predicted, or would be expected to occur by how often they did in the reference.

    Notes
    -----
    A row of a bin comes true with the probability p that the bin's steps say. What is realised, given the predictions,
    lies around the mean of p with the variance `Σ p(1 - p) / n²`. The mean of p is off by how the reference's rows
    fell: it is a sum of the shares of steps by weights w, so that its variance is `Σ w² e²` with their sampling errors
    e. The confidence is three roots of the sum of both to either side. The sampling error that the estimate is judged
    by is a share's of so many rows, with the second part: how far it would be from that of very many such rows.

    Examples
    --------
    >>> from driftgauge.performance.multiclass import count_multiclass
    >>> from driftgauge.performance.unlabelled import count_said
    >>> said, true = ["a"] * 1000 + ["b"] * 1000, (["a"] * 9 + ["b"]) * 100 + ["b"] * 500 + ["a"] * 500
    >>> chunk = count_multiclass(true, said, ["a", "b"], [0.9] * 1000 + [0.6] * 1000)
    >>> found = estimated_classes(fit_class_cbpe([chunk] * 10), count_said(["a", "b"] * 100, ["a", "b"], [0.6] * 200))
    >>> round(found["accuracy"].measured.value, 2)
    0.5
    """
    by_class = [_expect(steps, rows.astype(np.float64)) for steps, rows in zip(fitted.steps, counts.rows, strict=True)]
    right, chance, learned = np.array(by_class).T
    expected = _Expected(rows=counts.rows.sum(axis=1), right=right, chance=chance, learned=learned)
    n = int(expected.rows.sum())
    present = np.flatnonzero(((expected.rows > 0) | (fitted.shares * n >= 1))[:-1])
    found = {ACCURACY: _accuracy(expected, n), MACRO_PRECISION: _macro_precision(expected, n, present)}
    return {
        name: estimate_of(MULTICLASS[name], measured, fitted.bands[name], minimum_rows=minimum_rows, spread=spread)
        for name, (measured, spread) in found.items()
    }


def _expect(steps: Steps, rows: FloatArray) -> tuple[float, float, float]:
    """Return how many rows of a class come true, and the two parts of the variance of that."""
    weights = steps.weights()
    shares = weights @ steps.shares
    return float(rows @ shares), float(rows @ (shares * (1 - shares))), float((rows @ weights) ** 2 @ steps.errors**2)


def _accuracy(expected: _Expected, n: int) -> tuple[Measured, float]:
    """Return the share of right answers, and how far the realised one may lie from it."""
    if not n:
        return undefined(0, NO_ROWS), 0.0
    right, learned = float(expected.right.sum()), float(expected.learned.sum()) / n**2
    error = math.sqrt(proportion_error(right, n) ** 2 + learned)
    return Measured(value=right / n, error=error, rows=n), math.sqrt(_chance(float(expected.chance.sum()), n) + learned)


def _macro_precision(expected: _Expected, n: int, present: IntArray) -> tuple[Measured, float]:
    """Return the mean over the classes that are `present`, of which one that was never predicted has 0."""
    classes = present.size
    if not classes:
        return undefined(n, NO_ROWS if not n else f"no class that is kept by name in {n} rows"), 0.0
    value = squares = spread = 0.0
    for said, right, chance, learned in zip(
        *(column[present].tolist() for column in (expected.rows, expected.right, expected.chance, expected.learned)),
        strict=True,
    ):
        if said:
            value += right / said
            squares += proportion_error(right, said) ** 2 + learned / said**2
            spread += _chance(chance, said) + learned / said**2
    measured = Measured(value=value / classes, error=math.sqrt(squares) / classes, rows=n)
    return measured, math.sqrt(spread) / classes


def _chance(variance: float, n: int) -> float:
    """Return the variance of a share of `n` rows, of which the right ones have this variance."""
    return (variance + ADDED / 4) / (n + ADDED) ** 2
