"""Describe a profile in few numbers, as people look at it in SQL and Grafana."""

from __future__ import annotations

from typing import Any

import numpy as np

from driftgauge.drift.coarsen import cell_starts
from driftgauge.model.profile import CategoricalProfile, FeatureProfile, NumericProfile

SHOWN_CATEGORIES = 20


def describe_pair(reference: FeatureProfile, current: FeatureProfile) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both distributions on the same few cells, ready for JSON; a numeric one has mean and std, too."""
    if isinstance(reference, NumericProfile) and isinstance(current, NumericProfile):
        starts = cell_starts(reference.counts, at_most=SHOWN_CATEGORIES, tails_apart=True)
        edges = reference.bins.edges[np.asarray(starts[1:]) - 1].tolist()
        return _numbers(reference, starts, edges), _numbers(current, starts, edges)
    if isinstance(reference, CategoricalProfile) and isinstance(current, CategoricalProfile):
        return _categories(reference), _categories(current)
    raise ValueError("the two profiles are of different kinds")


def _numbers(profile: NumericProfile, starts: np.ndarray[Any, Any], edges: list[float]) -> dict[str, Any]:
    return {
        "count": profile.n,
        "missing": profile.missing,
        "mean": profile.mean if profile.n else None,
        "std": profile.variance**0.5 if profile.n else None,
        "histogram": {"edges": edges, "counts": np.add.reduceat(profile.counts, starts).tolist()},
    }


def _categories(profile: CategoricalProfile) -> dict[str, Any]:
    named = profile.bins.categories[:SHOWN_CATEGORIES]
    counts: dict[str, int] = dict(zip(named, profile.counts[: len(named)].tolist(), strict=True))
    together = {
        "(other)": int(profile.counts[len(named) : profile.bins.unseen].sum()),
        "(unseen)": int(profile.counts[profile.bins.unseen]),
    }
    return {
        "count": profile.n,
        "missing": profile.missing,
        # a category may be called so, too
        "histogram": counts | {name: count + counts.get(name, 0) for name, count in together.items()},
    }
