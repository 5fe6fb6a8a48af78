"""How the importances of features differ from those before: feature by feature, and in their order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from driftgauge.explanation.ranking import NDCG_THRESHOLD, kendall, ndcg, ranks, spearman

CLASSIC_THRESHOLD: Final = 0.1
"""A change by more than this is one, by the classic rule."""
NAMED: Final = 3
"""As many features does a reason name."""


class State(StrEnum):
    """What became of a feature between two loggings."""

    STABLE = "stable"
    CHANGED = "changed"
    APPEARED = "appeared"
    VANISHED = "vanished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When importances have drifted.

    A feature has if its importance changed by more than `threshold`, in the importances' unit, or, where
    `relative_threshold` is given, by more than that share of what it was. The order has if its nDCG is below
    `ndcg_threshold`. With `normalise`, importances are divided by the sum of their magnitudes first, so that units do
    not matter.
    """

    threshold: float = CLASSIC_THRESHOLD
    relative_threshold: float | None = None
    ndcg_threshold: float = NDCG_THRESHOLD
    normalise: bool = False


CLASSIC: Final = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureChange:
    """How a feature's importance differs from the one before; what a side lacks is None, never 0.

    `change` is current - previous, `relative_change` that by the magnitude of the previous one. Rank 1 is the most
    important; `rank_change` is positive where the feature has become more important. `state` is None where there was
    nothing to compare with.
    """

    feature: str
    previous: float | None
    current: float | None
    change: float | None
    relative_change: float | None
    previous_rank: int | None
    current_rank: int | None
    rank_change: int | None
    state: State | None
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceChange:
    """How all importances differ from those before.

    `features` are in the order of their importance now, those that vanished last; `left_out` had a value that is no
    number. `drifted` is None where there was nothing to compare with; `reason` says why, or why not.
    """

    features: tuple[FeatureChange, ...]
    left_out: tuple[str, ...]
    ndcg: float | None
    spearman: float | None
    kendall: float | None
    drifted: bool | None
    reason: str

    def of(self, state: State) -> tuple[str, ...]:
        """Return the features of a state."""
        return tuple(each.feature for each in self.features if each.state is state)

    @property
    def drifted_features(self) -> tuple[str, ...]:
        """The features that have drifted."""
        return tuple(each.feature for each in self.features if each.drifted)


def compare(
    previous: Mapping[str, float] | None, current: Mapping[str, float], rules: Rules = CLASSIC
) -> ImportanceChange:
    """Compare the importances of a model's features with those before.

    Parameters
    ----------
    previous : mapping of str to float, or None
        Importances by feature, in any unit; None where there are none to compare with.
    current : mapping of str to float
        The same now, in the same unit, unless both are normalised.
    rules : Rules
        From where on a change is a drift; by default the classic rule, a change of more than 0.1.

    Returns
    -------
    ImportanceChange

    Notes
    -----
    A feature that both sides have has changed if ``abs(current - previous) > threshold`` on plain float64, whatever
    rounding makes of it: ``0.35 - 0.45`` is ``-0.10000000000000003`` and beyond 0.1, ``0.3 - 0.2`` is
    ``0.09999999999999998`` and is not. The relative rule is
    ``abs(current - previous) > relative_threshold * abs(previous)``; of a feature that was exactly 0 it says nothing. A
    feature that one side lacks has appeared or vanished, and drifted where its importance is above `threshold` in
    magnitude. Values that are not finite are left out of both sides, and reported.

    Ranks, nDCG and the rank correlations are those of `driftgauge.explanation.ranking`: nDCG takes a feature that a
    side lacks as 0 there, the correlations only those that both have.

    Examples
    --------
    >>> found = compare(
    ...     {"age": 0.45, "income": 0.30, "visits": 0.15, "plan": 0.10},
    ...     {"age": 0.35, "income": 0.40, "visits": 0.10, "plan": 0.15},
    ... )
    >>> found.drifted_features
    ('income', 'age')
    >>> [(each.feature, each.rank_change) for each in found.features]
    [('income', 1), ('age', -1), ('plan', 1), ('visits', -1)]
    >>> found.reason
    '2 of 4 features changed by more than 0.1: age -0.1, income +0.1'
    """
    odd = {name for side in (previous or {}, current) for name, value in side.items() if not math.isfinite(value)}
    before = None if previous is None else _finite(previous, odd, normalise=rules.normalise)
    now = _finite(current, odd, normalise=rules.normalise)
    features = _features(before, now, rules)
    left_out = tuple(sorted(odd))
    if before is None:
        reason = "nothing was logged before to compare with"
        return _whole(features, left_out, {}, {}, drifted=None, reason=reason)
    if not before or not now:
        side = "before" if now else "now"
        return _whole(features, left_out, before, now, drifted=None, reason=f"no importance {side} is a number")
    order = ndcg(before, now)
    reordered = order is not None and order < rules.ndcg_threshold
    drifted = [each for each in features if each.drifted]
    reason = _reason(features, drifted, rules)
    if reordered:
        reason += f"; their order is another: nDCG {order:.3f} is below {rules.ndcg_threshold:g}"
    return _whole(features, left_out, before, now, drifted=bool(drifted) or reordered, reason=reason)


def _whole(
    features: tuple[FeatureChange, ...],
    left_out: tuple[str, ...],
    before: Mapping[str, float],
    now: Mapping[str, float],
    *,
    drifted: bool | None,
    reason: str,
) -> ImportanceChange:
    both = bool(before) and bool(now)
    return ImportanceChange(
        features=features,
        left_out=left_out,
        ndcg=ndcg(before, now) if both else None,
        spearman=spearman(before, now),
        kendall=kendall(before, now),
        drifted=drifted,
        reason=reason,
    )


def _finite(importances: Mapping[str, float], odd: set[str], *, normalise: bool) -> dict[str, float]:
    """Return the importances but for the odd ones, in their own unit or as shares of all."""
    known = {name: float(value) for name, value in importances.items() if name not in odd}
    if not normalise:
        return known
    # by the largest first: the sum of very large magnitudes could overflow
    most = max(map(abs, known.values()), default=0.0)
    if not most:
        return known
    scaled = {name: value / most for name, value in known.items()}
    whole = math.fsum(map(abs, scaled.values()))
    return {name: value / whole for name, value in scaled.items()}


def _features(before: Mapping[str, float] | None, now: Mapping[str, float], rules: Rules) -> tuple[FeatureChange, ...]:
    ranked, were_ranked = ranks(now), ranks(before or {})
    gone = [name for name in were_ranked if name not in now]
    found: list[FeatureChange] = []
    for name in (*ranked, *gone):
        previous, current = (before or {}).get(name), now.get(name)
        change = None if previous is None or current is None else current - previous
        previous_rank, current_rank = were_ranked.get(name), ranked.get(name)
        state, drifted = (None, False) if before is None else _judge(previous, current, rules)
        found.append(
            FeatureChange(
                feature=name,
                previous=previous,
                current=current,
                change=change,
                relative_change=None if change is None or not previous else change / abs(previous),
                previous_rank=previous_rank,
                current_rank=current_rank,
                rank_change=None if previous_rank is None or current_rank is None else previous_rank - current_rank,
                state=state,
                drifted=drifted,
            )
        )
    return tuple(found)


def _judge(previous: float | None, current: float | None, rules: Rules) -> tuple[State, bool]:
    if current is None:
        return State.VANISHED, abs(previous or 0.0) > rules.threshold
    if previous is None:
        return State.APPEARED, abs(current) > rules.threshold
    change = abs(current - previous)
    changed = change > rules.threshold
    if rules.relative_threshold is not None and previous:
        changed = changed or change > rules.relative_threshold * abs(previous)
    return (State.CHANGED if changed else State.STABLE), changed


def _reason(features: tuple[FeatureChange, ...], drifted: list[FeatureChange], rules: Rules) -> str:
    beyond = f"more than {rules.threshold:g}"
    if rules.relative_threshold is not None:
        beyond += f" or {rules.relative_threshold:.0%} of itself"
    if not drifted:
        said = f"none of {len(features)} features changed by {beyond}"
    else:
        drifted = sorted(drifted, key=lambda each: (-abs(_size(each)), each.feature))
        named = [_told(each) for each in drifted[:NAMED]]
        if len(drifted) > NAMED:
            named.append(f"{len(drifted) - NAMED} more")
        said = f"{len(drifted)} of {len(features)} features changed by {beyond}: {', '.join(named)}"
    minor = {
        state: [each.feature for each in features if each.state is state and not each.drifted]
        for state in (State.APPEARED, State.VANISHED)
    }
    for state, names in minor.items():
        if names:
            listed = ", ".join(names[:NAMED]) + (f", {len(names) - NAMED} more" if len(names) > NAMED else "")
            said += f"; {state} with little importance: {listed}"
    return said


def _size(each: FeatureChange) -> float:
    """Return by how much a feature changed, from or to nothing as all of it."""
    return (each.current or 0.0) - (each.previous or 0.0)


def _told(each: FeatureChange) -> str:
    if each.state in {State.APPEARED, State.VANISHED}:
        return f"{each.feature} {each.state} ({abs(_size(each)):.3g})"
    return f"{each.feature} {_size(each):+.3g}"
