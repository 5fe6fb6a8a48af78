"""What a model's predictions and outcomes look like, and the task that follows from it where nobody has named one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from driftgauge.performance.cells import Cell
from driftgauge.performance.metric import Task
from driftgauge.performance.multiclass import MOST_CLASSES
from driftgauge.performance.task import OutcomeTask, canonical, label_of

ENOUGH: Final = 100
"""Pairs from which a task is decided."""
MOST_LABELS: Final = 200
RARE: Final = 0.01
"""Where two labels have the rest, labels of a smaller share of the pairs are slips."""
FEWEST: Final = 10
"""Pairs that a rare label must have to be the second of two: frauds may be one in a thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Pairs of predictions and outcomes, as they were logged.

    `labels` counts what turned out, by label, a whole number standing for one, and `said` what was foretold in words:
    the 200 most frequent of each. `numbers` of the pairs have a number for both prediction and outcome, `fractions` an
    outcome that is no whole number. `scores` has the sum and the number of scores by true label.
    """

    pairs: int = 0
    numbers: int = 0
    fractions: int = 0
    labels: Mapping[str, int] = field(default_factory=dict[str, int])
    said: Mapping[str, int] = field(default_factory=dict[str, int])
    scores: Mapping[str, tuple[float, int]] = field(default_factory=dict[str, tuple[float, int]])

    def plus(self, other: Evidence) -> Evidence:
        """Return both together."""
        scores = dict(self.scores)
        for label, (total, n) in other.scores.items():
            before, rows = scores.get(label, (0.0, 0))
            scores[label] = (before + total, rows + n)
        kept = _added(self.labels, other.labels)
        return Evidence(
            pairs=self.pairs + other.pairs,
            numbers=self.numbers + other.numbers,
            fractions=self.fractions + other.fractions,
            labels=kept,
            said=_added(self.said, other.said),
            scores={label: sums for label, sums in scores.items() if label in kept},
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Evidence:
        """Return the evidence that was written."""
        return cls(
            pairs=document["pairs"],
            numbers=document["numbers"],
            fractions=document["fractions"],
            labels=document["labels"],
            said=document["said"],
            scores={label: (total, n) for label, (total, n) in document["scores"].items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody has chosen of a model's task; None and nothing are left to the evidence."""

    task: Task | None = None
    positive: str | None = None
    threshold: float | None = None
    classes: tuple[str, ...] = ()

    @property
    def implied(self) -> Task | None:
        """The task that was chosen, if only by what it takes."""
        if self.task is None and (self.positive is not None or self.threshold is not None):
            return Task.BINARY
        return Task.MULTICLASS if self.task is None and self.classes else self.task

    def fits(self, task: OutcomeTask) -> bool:
        """Tell whether a task is as chosen, but for its threshold, which needs no evidence.

        Examples
        --------
        >>> from datetime import timedelta
        >>> task = OutcomeTask(task=Task.BINARY, cohort=timedelta(days=1), positive="late")
        >>> Choice().fits(task), Choice(positive="late").fits(task), Choice(classes=("a", "b")).fits(task)
        (True, True, False)
        """
        return (
            self.implied in (None, task.task)
            and self.positive in (None, task.positive)
            and self.classes in ((), task.classes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A task, with the label of the positive class where there are two, and the classes to keep by name of several."""

    task: Task
    positive: str = ""
    classes: tuple[str, ...] = ()


def evidence_of(cells: Iterable[Cell]) -> Evidence:
    """Return what the pairs look like whose outcomes are their predictions' first.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> cell = Cell(start=datetime(2026, 3, 1, tzinfo=UTC), segment=None, known=True, said=None, true=None,
    ...             values=[None, 3.0], scores=[0.7, None], confidences=[None, None], true_values=[1.0, 2.5],
    ...             times=[9.0, 7.0], lags=[1, 1])
    >>> found = evidence_of([cell])
    >>> found.pairs, found.numbers, found.fractions, dict(found.labels), dict(found.scores)
    (2, 1, 1, {'1': 1}, {'1': (0.7, 1)})
    """
    whole = Evidence()
    for cell in cells:
        if cell.known and cell.former is None and cell.sign > 0:
            whole = whole.plus(_of_cell(cell))
    return whole


def decide(evidence: Evidence, choice: Choice = Choice()) -> Decision | None:
    """Return the task that was chosen, and what the evidence tells of it; None while it tells too little.

    Returns
    -------
    Decision or None
        Of fewer than a hundred pairs, and while all had the same outcome, nothing is told.

    Notes
    -----
    Predictions and outcomes that are numbers, and not just 0 and 1, are a regressor's: classes that are numbered must
    be chosen. Two labels are two classes: the positive one is what booleans and 1 name, else the one whose rows have
    the higher mean score, else the rarer one. More labels are several classes.

    Examples
    --------
    >>> decide(Evidence(pairs=500, labels={"late": 120, "on time": 379, "?": 1})).positive
    'late'
    >>> decide(Evidence(pairs=500, numbers=500, labels={"3": 200, "7": 300})).task.value
    'regression'
    """
    if (decision := _chosen(choice)) is not None:
        return decision
    if evidence.pairs < ENOUGH:
        return None
    labels = _frequent(evidence)
    task = choice.implied or _inferred(evidence, labels)
    if task is Task.BINARY:
        return Decision(task=task, positive=_positive(evidence, labels))
    if task is Task.MULTICLASS:
        kept = sorted(evidence.labels, key=lambda label: (-evidence.labels[label], label))[:MOST_CLASSES]
        return Decision(task=task, classes=tuple(sorted(kept)))
    return None if task is None else Decision(task=task)


def _chosen(choice: Choice) -> Decision | None:
    """Return the decision that needs no evidence, if the choice leaves nothing open."""
    match choice.implied:
        case Task.REGRESSION:
            return Decision(task=Task.REGRESSION)
        case Task.BINARY if choice.positive is not None:
            return Decision(task=Task.BINARY, positive=choice.positive)
        case Task.MULTICLASS if choice.classes:
            return Decision(task=Task.MULTICLASS, classes=choice.classes)
        case _:
            return None


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Return the sums by label, the most frequent of them."""
    labels = Counter(one)
    labels.update(other)
    return dict(sorted(labels.items(), key=lambda item: (-item[1], item[0]))[:MOST_LABELS])


def _frequent(evidence: Evidence) -> list[str]:
    """Return the labels that are no slips, as two classes' are compared, those that turned out most often first."""
    turned_out, foretold = Counter[str](), Counter[str]()
    for counted, by_label in ((turned_out, evidence.labels), (foretold, evidence.said)):
        for label, rows in by_label.items():
            counted[canonical(label)] += rows
    all_labels = turned_out | foretold
    ordered = sorted(all_labels, key=lambda label: (-turned_out[label], -all_labels[label], label))
    frequent = [label for label in ordered if all_labels[label] >= RARE * evidence.pairs]
    if len(frequent) < 2:  # noqa: PLR2004 - two classes, one of them rare
        frequent += [label for label in ordered if label not in frequent and all_labels[label] >= FEWEST][:1]
    return frequent


def _inferred(evidence: Evidence, labels: list[str]) -> Task | None:
    known = {canonical(label) for label in evidence.labels} <= {"0", "1"}
    if evidence.numbers * 2 > evidence.pairs and (evidence.fractions or not known):
        return Task.REGRESSION
    if labels and set(labels) <= {"0", "1"}:
        return Task.BINARY
    if len(labels) < 2:  # noqa: PLR2004 - one class tells nothing of the others
        return None
    return Task.BINARY if len(labels) == 2 else Task.MULTICLASS  # noqa: PLR2004 - two classes, or more


def _positive(evidence: Evidence, labels: list[str]) -> str:
    """Return the label of the positive class: 1, or that of the highest scores, else the rarest."""
    if set(labels) <= {"0", "1"}:
        return "1"
    means = {label: total / n for label, (total, n) in evidence.scores.items() if n and canonical(label) in labels}
    if len(means) == len(labels):
        return max(sorted(means), key=lambda label: means[label])
    return labels[-1]


def _of_cell(cell: Cell) -> Evidence:
    values, scores, true_values = (
        np.array(numbers, dtype=np.float64) for numbers in (cell.values, cell.scores, cell.true_values)
    )
    foretold = np.isfinite(values) if cell.said is None else np.zeros(values.shape, dtype=np.bool_)
    said = {} if cell.said is None else {cell.said: len(cell.times)}
    if cell.true is not None:
        labels = {cell.true: len(cell.times)}
        return Evidence(pairs=len(cell.times), labels=labels, said=said, scores=_sums(cell.true, scores))
    finite = np.isfinite(true_values)
    whole = finite & (true_values == np.floor(true_values))
    numbers, counts = np.unique(true_values[whole], return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:MOST_LABELS]
    named = {
        label_of(number): count for number, count in zip(numbers[kept].tolist(), counts[kept].tolist(), strict=True)
    }
    sums: dict[str, tuple[float, int]] = {}
    for label in named:
        sums |= _sums(label, scores[whole & (true_values == float(label))])
    return Evidence(
        pairs=int(finite.sum()),
        numbers=int((finite & foretold).sum()),
        fractions=int((finite & ~whole).sum()),
        labels=named,
        said=said,
        scores=sums,
    )


def _sums(label: str, scores: ArrayLike) -> dict[str, tuple[float, int]]:
    usable = np.asarray(scores, dtype=np.float64)
    usable = usable[(usable >= 0) & (usable <= 1)]
    return {label: (float(usable.sum()), usable.size)} if usable.size else {}
