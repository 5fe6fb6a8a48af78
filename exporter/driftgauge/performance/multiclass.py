"""Counts of what a classifier with several classes said and what was true, from which each of its metrics follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from driftgauge.model.bins import IntArray
from driftgauge.performance.score_bins import CONFIDENCE_BINS, NO_CONFIDENCE, Scores, slots_of_confidences

MOST_CLASSES: Final = 100
OTHER: Final = "other"


@dataclass(frozen=True, kw_only=True, eq=False)
class MulticlassCounts:
    """The confusion matrix of a classifier: the classes that are kept by name, and all others together.

    `confusion` (int64, K+1 × K+1) counts by outcome and predicted class, the last for classes beyond `classes`; of the
    rows that have such a class twice, `other_right` have the same one. `confident` (int64, 2 × K+1 × 200) counts the
    rows with a confidence by whether the prediction came true, predicted class and bin. Counts may be negative in a
    difference that is yet to be merged.
    """

    classes: tuple[str, ...]
    confusion: IntArray
    other_right: int
    confident: IntArray

    @classmethod
    def empty(cls, classes: Sequence[str]) -> MulticlassCounts:
        """Return the counts of no rows."""
        size = len(classes) + 1
        return cls(
            classes=tuple(classes),
            confusion=np.zeros((size, size), dtype=np.int64),
            other_right=0,
            confident=np.zeros((2, size, CONFIDENCE_BINS), dtype=np.int64),
        )

    @classmethod
    def merged(cls, classes: Sequence[str], counts: Iterable[MulticlassCounts]) -> MulticlassCounts:
        """Return the counts of all the rows of `counts`, which must keep the same classes."""
        whole = cls.empty(classes)
        for part in counts:
            whole = whole.plus(part)
        return whole

    def minus(self, taken: MulticlassCounts) -> MulticlassCounts:
        """Return these counts without the rows of `taken`: a corrected outcome is taken back, then added anew."""
        return self.plus(taken, -1)

    def plus(self, other: MulticlassCounts, sign: int = 1) -> MulticlassCounts:
        """Return these counts with the rows of `other`, or, with the sign -1, without them."""
        if self.classes != other.classes:
            raise ValueError(f"counts of {len(self.classes)} and of {len(other.classes)} classes are not of one model")
        return MulticlassCounts(
            classes=self.classes,
            confusion=self.confusion + sign * other.confusion,
            other_right=self.other_right + sign * other.other_right,
            confident=self.confident + sign * other.confident,
        )

    @cached_property
    def n(self) -> int:
        """How many rows were counted."""
        return int(self.confusion.sum())

    @cached_property
    def is_difference(self) -> bool:
        """Whether more rows were taken away than were there: a correction that is yet to be merged."""
        return bool((self.confusion < 0).any() or (self.confident < 0).any()) or self.other_right < 0

    @cached_property
    def right(self) -> IntArray:
        """Rows whose prediction came true, by class, shape (K+1,)."""
        right = np.diagonal(self.confusion).copy()
        right[-1] = self.other_right
        return right


def most_frequent(labels: Iterable[str], most: int = MOST_CLASSES) -> tuple[str, ...]:
    """Return the classes to keep by name: the most frequent, in order of name.

    Examples
    --------
    >>> most_frequent(["b", "a", "c", "b", "a"], most=2)
    ('a', 'b')
    """
    ranked = sorted(Counter(labels).items(), key=lambda item: (-item[1], item[0]))
    return tuple(sorted(label for label, _ in ranked[:most]))


def places_of(labels: Sequence[str], classes: Sequence[str]) -> IntArray:
    """Return the place of each label among the classes that are kept by name, or the one after them (rows,).

    Raises
    ------
    ValueError
        If a class is named twice.

    Examples
    --------
    >>> places_of(["b", "z", "a"], ["a", "b"]).tolist()
    [1, 2, 0]
    """
    place = {name: number for number, name in enumerate(classes)}
    if len(place) != len(classes):
        raise ValueError("a class is named twice")
    return np.array([place.get(label, len(classes)) for label in labels], dtype=np.int64)


def count_multiclass(
    labels: Sequence[str], predicted: Sequence[str], classes: Sequence[str], confidences: Scores | None = None
) -> MulticlassCounts:
    """Count the outcomes of a classifier's predictions.

    Parameters
    ----------
    labels, predicted : sequence of str, length rows
        What was true, and what the model said.
    classes : sequence of str
        The classes to keep by name (`most_frequent`); all others are counted together.
    confidences : array of float, shape (rows,), optional
        The model's probabilities of the classes that it said. One that is no number in [0, 1] counts as none.

    Returns
    -------
    MulticlassCounts

    Raises
    ------
    ValueError
        If there are not as many labels as predictions, or a class is named twice.

    Examples
    --------
    >>> counts = count_multiclass(["a", "b", "z", "y"], ["a", "a", "z", "x"], ["a", "b"])
    >>> counts.confusion.tolist(), counts.right.tolist()
    ([[1, 0, 0], [1, 0, 0], [0, 0, 2]], [1, 0, 1])
    """
    if len(labels) != len(predicted):
        raise ValueError(f"{len(labels)} labels and {len(predicted)} predictions are no rows")
    truth, said, size = places_of(labels, classes), places_of(predicted, classes), len(classes) + 1
    confusion = np.bincount(truth * size + said, minlength=size**2).reshape(size, size)
    right = np.array([label == answer for label, answer in zip(labels, predicted, strict=True)], dtype=np.int64)
    return MulticlassCounts(
        classes=tuple(classes),
        confusion=confusion.astype(np.int64),
        other_right=int(right[truth == size - 1].sum()),
        confident=_by_confidence(right * size + said, confidences, parts=2 * size).reshape(2, size, CONFIDENCE_BINS),
    )


def count_confidences(said: IntArray, confidences: Scores, classes: int) -> IntArray:
    """Count the rows with a confidence by the place of the predicted class and bin, shape (classes + 1, 200).

    Raises
    ------
    ValueError
        If there are not as many confidences as predictions.

    Examples
    --------
    >>> count_confidences(np.array([0, 1, 1]), [0.5, 0.9, None], 1).sum(axis=1).tolist()
    [1, 1]
    """
    return _by_confidence(said, confidences, parts=classes + 1)


def _by_confidence(part: IntArray, confidences: Scores | None, *, parts: int) -> IntArray:
    """Return how many rows of each part (rows,) have a confidence in each bin, shape (parts, 200)."""
    if confidences is None:
        return np.zeros((parts, CONFIDENCE_BINS), dtype=np.int64)
    slots = slots_of_confidences(np.asarray(confidences, dtype=np.float64))
    if slots.shape != part.shape:
        raise ValueError(f"{part.size} predictions and {slots.size} confidences are no rows")
    slots, part = slots[slots != NO_CONFIDENCE], part[slots != NO_CONFIDENCE]
    counts = np.bincount(part * CONFIDENCE_BINS + slots, minlength=parts * CONFIDENCE_BINS)
    return counts.astype(np.int64).reshape(parts, CONFIDENCE_BINS)
