"""Write docs/performance-metrics.md from the registry: `python -m driftgauge.performance.document > docs/…`."""

from __future__ import annotations

import math
import sys
from typing import Final

from driftgauge.performance.business_value import MEANING, NAME
from driftgauge.performance.class_cbpe import ESTIMATED as CLASSES
from driftgauge.performance.dle import ESTIMATED as LOSSES
from driftgauge.performance.metric import Task
from driftgauge.performance.registry import METRICS, AnyMetric
from driftgauge.performance.score_table import ESTIMATED, ROC_AUC

INTRODUCTION: Final = """\
# Performance metrics

Generated from `exporter/driftgauge/performance/`; a test compares.

A metric is computed from counts of predictions and their outcomes, which add up over any span of time and from which a
corrected outcome is taken back exactly. With each value comes its sampling error: how far it would typically be from
that of very many such rows. A metric that is not defined, as recall without positives, has no value but a reason.
"""

HEADINGS: Final = {
    Task.BINARY: """
## Two classes

A score is the model's probability of the positive class; what is not in [0, 1] counts as no score. Scores are counted
in 1,000 bins, the same for all models and narrow towards 0 and 1. Of 20,000 rows, `roc_auc` and `average_precision` are
within 0.001 of the exact value, ties included; of fewer, within a quarter of their sampling error. That is so unless
most scores lie closer together than the bins are wide: 0.002 in the middle, 8 % of the distance from 0 or 1 near the
ends. All others are exact; the ten bins of `ece` are made of whole ones.
""",
    Task.MULTICLASS: """
## Several classes

The most frequent classes are kept by name, and all others together. `macro_` means are over those kept by name,
`weighted_` means take the others as one class. A class that was never predicted has precision 0, as in scikit-learn.
""",
    Task.REGRESSION: """
## Numbers

Rows whose outcome or prediction is not finite, or beyond 1e70, are counted beside.
""",
}

REST: Final = """
## Good enough?

A value is judged `stable`, `degraded`, `improved` or `insufficient_data`, with the reason in words and numbers:

- against fixed limits: it must be beyond one by two sampling errors;
- against the reference: its mean over chunks ± 3 standard deviations of theirs. For windows of fewer rows than a chunk
  has, the band is widened by what their sampling error is larger.

## Before outcomes are known

- Classifiers of two classes, from their scores (CBPE): {cbpe}.
- Classifiers of several classes, from their confidences (CBPE): {classes}.
- Regressors, from their features (DLE): {dle}.

Each estimate has a confidence, three sampling errors to either side, where the realised value should lie, and is judged
against the bands of the reference's realised values. Estimates see what changed inputs do. They cannot see a changed
relation of inputs and outcomes: for that one must wait for outcomes. What the calibration of scores, or the learned
losses, may be off themselves is not in the confidence: it is small beside the rest where the reference has many more
rows. Of several classes it is in it.

Scores are calibrated by the reference's outcomes if that makes them better probabilities on held-out chunks. Losses are
learned as sums of what each feature's value adds, if that foretells those of held-out chunks better than their mean
does, and so follow from the profiles of features. What only two features do together is not seen, so that a change of
the loss is rather estimated too small than too large ([decision 9](decisions/0009-performance-from-counts.md)).

### How several classes are estimated

A confidence is the model's probability of the class that it answered, in 200 bins, five of those of scores each, by
predicted class. By the reference's outcomes, an isotonic regression says which share of the rows of a bin came true.
Each class is then fitted anew from its own rows and 500 more, which are spread and come true like the rows of all
classes: so one with many rows is read by what became of them, and one with few as all are. `accuracy` is the mean of
these shares over the rows with a confidence, `macro_precision` the mean over the predicted classes of that of their
rows; a class that is not predicted, of which at least one row is expected by how often it turned out in the
reference, has precision 0.

Which class it is where the answer is wrong does not follow from a confidence. So whatever needs the number of rows of
each true class has no estimate: `macro_recall`, `macro_f1`, `weighted_precision`, `weighted_f1` and `business_value`.
(`weighted_recall` is `accuracy` by another name.) It would take the probabilities of all classes; if
`prediction_result` has them, they are kept as logged and not read.

The confidence of an estimate is three roots of a sum of two variances to either side. Given the predictions, each row
comes true with the share p of its bin: what is realised of n rows has the variance Σ p (1 - p) / n² about the mean of
p (with four rows of even chance added, so that nothing is sure). And the mean of p is a weighted sum of the shares of
the steps that the regression has: its variance is Σ w² e², with the sampling error e of a step of so many rows. Not
in it is that the reference's days may differ by more than chance. For a verdict the sampling error is that of a share
of n rows, with the second variance: it is by what other rows there might have been, as that of the band is
([decision 17](decisions/0017-classes-by-confidence.md)).

Estimates are right where a confidence means what it meant in the reference. A model whose confidence does not follow
from the chance to be right alone is estimated too well or too badly where inputs change: with logits that are twice
too large, on four classes, accuracy was off by up to 0.013 after a shift of one feature by a standard deviation, and
by up to 0.034 after two (three simulations of 50,000 rows; `tests/unit/performance/test_class_cbpe.py` holds a
bound). That is not in the confidence.
"""

COLUMNS: Final = ("metric", "better", "range", "unit", "what it says")


def registry_markdown() -> str:
    """Return the page."""
    sections = "".join(f"{HEADINGS[task]}\n{_table(task)}\n" for task in Task)
    names = [", ".join(f"`{name}`" for name in estimated) for estimated in ((*ESTIMATED, ROC_AUC), CLASSES, LOSSES)]
    return INTRODUCTION + sections + REST.format(cbpe=names[0], classes=names[1], dle=names[2])


def _table(task: Task) -> str:
    rows = [_row(metric) for metric in METRICS[task].values()]
    if task is not Task.REGRESSION:
        rows.append((f"`{NAME}`", "higher", "the matrix's", "the matrix's", MEANING))
    head, *body = (f"| {' | '.join(cells)} |" for cells in (COLUMNS, *rows))
    return "\n".join((head, "|---" * len(COLUMNS) + "|", *body))


def _row(metric: AnyMetric) -> tuple[str, ...]:
    ends = " to ".join("∞" if math.isinf(end) else f"{end:g}" for end in (metric.least, metric.greatest))
    least = "-" if metric.least == -math.inf else ""
    return f"`{metric.name}`", metric.direction.value, least + ends, metric.unit, metric.meaning


if __name__ == "__main__":
    sys.stdout.write(registry_markdown())
