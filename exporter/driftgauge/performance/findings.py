"""What is found of one metric in one cohort, as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from driftgauge.performance.metric import Measured
from driftgauge.performance.thresholds import Judgement, PerformanceVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A metric's value in a cohort, its unit and its verdict; of an estimate also where it will lie (`low`, `high`)."""

    measured: Measured
    judgement: Judgement
    unit: str
    low: float | None = None
    high: float | None = None

    @property
    def degraded(self) -> bool | None:
        """Whether the value is worse than it may be; None where nobody can tell."""
        if self.judgement.verdict is PerformanceVerdict.INSUFFICIENT_DATA:
            return None
        return self.judgement.verdict is PerformanceVerdict.DEGRADED

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads; what is not there is left out.

        Examples
        --------
        >>> judgement = Judgement(verdict=PerformanceVerdict.STABLE, reason="as usual", lower=0.8)
        >>> Finding(measured=Measured(value=0.9, error=None, rows=7), judgement=judgement, unit="share").to_json()
        {'value': 0.9, 'rows': 7, 'unit': 'share', 'lower': 0.8, 'verdict': 'stable', 'reason': 'as usual'}
        """
        found: dict[str, Any] = {
            "value": self.measured.value,
            "error": self.measured.error,
            "rows": self.measured.rows,
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "lower": self.judgement.lower,
            "upper": self.judgement.upper,
            "verdict": self.judgement.verdict.value,
            "reason": self.judgement.reason,
        }
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Finding:
        """Return the finding that was written."""
        return cls(
            measured=Measured(value=document.get("value"), error=document.get("error"), rows=document["rows"]),
            judgement=Judgement(
                verdict=PerformanceVerdict(document["verdict"]),
                reason=document["reason"],
                lower=document.get("lower"),
                upper=document.get("upper"),
            ),
            unit=document["unit"],
            low=document.get("low"),
            high=document.get("high"),
        )


Findings = Mapping[str, Finding]
