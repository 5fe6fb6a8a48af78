"""How the features to look at first are distributed, beside the reference."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from driftgauge.queries import Distribution, FeatureDistribution, FeatureDrift
from driftgauge.report.data import ReportData
from driftgauge.report.figures import Bars, Histograms, Plot
from driftgauge.report.section import Section, Tone
from driftgauge.report.wording import clean, counted, number, percent, short, spaced

CATEGORIES: Final = 8
TOGETHER: Final = ("(other)", "(unseen)")
"""What the roll-ups count together; comes last."""

POINT: Final = 1e-6
"""A cell narrower than this part of the range holds a single value."""

FEWEST: Final = 4
"""Fewer edges than that make no histogram."""

SHOWN: Final = 0.0005
"""A smaller share outside the reference's range is not worth a word."""


def features(data: ReportData) -> Section:
    """Return the section: a plot a feature, first those to look at first."""
    verdicts = {feature.feature: feature for feature in data.drift.features} if data.drift else {}
    plots = [plot_of(one, verdicts) for one in data.distributions]
    left = len(verdicts) - len(plots)
    if plots:
        said = f"The {counted(len(plots), 'feature')} to look at first, the reference beside the last window"
        said += f"; {left:,} more are in the table above." if left > 0 else "."
    else:
        said = "No feature has been compared with a reference in this time."
    return Section(
        key="features",
        title="Distributions of features",
        conclusion=said,
        tone=None if plots else Tone.UNKNOWN,
        headline=False,
        notes=(
            "Grey and filled, or the upper bar: the reference. Orange, a line, or the lower bar: the current window.",
        )
        if plots
        else (),
        plots=tuple(plots),
    )


def plot_of(found: FeatureDistribution, verdicts: Mapping[str, FeatureDrift] | None = None) -> Plot:
    """Return the plot of one feature."""
    before, now = found.reference, found.current
    verdict = (verdicts or {}).get(found.feature)
    title = short(found.feature) + (f": {spaced(verdict.verdict)}" if verdict else "")
    note = "; ".join(_notes(before, now))
    described = (
        f"{clean(found.feature)} in the reference ({counted(before.count, 'value')}) and in the current window "
        f"({counted(now.count, 'value')}); {note}."
    )
    if before.edges and not _has_points(before):
        return Histograms(
            title=title,
            description=described,
            note=note,
            edges=before.edges,
            reference=_shares(before),
            current=_shares(now),
        )
    cells = _intervals(before, now) if before.edges else _categories(before, now)
    return Bars(
        title=title,
        description=described,
        note=note,
        categories=tuple(name for name, _, _ in cells),
        reference=tuple(share for _, share, _ in cells),
        current=tuple(share for _, _, share in cells),
    )


def _notes(before: Distribution, now: Distribution) -> list[str]:
    notes: list[str] = []
    if not now.count:
        notes.append("the current window has no value")
    if before.mean is not None and now.mean is not None:
        notes.append(f"mean {number(before.mean)} → {number(now.mean)}")
    notes.append(f"missing {percent(_missing(before))} → {percent(_missing(now)) or 'unknown'}")
    if before.edges and now.count:
        below, *_, above = _shares(now)
        if below + above > SHOWN:
            notes.append(f"outside the reference's range: {percent(below)} below, {percent(above)} above")
    return notes


def _missing(one: Distribution) -> float | None:
    rows = one.count + one.missing
    return one.missing / rows if rows else None


def _shares(one: Distribution) -> tuple[float, ...]:
    total = sum(one.counts)
    return tuple(counted / total if total else 0.0 for counted in one.counts)


def _has_points(one: Distribution) -> bool:
    """Return whether a cell holds a single value, which has no density: the values are few, or have a spike."""
    edges = one.edges
    least = POINT * (edges[-1] - edges[0])
    return any(high - low <= least for low, high in pairwise(edges)) or len(edges) < FEWEST


def _intervals(before: Distribution, now: Distribution) -> list[tuple[str, float, float]]:
    """Return the cells of a number by name, those at the open ends only where something lies in them."""
    edges = before.edges
    least = POINT * (edges[-1] - edges[0])
    names = [
        f"< {number(edges[0])}",
        *(number(low) if high - low <= least else f"{number(low)} to {number(high)}" for low, high in pairwise(edges)),
        f"> {number(edges[-1])}",
    ]
    cells = list(zip(names, _shares(before), _shares(now), strict=True))
    ends = (0, len(cells) - 1)
    return [cell for place, cell in enumerate(cells) if place not in ends or cell[1] + cell[2] > 0]


def _categories(before: Distribution, now: Distribution) -> list[tuple[str, float, float]]:
    """Return the categories that either sample has most of, as the reference has them; all others together, last."""
    current = dict(zip(now.categories, _shares(now), strict=True))
    cells = [
        (name, share, current.get(name, 0.0))
        for name, share in zip(before.categories, _shares(before), strict=True)
        if name not in TOGETHER
    ]
    together = [
        (name, share, current.get(name, 0.0))
        for name, share in zip(before.categories, _shares(before), strict=True)
        if name in TOGETHER and share + current.get(name, 0.0) > 0
    ]
    cells.sort(key=lambda cell: max(cell[1:]), reverse=True)
    shown, rest = sorted(cells[:CATEGORIES], key=lambda cell: -cell[1]), cells[CATEGORIES:]
    if rest:
        shown.append((f"({len(rest)} more)", sum(cell[1] for cell in rest), sum(cell[2] for cell in rest)))
    return shown + together
