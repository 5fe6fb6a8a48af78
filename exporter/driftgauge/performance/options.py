"""How a model's performance is judged, and what of it a verdict, or a fitted reference, depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Final

import orjson

from driftgauge.performance.thresholds import DEVIATIONS, FixedLimits

FORMAT: Final = 1
"""Another number here judges everything anew, and fits every reference anew: for when what is stored changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingOptions:
    """How a model's cohorts are judged.

    A cohort is mature `maturity` after its end. `reference_cohorts` matured ones of at least `minimum_rows` outcomes
    make a reference, whose bands reach `deviations` to either side; metrics in `limits` are held against those instead.
    `costs` (by outcome, then by predicted class, in `cost_unit`) say what a prediction is worth; none: no such metric.
    """

    maturity: timedelta
    minimum_rows: int = 200
    reference_cohorts: int = 10
    deviations: float = DEVIATIONS
    limits: Mapping[str, FixedLimits] = field(default_factory=dict[str, FixedLimits])
    costs: tuple[tuple[float, ...], ...] = ()
    cost_unit: str = ""

    def standard(self, reference_id: int | None) -> str:
        """Return a word for what judgements follow from, with a reference of features.

        Examples
        --------
        >>> options = JudgingOptions(maturity=timedelta(days=7))
        >>> options.standard(3) == JudgingOptions(maturity=timedelta(hours=168)).standard(3) != options.standard(4)
        True
        """
        limits = {name: asdict(limit) for name, limit in self.limits.items()}
        return _word([*self._fitted_by(reference_id), self.deviations, limits, self.cost_unit])

    def basis(self, reference_id: int | None) -> str:
        """Return a word for what a fitted reference follows from.

        Examples
        --------
        >>> options, wider = (JudgingOptions(maturity=timedelta(1), deviations=deviations) for deviations in (3, 4))
        >>> options.basis(3) == wider.basis(3), options.standard(3) == wider.standard(3)
        (True, False)
        """
        return _word(self._fitted_by(reference_id))

    def _fitted_by(self, reference_id: int | None) -> list[Any]:
        seconds = self.maturity.total_seconds()
        return [FORMAT, reference_id, seconds, self.minimum_rows, self.reference_cohorts, self.costs]


def _word(parts: list[Any]) -> str:
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
