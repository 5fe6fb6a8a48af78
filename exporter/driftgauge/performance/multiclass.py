"""Counts of what a classifier with several classes said and what was true, from which each of its metrics follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from driftgauge.model.bins import IntArray

MOST_CLASSES: Final = 100
OTHER: Final = "other"


@dataclass(frozen=True, kw_only=True, eq=False)
class MulticlassCounts:
    """The confusion matrix of a classifier: the classes that are kept by name, and all others together.

    `confusion` (int64, K+1 × K+1) counts by outcome and predicted class, the last for classes beyond `classes`; of the
    rows that have such a class twice, `other_right` have the same one. Counts may be negative in a difference that is
    yet to be merged.
    """

    classes: tuple[str, ...]
    confusion: IntArray
    other_right: int

    @classmethod
    def empty(cls, classes: Sequence[str]) -> MulticlassCounts:
        """Return the counts of no rows."""
        size = len(classes) + 1
        return cls(classes=tuple(classes), confusion=np.zeros((size, size), dtype=np.int64), other_right=0)

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
        )

    @cached_property
    def n(self) -> int:
        """How many rows were counted."""
        return int(self.confusion.sum())

    @cached_property
    def is_difference(self) -> bool:
        """Whether more rows were taken away than were there: a correction that is yet to be merged."""
        return bool((self.confusion < 0).any()) or self.other_right < 0

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


def count_multiclass(labels: Sequence[str], predicted: Sequence[str], classes: Sequence[str]) -> MulticlassCounts:
    """Count the outcomes of a classifier's predictions.

    Parameters
    ----------
    labels, predicted : sequence of str, length rows
        What was true, and what the model said.
    classes : sequence of str
        The classes to keep by name (`most_frequent`); all others are counted together.

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
    place = {name: number for number, name in enumerate(classes)}
    other = len(classes)
    if len(place) != other:
        raise ValueError("a class is named twice")
    truth = np.array([place.get(label, other) for label in labels], dtype=np.int64)
    said = np.array([place.get(label, other) for label in predicted], dtype=np.int64)
    confusion = np.bincount(truth * (other + 1) + said, minlength=(other + 1) ** 2).reshape(other + 1, other + 1)
    right = sum(label == answer and label not in place for label, answer in zip(labels, predicted, strict=True))
    return MulticlassCounts(classes=tuple(classes), confusion=confusion.astype(np.int64), other_right=right)
