"""How a model's predictions are held against their outcomes: the task, and how labels and scores are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from driftgauge.performance.metric import Task

SAME: Final[Mapping[str, str]] = {"true": "1", "false": "0", "1.0": "1", "0.0": "0"}
"""Labels that say the same: services in other languages write booleans as numbers."""
THRESHOLD: Final = 0.5
COUNTING: Final[Mapping[Task, int]] = {Task.BINARY: 1, Task.MULTICLASS: 2, Task.REGRESSION: 1}
"""What cohorts hold: another number counts those of such models anew. 2: with confidences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTask:
    """What is counted of a model's predictions and outcomes, in cohorts of `cohort` of the predictions' event time.

    Of two classes, `positive` is the label of the one that scores are probabilities of, all others are negative, and
    a prediction without a label says "positive" from a score of `threshold` on. Of several classes, `classes` are kept
    by name. `segments` are counted apart, too. `counting` is the number of `COUNTING` that cohorts are counted by.
    """

    task: Task
    cohort: timedelta
    positive: str = "1"
    threshold: float = THRESHOLD
    classes: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    counting: int = 1

    def is_positive(self, label: str) -> bool:
        """Tell whether a label is the positive class's.

        Examples
        --------
        >>> task = OutcomeTask(task=Task.BINARY, cohort=timedelta(days=1), positive="true")
        >>> task.is_positive("1"), task.is_positive("True"), task.is_positive("no")
        (True, True, False)
        """
        return canonical(label) == canonical(self.positive)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "task": self.task.value,
            "cohort_seconds": self.cohort.total_seconds(),
            "positive": self.positive,
            "threshold": self.threshold,
            "classes": list(self.classes),
            "segments": list(self.segments),
            "counting": self.counting,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> OutcomeTask:
        """Return the task that was written."""
        return cls(
            task=Task(document["task"]),
            cohort=timedelta(seconds=document["cohort_seconds"]),
            positive=document["positive"],
            threshold=document["threshold"],
            classes=tuple(document["classes"]),
            segments=tuple(document["segments"]),
            counting=document.get("counting", 1),  # tasks of before there was a second one
        )


def canonical(label: str) -> str:
    """Return a label as it is compared where there are two classes.

    Examples
    --------
    >>> canonical("True"), canonical(" late"), canonical("Late")
    ('1', ' late', 'Late')
    """
    return SAME.get(label.lower(), label)


def label_of(value: float) -> str:
    """Return the label that a number stands for.

    Examples
    --------
    >>> label_of(1.0), label_of(2.5), label_of(-0.0)
    ('1', '2.5', '0')
    """
    return str(int(value)) if value.is_integer() else repr(value)
