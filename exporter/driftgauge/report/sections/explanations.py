"""Whether the model still reasons as it did, as its explanations tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from driftgauge.queries import ExplanationDrift, FeatureAttribution
from driftgauge.report.data import PLOTTED, ReportData
from driftgauge.report.figures import Bars
from driftgauge.report.section import Cell, Section, Table, Tone, badge, table_of
from driftgauge.report.wording import clean, count, counted, listing, number, percent, window

Value = TypeVar("Value")
MOST: Final = 10
NAMES: Final = {"shap": "SHAP values", "lime": "LIME weights"}


def explanations(data: ReportData) -> Section:
    """Return the section: for each type of explanation what changed, and each feature's part in it."""
    found = data.explanations
    verdicts = {one.verdict for one in found}
    return Section(
        key="explanations",
        title="Explanations",
        conclusion=" ".join(map(_conclude, found))
        or f"No window of explanations was judged in the last {data.hours:g} hours: see docs/explanations.md.",
        tone=Tone.ATTENTION if "drifted" in verdicts else Tone.GOOD if "stable" in verdicts else Tone.UNKNOWN,
        headline=bool(found),
        notes=tuple(map(_note, found)),
        plots=tuple(plot for one in found for plot in _plots(one)),
        tables=tuple(table for one in found for table in _tables(one)),
    )


def _conclude(found: ExplanationDrift) -> str:
    drifted = [one.feature for one in found.features if one.verdict == "drifted"]
    first = f" ({counted(len(drifted), 'feature')} drifted: {listing(drifted)})" if drifted else ""
    why = f" ({found.reason})" if found.verdict in {"insufficient_data", "no_data"} else ""
    return f"By {_name(found)}, {found.sentence}{first}{why}."


def _note(found: ExplanationDrift) -> str:
    said = f"{_name(found)}: window of {window(found.window_start, found.window_end)}, "
    said += f"{counted(found.explained_predictions, 'explained prediction')}; {found.reason}."
    if found.ndcg is not None:
        kept = "still ranks" if found.ndcg >= found.ndcg_threshold else "no longer ranks"
        said += f" The order of features {kept} what mattered in the reference (nDCG {found.ndcg:.3f})."
    for verb, names in (("appeared", found.appeared), ("vanished", found.vanished)):
        if names:
            said += f" {listing(names)} {verb}."
    return said


def _plots(found: ExplanationDrift) -> tuple[Bars, ...]:
    shown = sorted(found.features, key=_size, reverse=True)[:PLOTTED]
    if not any(one.current_importance is not None for one in shown):
        return ()
    parts = ", ".join(
        f"{clean(one.feature)} {number(one.reference_importance) or 'none'} to "
        f"{number(one.current_importance) or 'none'}"
        for one in shown
    )
    return (
        Bars(
            title=f"Mean magnitude of {_name(found)}",
            description=f"Mean absolute {_name(found)} in the reference and now: {parts}.",
            note="Grey, the upper bar: the reference. Orange, the lower bar: the current window.",
            wide=True,
            categories=tuple(one.feature for one in shown),
            reference=tuple(one.reference_importance or 0.0 for one in shown),
            current=tuple(one.current_importance or 0.0 for one in shown),
            unit="mean magnitude",
        ),
    )


def _size(one: FeatureAttribution) -> float:
    return max(one.reference_importance or 0.0, one.current_importance or 0.0)


def _tables(found: ExplanationDrift) -> tuple[Table, ...]:
    """Return the drifted features, and folded all others."""
    drifted = [one for one in found.features if one.verdict == "drifted"]
    others = [one for one in found.features if one.verdict != "drifted"]
    moved = f"{_name(found)}, from the reference → to the current window"
    return (
        *table_of(drifted, f"{moved}: features that drifted", COLUMNS, numbers=NUMBERS),
        *table_of(others, f"{moved}: features that did not drift", COLUMNS, numbers=NUMBERS, folded=True),
    )


def _effect(row: FeatureAttribution) -> str:
    """Return how far the attributions went; the ranking counts no further than ten."""
    if row.score is None or not row.threshold:
        return ""
    times = row.score / row.threshold
    return "10 or more" if times >= MOST else f"{times:.2f}"


def _change(before: Value | None, now: Value | None, say: Callable[[Value], str]) -> str:
    if before is None and now is None:
        return ""
    return " → ".join("–" if one is None else say(one) for one in (before, now))


def _name(found: ExplanationDrift) -> str:
    return NAMES.get(found.explanation_type, found.explanation_type)


NUMBERS: Final = frozenset({"effect of threshold"})
COLUMNS: Final[Mapping[str, Callable[[FeatureAttribution], Cell]]] = {
    "feature": lambda row: row.feature,
    "verdict": lambda row: badge(row.verdict),
    "mean magnitude": lambda row: _change(row.reference_importance, row.current_importance, number),
    "rank": lambda row: _change(row.reference_rank, row.current_rank, count),
    "mean": lambda row: _change(row.reference_mean, row.current_mean, number),
    "positive": lambda row: _change(row.reference_positive_share, row.current_positive_share, percent),
    "effect of threshold": _effect,
    "why": lambda row: row.reason,
}
