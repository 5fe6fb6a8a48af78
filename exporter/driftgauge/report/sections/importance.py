"""How much each feature matters to the model, and whether that has changed."""

from __future__ import annotations

from typing import Final

from driftgauge.queries import FeatureImportanceChange, ImportanceDrift
from driftgauge.report.data import PLOTTED, ReportData
from driftgauge.report.figures import Bars
from driftgauge.report.section import Badge, Cell, Section, Tone, table_of
from driftgauge.report.wording import clean, count, counted, listing, moment, number, short

NAMED: Final = 3
ALIKE: Final = ((0.9, "nearly the same"), (0.7, "much alike"), (0.4, "alike in part"))
"""From which rank correlation on two orders are called so."""


def importance(data: ReportData) -> Section:
    """Return the section: the newest importances beside those they were compared with."""
    found = data.importance
    if found is None:
        return Section(
            key="importance",
            title="Feature importance",
            conclusion="No importances were logged: see docs/feature-importance.md.",
            tone=Tone.UNKNOWN,
            headline=False,
        )
    loggings = len({row.timestamp for row in data.importances})
    notes = [f"{counted(loggings, 'logging')} in {data.days} days. {_capital(found.reason)}."]
    if found.left_out:
        notes.append(f"No number was told for {listing(found.left_out)}.")
    return Section(
        key="importance",
        title="Feature importance",
        conclusion=_conclude(found),
        tone=Tone.UNKNOWN if found.drifted is None else Tone.ATTENTION if found.drifted else Tone.GOOD,
        notes=tuple(notes),
        plots=_plots(found),
        tables=(
            *table_of(
                found.features,
                "Features, the most important first"
                + (", beside their shares of all importance" if found.normalised else ""),
                {
                    "feature": lambda row: row.feature,
                    "rank": lambda row: _whole(row.current_rank),
                    "was rank": lambda row: _whole(row.previous_rank),
                    "importance": lambda row: number(row.current),
                    "was": lambda row: number(row.previous),
                    "change": lambda row: _signed(row.change),
                    "state": _state,
                },
                numbers=frozenset({"rank", "was rank", "importance", "was", "change"}),
            ),
            *table_of(
                data.importances,
                f"What was logged in {data.days} days, the newest first",
                {
                    "logged": lambda row: moment(row.timestamp),
                    "feature": lambda row: row.feature,
                    "rank": lambda row: _whole(row.rank),
                    "importance": lambda row: number(row.importance),
                },
                numbers=frozenset({"rank", "importance"}),
                folded=True,
            ),
        ),
    )


def _conclude(found: ImportanceDrift) -> str:
    if found.drifted is None:
        first = [one.feature for one in found.features if one.current_rank is not None][:NAMED]
        most = f"; {listing(first)} matter{'s' if len(first) == 1 else ''} most" if first else ""
        return f"Whether importances changed cannot be told: {found.reason}{most}."
    changed = [one for one in found.features if one.drifted and one.state == "changed"]
    changed.sort(key=lambda one: -abs(one.change or 0))
    told = [
        f"{listing(names)} {verb}"
        for verb, names in (
            ("changed", [f"{short(one.feature, 32)} ({_signed(one.change)})" for one in changed]),
            ("appeared", found.appeared),
            ("vanished", found.vanished),
        )
        if names
    ]
    what = "; ".join(told) or f"no feature changed by more than {number(found.threshold)}"
    return f"Importances against {_previous(found)}: {what}; {_order(found)}."


def _order(found: ImportanceDrift) -> str:
    """Return in words how much of the order is left."""
    if found.ndcg is None:
        return "how much of the order is left cannot be told"
    low = found.ndcg < found.ndcg_threshold
    said = "the order no longer ranks" if low else "the order still ranks"
    said += f" what mattered before (nDCG {found.ndcg:.3f}, {number(found.ndcg_threshold)} is wanted)"
    if found.spearman is None or found.kendall is None:
        return said
    alike = next((word for least, word in ALIKE if found.spearman >= least), "others")
    return f"{said}, ranks are {alike} (Spearman {found.spearman:.2f}, Kendall {found.kendall:.2f})"


def _previous(found: ImportanceDrift) -> str:
    who = (
        f"version {short(found.previous_version)}"
        if found.compared_with == "version" and found.previous_version
        else ""
    )
    when = "" if found.previous_timestamp is None else moment(found.previous_timestamp)
    return f"{who} of {when}" if who and when else who or f"those of {when}"


def _plots(found: ImportanceDrift) -> tuple[Bars, ...]:
    shown = sorted(found.features, key=_size, reverse=True)[:PLOTTED]
    if found.drifted is None or not shown:
        return ()
    names = ", ".join(
        f"{clean(one.feature)} {number(one.previous) or 'none'} to {number(one.current) or 'none'}" for one in shown
    )
    left = len(found.features) - len(shown)
    return (
        Bars(
            title=f"The {counted(len(shown), 'feature')} that matter most" if left else "What each feature matters",
            description=f"Importance before and now: {names}.",
            note=f"Grey, the upper bar: {_previous(found)}. Orange, the lower bar: logged {moment(found.timestamp)}. "
            "No bar: not logged.",
            wide=True,
            categories=tuple(one.feature for one in shown),
            reference=tuple(one.previous or 0.0 for one in shown),
            current=tuple(one.current or 0.0 for one in shown),
            unit="importance",
        ),
    )


def _size(one: FeatureImportanceChange) -> float:
    return max(abs(one.previous or 0.0), abs(one.current or 0.0))


def _state(one: FeatureImportanceChange) -> Cell:
    if one.state is None:
        return ""
    return Badge(text=one.state, tone=Tone.ATTENTION if one.drifted else Tone.GOOD)


def _whole(rank: int | None) -> str:
    return "" if rank is None else count(rank)


def _signed(change: float | None) -> str:
    said = number(change)
    return f"+{said}" if change is not None and change > 0 else said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
