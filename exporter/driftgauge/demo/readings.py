"""What the scrapes tell of the model at this moment, for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from driftgauge.demo.expectations import MODEL_LABELS, Scraped
from driftgauge.demo.model import MODEL_NAME

RECENT_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """One answer of `/metrics`, `at` seconds after the traffic began."""

    at: float
    series: Sequence[Scraped]

    def value(self, metric: str, **labels: str) -> float | None:
        """Return the sum of the model's series with these labels; None if there is none."""
        values = [series.value for series in self.of_model(metric) if labels.items() <= series.labels.items()]
        return sum(values) if values else None

    def of_model(self, metric: str) -> list[Scraped]:
        """Return the model's series of a metric."""
        return [
            series for series in self.series if series.name == metric and MODEL_LABELS.items() <= series.labels.items()
        ]

    @property
    def predictions(self) -> int:
        """How many predictions of all versions the exporter has counted, history included."""
        counted = (one for one in self.series if one.name == "ml_predictions_total")
        return int(sum(one.value for one in counted if one.labels["model"] == MODEL_NAME))

    @property
    def outcomes(self) -> int:
        """How many outcomes the exporter has read and found a prediction for."""
        read = self._of_table("driftgauge_rows_processed_total", "prediction_outcomes") or 0
        alone = next((series.value for series in self.series if series.name == "driftgauge_outcomes_unmatched"), 0)
        return int(read - alone)

    @property
    def lag(self) -> float | None:
        """The age of the first prediction that waits for the roll-up, in seconds."""
        return self._of_table("driftgauge_rollup_lag_seconds", "prediction_logs")

    def _of_table(self, metric: str, table: str) -> float | None:
        return next((one.value for one in self.series if one.name == metric and one.labels.get("table") == table), None)

    @property
    def drifted(self) -> tuple[str, ...]:
        """The features that are judged drifted."""
        return tuple(series.labels["feature"] for series in self.of_model("ml_feature_drifted") if series.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureReading:
    """A feature's strongest drift score, by its threshold."""

    feature: str
    test: str
    score: float
    threshold: float
    drifted: bool

    @property
    def strength(self) -> float:
        """The score in thresholds."""
        return self.score / self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The latest scrape in figures; rates are over the last seconds, None where nothing is known yet."""

    rate: float | None
    latency: float | None
    error_share: float | None
    verdict: str | None
    rows: int | None
    lag: float | None
    features: tuple[FeatureReading, ...]


def read(scrapes: Sequence[Scrape]) -> Readings:
    """Return the readings of the last scrape, with rates since the one that is about five seconds older."""
    now = scrapes[-1]
    before = next((scrape for scrape in scrapes if now.at - scrape.at <= RECENT_SECONDS), now)

    def increase(metric: str, **labels: str) -> float:
        return (now.value(metric, **labels) or 0.0) - (before.value(metric, **labels) or 0.0)

    served = increase("ml_predictions_total")
    counted = increase("ml_prediction_latency_seconds_count")
    rows = now.value("ml_drift_window_rows")
    return Readings(
        rate=served / (now.at - before.at) if now.at > before.at else None,
        latency=increase("ml_prediction_latency_seconds_sum") / counted if counted else None,
        error_share=increase("ml_predictions_total", status="error") / served if served else None,
        verdict=next((series.labels["verdict"] for series in now.of_model("ml_drift_verdict") if series.value), None),
        rows=None if rows is None else int(rows),
        lag=now.lag,
        features=_features(now),
    )


def _features(now: Scrape) -> tuple[FeatureReading, ...]:
    """Return every judged feature by its strongest test, the strongest first."""
    thresholds = {_of(series.labels): series.value for series in now.of_model("ml_feature_drift_threshold")}
    drifted = set(now.drifted)
    readings = [
        FeatureReading(
            feature=series.labels["feature"],
            test=series.labels["test"],
            score=series.value,
            threshold=thresholds[_of(series.labels)],
            drifted=series.labels["feature"] in drifted,
        )
        for series in now.of_model("ml_feature_drift_score")
        if thresholds.get(_of(series.labels))
    ]
    strongest: dict[str, FeatureReading] = {}
    for reading in sorted(readings, key=lambda reading: reading.strength, reverse=True):
        strongest.setdefault(reading.feature, reading)
    return tuple(sorted(strongest.values(), key=lambda reading: (not reading.drifted, -reading.strength)))


def _of(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels["feature"], labels["test"]
