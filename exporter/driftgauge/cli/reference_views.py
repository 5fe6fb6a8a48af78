"""How references are shown: as tables with the shape of each feature, and as records for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from rich.markup import escape
from rich.table import Table

from driftgauge.app.referencing import describe_scope
from driftgauge.cli.output import moment, output_console
from driftgauge.model.bins import FloatArray
from driftgauge.model.profile import CategoricalProfile, FeatureProfile, ModelProfile, NumericProfile
from driftgauge.model.reference import Reference
from driftgauge.queries.values import finite

LEVELS: Final = " ▁▂▃▄▅▆▇█"
CELLS: Final = 24
SHOWN_CATEGORIES: Final = 3
LISTED_CATEGORIES: Final = 20


def print_list(references: Iterable[Reference]) -> None:
    """Print a table of references."""
    table = Table(box=None, pad_edge=False)
    for column in ("id", "model", "serves", "source", "rows", "from", "set at", ""):
        table.add_column(column, justify="right" if column in {"id", "rows"} else "left")
    for reference in references:
        table.add_row(
            str(reference.reference_id),
            escape(reference.model),
            escape(describe_scope(reference)),
            reference.source.value,
            f"{reference.rows:,}",
            escape(reference.description),
            moment(reference.created_at),
            "" if reference.active else "retired",
        )
    output_console().print(table)


def print_reference(reference: Reference, profile: ModelProfile) -> None:
    """Print a reference and a line a feature."""
    console = output_console()
    console.print(
        f"reference #{reference.reference_id} of {escape(reference.model)} ({escape(describe_scope(reference))}): "
        f"{reference.rows:,} rows from {escape(reference.description)}, set {moment(reference.created_at)}"
        + (f"; segments: {escape(', '.join(reference.segments))}" if reference.segments else ""),
        highlight=False,
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False)
    for column in ("feature", "kind", "values", "missing", "shape", "mean ± std (range), or most frequent"):
        right, whole = column in {"values", "missing"}, column in {"kind", "shape"}
        table.add_column(column, justify="right" if right else "left", no_wrap=whole)
    for name in profile.layout.features:
        feature = profile.feature(name)
        missing = f"{feature.missing / feature.rows:.1%}" if feature.rows else ""
        table.add_row(
            escape(name), feature.bins.kind.value, f"{feature.n:,}", missing, shape(feature), escape(_summary(feature))
        )
    console.print(table)


def feature_record(name: str, feature: FeatureProfile) -> dict[str, Any]:
    """Return what is known of a feature, for JSON: null where there is nothing."""
    record: dict[str, Any] = {
        "feature": name,
        "kind": feature.bins.kind.value,
        "n": feature.n,
        "missing": feature.missing,
        "invalid": feature.invalid,
    }
    if isinstance(feature, CategoricalProfile):
        return record | {"categories": dict(_most_frequent(feature)[:LISTED_CATEGORIES])}
    return record | {
        "non_finite": feature.non_finite,
        "mean": finite(feature.mean),
        "std": finite(math.sqrt(feature.variance)),
        "minimum": finite(feature.minimum),
        "maximum": finite(feature.maximum),
    }


def shape(feature: FeatureProfile) -> str:
    """Return the distribution in one line of blocks: over the values' range, or over the most frequent categories."""
    if isinstance(feature, CategoricalProfile):
        return sparkline(np.array([count for _, count in _most_frequent(feature)[:CELLS]], dtype=np.float64))
    return sparkline(densities(feature))


def sparkline(heights: FloatArray) -> str:
    """Return a block a height; what is not nothing shows.

    Examples
    --------
    >>> sparkline(np.array([0.0, 0.1, 4.0, 8.0]))
    ' ▁▄█'
    """
    top = heights.max(initial=0.0)
    if top <= 0:
        return ""
    return "".join(LEVELS[math.ceil(height / top * (len(LEVELS) - 1))] for height in heights)


def densities(feature: NumericProfile, cells: int = CELLS) -> FloatArray:
    """Return how many values lie in each of `cells` equal parts of the range, each slot spread evenly over its width.

    The outermost hundredth on each side lies in the outermost parts, so that one far value flattens nothing.
    """
    counts, edges = feature.counts[1:-1].astype(np.float64), feature.bins.edges
    if not counts.sum():
        return np.zeros(cells)
    below = np.concatenate(([0.0], np.cumsum(counts))) / counts.sum()
    low, high = (float(np.interp(share, below, edges)) for share in (0.01, 0.99))
    if not low < high:
        low, high = float(edges[0]), float(edges[-1])
    cuts = np.linspace(low, high, cells + 1)
    cuts[0], cuts[-1] = min(edges[0], low), max(edges[-1], high)
    reached = np.asarray(np.interp(cuts, edges, below), dtype=np.float64)
    return (reached[1:] - reached[:-1]) * counts.sum()


def _summary(feature: FeatureProfile) -> str:
    if not feature.n:
        return ""
    if isinstance(feature, NumericProfile):
        return (
            f"{feature.mean:.4g} ± {math.sqrt(feature.variance):.4g}  ({feature.minimum:.4g} to {feature.maximum:.4g})"
        )
    shown = _most_frequent(feature)[:SHOWN_CATEGORIES]
    rest = len(feature.bins.categories) + len(feature.bins.rare) - len(shown)
    named = ", ".join(f"{name} {count / feature.n:.0%}" for name, count in shown)
    return f"{named} and {rest:,} more" if rest > 0 else named


def _most_frequent(feature: CategoricalProfile) -> list[tuple[str, int]]:
    """Return the kept categories and their counts; the reference has them in falling order."""
    return list(zip(feature.bins.categories, feature.counts.tolist(), strict=False))
