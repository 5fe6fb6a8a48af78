"""What an incident must show on `/metrics`: in words, as a check of two scrapes, and as PromQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from driftgauge.demo.model import ENVIRONMENT, MODEL_NAME, MODEL_VERSION

MODEL_LABELS: Mapping[str, str] = {"model": MODEL_NAME, "version": MODEL_VERSION, "environment": ENVIRONMENT}


class Scraped(Protocol):
    """One series of a parsed scrape, such as prometheus_client's parser returns."""

    @property
    def name(self) -> str:
        """The series' name, with its `_total`, `_sum` or `_count`."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """The series' labels."""
        ...

    @property
    def value(self) -> float:
        """The series' value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The demonstration's model has `metric` with `labels` above a bound.

    With `per`, both are counters, and the bound is on the increase of `metric` by the increase of `per` since an
    earlier scrape: the mean of a histogram, or one status' share of all predictions.
    """

    says: str
    metric: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    above: float
    per: str | None = None

    def value(self, *, since: Iterable[Scraped], now: Iterable[Scraped]) -> float | None:
        """Return what is compared with the bound; None while the series or an increase is absent."""
        now = list(now)
        value = _total(now, self.metric, self.labels)
        if value is None or self.per is None:
            return value
        since = list(since)
        increase = value - (_total(since, self.metric, self.labels) or 0.0)
        whole = (_total(now, self.per, {}) or 0.0) - (_total(since, self.per, {}) or 0.0)
        return increase / whole if whole > 0 else None

    def holds(self, *, since: Iterable[Scraped], now: Iterable[Scraped]) -> bool:
        """Tell whether the signal shows now; `since` is the scrape from which increases count."""
        value = self.value(since=since, now=now)
        return value is not None and value > self.above

    def promql(self, *, over: str = "20s") -> str:
        """Return the query that shows the same in Prometheus."""
        selected = _selector(self.metric, self.labels)
        if self.per is None:
            return f"{selected} > {self.above:g}"
        whole = _selector(self.per, {})
        return f"sum(increase({selected}[{over}])) / sum(increase({whole}[{over}])) > {self.above:g}"


def _total(scrape: Iterable[Scraped], metric: str, labels: Mapping[str, str]) -> float | None:
    wanted = {**MODEL_LABELS, **labels}.items()
    values = [series.value for series in scrape if series.name == metric and wanted <= series.labels.items()]
    return sum(values) if values else None


def _selector(metric: str, labels: Mapping[str, str]) -> str:
    matchers = ",".join(f'{name}="{value}"' for name, value in {**MODEL_LABELS, **labels}.items())
    return f"{metric}{{{matchers}}}"
