"""Ask the exporter and Prometheus over HTTP, as anybody on this machine could."""

from __future__ import annotations

import urllib.request
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode

import orjson
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

TIMEOUT: Final = 5.0
# A proxy has no business on 127.0.0.1.
OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def scrape(exporter: str) -> list[Sample]:
    """Return the series that `/metrics` has now.

    Raises
    ------
    OSError
        If there is no answer.
    """
    text = _read(f"{exporter}/metrics")
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def ask_readiness(exporter: str) -> str:
    """Return how the exporter says it is.

    Raises
    ------
    OSError
        If there is no answer.
    """
    try:
        return _read(f"{exporter}/-/ready").strip()
    except HTTPError as refusal:
        with refusal:
            return refusal.read().decode().strip()


def ask_once(prometheus: str, promql: str) -> float | None:
    """Return the single value that a query has in Prometheus now; None while it has none.

    Raises
    ------
    OSError
        If there is no answer, or a refusal.
    """
    result = _ask(prometheus, "query", query=promql)
    return float(result[0]["value"][1]) if result else None


def held_between(prometheus: str, promql: str, *, start: float, end: float, step: float) -> bool:
    """Tell whether a query with a condition gave anything in Prometheus between two moments (unix seconds).

    Raises
    ------
    OSError
        If there is no answer, or a refusal.
    """
    return bool(_ask(prometheus, "query_range", query=promql, start=start, end=end, step=step))


def _ask(prometheus: str, endpoint: str, **parameters: str | float) -> list[dict[str, list[str]]]:
    return orjson.loads(_read(f"{prometheus}/api/v1/{endpoint}?{urlencode(parameters)}"))["data"]["result"]


def _read(url: str) -> str:
    with OPENER.open(url, timeout=TIMEOUT) as response:
        return response.read().decode()
