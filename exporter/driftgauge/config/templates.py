"""What people start a configuration from, made of the settings: a JSON schema for editors and the default file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from driftgauge.config.durations import format_duration
from driftgauge.config.section import Section
from driftgauge.config.settings import Settings

_MODELS: Final = """\
flights:
  reference: {rolling: 28d, season: month, reconstruction_error: true, segments: 3}
  drift:
    window: 12h
    minimum_rows: 500
    dataset_share: 0.3
    persistence: 3
    tests: [psi, wasserstein, missing_share]
    thresholds: {location_shift: 0.25}
  outcomes: {task: binary, positive: late, threshold: 0.4, maturity: 2d}
  anomalies: {enabled: true, deviations: 5, ignore_metrics: [queue_length]}
  concept:
    detectors: [adwin, hddm_a]
    parameters: {hddm_a: {drift: 0.0001, down: true}}
    metrics: [accuracy]
  performance:
    minimum_rows: 500
    reference_cohorts: 14
    deviations: 4
    limits: {recall: {lower: 0.7}, ece: {upper: 0.1}}
    costs: [[0, -5], [-100, 60]]
    cost_unit: EUR
  explanations: {window: 24h, minimum_rows: 200, rule: classic, threshold: 0.05, sign_flip: 0.2, ndcg: 0.8}
  importance:
    threshold: 0.05
    relative_threshold: 0.5
    ndcg_threshold: 0.8
    normalise: true
    reference_version: "2026.1"
  health:
    rule: components
    weights: {latency: 0.4, explanation_drift: 0}
    minimum_predictions: 200
    latency_objective: 50ms
    latency_target: 0.99
    threshold: 0.9
  slo: {errors: 0.995, latency: 0.99, latency_threshold: 250ms, minimum_predictions: 500}
  features:
    distance:
      kind: numeric
      tests: [ks, psi]
      thresholds: {scale_shift: 0.1}
  ignore_features: [row_number]
"""
_SOURCES: Final = """\
- name: orders
  dsn_file: secrets/orders-dsn
  relation: shop.fraud_scores
  time: scored_at
  model: fraud
  version_column: model_version
  environment: production
  features: [amount, country, age]
  latency_ms: took_ms
  status: outcome_status
  confidence: p_fraud
  segment: country
  lookback: 10m
  history: 7d
  every: 1m
"""
EXAMPLES: Final = {"models": _MODELS, "sources": _SOURCES}
"""What can be written below the keys that have no defaults to show."""
_PREAMBLE: Final = """\
# yaml-language-server: $schema=driftgauge.schema.json
## Configuration of driftgauge: each key shows its default; remove the "# " before a key to set it.
## The command line wins over the environment (DRIFTGAUGE_DSN, DRIFTGAUGE_DSN_FILE, DRIFTGAUGE_LISTEN,
## DRIFTGAUGE_WEBHOOK_TOKEN, DRIFTGAUGE_WEBHOOK_TOKEN_FILE, DRIFTGAUGE_ALERTMANAGER_URL), which wins over this file.
## Durations: 90s, 15m, 24h, 7d, 2w, 1h30m or ISO 8601 (PT1H).
"""


class _SchemaGenerator(GenerateJsonSchema):
    """Writes default durations as the file has them."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - as pydantic declares it
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def json_schema() -> str:
    """Return the JSON schema (2020-12) of the configuration file, for editors."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Settings.model_json_schema(schema_generator=_SchemaGenerator),
        "title": "driftgauge.yml",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def default_file() -> str:
    """Return a configuration file that sets nothing: each key is a comment with its default and its explanation."""
    return _PREAMBLE + "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    defaults = Settings().model_dump(mode="json", by_alias=True)
    for name, field in Settings.keys().items():
        yield ""
        yield f"{name}:"
        yield f"  ## {field.description}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            for key, inner in field.annotation.keys().items():
                yield f"  ## {inner.description}"
                yield f"  # {key}: {_flow(defaults[name][key])}".rstrip()
        else:
            yield "  ## For example:"
            yield from (f"  ##   {line}" for line in EXAMPLES[name].splitlines())


def _flow(value: object) -> str:
    """Write a default on one line; None is a key without a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, list):
        return json.dumps(value).replace('"', "")  # names of tests need no quotes
    return str(value)
