"""Which format and encoding a scraper gets, by its Accept headers and their q-values."""

from __future__ import annotations

from collections.abc import Iterator

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def prefers_openmetrics(accept: str) -> bool:
    """Tell whether `accept` names OpenMetrics 1.0 and likes it at least as much as plain text.

    Wildcards mean text, which every client can read.

    Examples
    --------
    >>> prefers_openmetrics("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3")
    True
    >>> prefers_openmetrics("*/*")
    False
    """
    openmetrics = text = 0.0
    for name, parameters, quality in _choices(accept):
        if name == "application/openmetrics-text" and parameters.get("version", "1.0.0") == "1.0.0":
            openmetrics = max(openmetrics, quality)
        elif name in {"text/plain", "text/*", "*/*"}:
            text = max(text, quality)
    return openmetrics > 0 and openmetrics >= text


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether `accept_encoding` allows gzip, by name or else by a wildcard.

    Examples
    --------
    >>> accepts_gzip("br;q=1.0, gzip;q=0.8"), accepts_gzip("gzip;q=0, *")
    (True, False)
    """
    qualities = {name: quality for name, _, quality in _choices(accept_encoding)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def _choices(header: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Return name, parameters and quality of each choice; a quality that is no number counts as 0."""
    for choice in header.split(","):
        name, *rest = (part.strip() for part in choice.lower().split(";"))
        pairs = (part.partition("=") for part in rest)
        parameters = {key.strip(): value.strip(' "') for key, _, value in pairs}
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 0.0
        yield name, parameters, quality
