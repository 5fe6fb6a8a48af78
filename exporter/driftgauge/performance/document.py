"""Write docs/performance-metrics.md from the registry: `python -m driftgauge.performance.document > docs/…`."""

from __future__ import annotations

import math
import sys
from typing import Final

from driftgauge.performance.business_value import MEANING, NAME
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
- Regressors, from their features (DLE): {dle}.

Each estimate has a confidence, three sampling errors to either side, where the realised value should lie, and is judged
against the bands of the reference's realised values. Estimates see what changed inputs do. They cannot see a changed
relation of inputs and outcomes: for that one must wait for outcomes. What the calibration, or the learned losses, may
be off themselves is not in the confidence: it is small beside the rest where the reference has many more rows.

Scores are calibrated by the reference's outcomes if that makes them better probabilities on held-out chunks. Losses are
learned as sums of what each feature's value adds, if that foretells those of held-out chunks better than their mean
does, and so follow from the profiles of features. What only two features do together is not seen, so that a change of
the loss is rather estimated too small than too large ([decision 9](decisions/0009-performance-from-counts.md)).
"""

COLUMNS: Final = ("metric", "better", "range", "unit", "what it says")


def registry_markdown() -> str:
    """Return the page."""
    sections = "".join(f"{HEADINGS[task]}\n{_table(task)}\n" for task in Task)
    names = [", ".join(f"`{name}`" for name in estimated) for estimated in ((*ESTIMATED, ROC_AUC), LOSSES)]
    return INTRODUCTION + sections + REST.format(cbpe=names[0], dle=names[1])


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
