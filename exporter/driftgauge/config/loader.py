"""The one door to settings: the file, overruled by the environment, overruled by the command line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from driftgauge.config.checks import Readers
from driftgauge.config.document import KeyPath
from driftgauge.config.draft import Draft
from driftgauge.config.settings import Settings

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
VARIABLES: Final[Mapping[str, KeyPath]] = MappingProxyType(
    {
        "DRIFTGAUGE_DSN": ("database", "dsn"),
        "DRIFTGAUGE_DSN_FILE": ("database", "dsn_file"),
        "DRIFTGAUGE_LISTEN": ("http", "listen"),
        "DRIFTGAUGE_WEBHOOK_TOKEN": ("http", "webhook_token"),
        "DRIFTGAUGE_WEBHOOK_TOKEN_FILE": ("http", "webhook_token_file"),
        "DRIFTGAUGE_ALERTMANAGER_URL": ("alertmanager", "url"),
    },
)


def load_config(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    overrides: Mapping[str, str] = _NOTHING,
    known_tests: Collection[str],
    known_shifts: Collection[str] = (),
    known_metrics: Mapping[str, Collection[str]] | None = None,
    detectors: Readers | None = None,
    components: Collection[str] = (),
) -> Settings:
    """Return the settings of the file, overruled by `environ`, overruled by `overrides`.

    Parameters
    ----------
    path
        The file; None takes `DRIFTGAUGE_CONFIG`, and where that is not set either, the defaults.
    environ
        The environment: `DRIFTGAUGE_DSN` or `DRIFTGAUGE_DSN_FILE`, `DRIFTGAUGE_LISTEN`, and the others of `VARIABLES`.
        An empty value is not set.
    overrides
        What the command line gave, by dotted key of two parts: `{"database.dsn": "…"}`.
    known_tests
        The names of the registered drift tests.
    known_shifts
        The names of the shifts of the calibrated policy, which thresholds may name, too.
    known_metrics
        The names of the performance metrics by task, which limits may name; None leaves them unchecked.
    detectors
        What reads the parameters of each registered detector; None leaves detectors unchecked.
    components
        The names of the components of health, which weights may name; none leaves them unchecked.

    Raises
    ------
    ConfigError
        With all problems, each in one line `place: key: what is wrong`, never with a secret.

    Examples
    --------
    >>> from driftgauge.config.drift_settings import DEFAULT_TESTS
    >>> load_config(None, environ={"DRIFTGAUGE_LISTEN": ":9800"}, known_tests=DEFAULT_TESTS).http.port
    9800
    """
    draft = Draft()
    named = environ.get("DRIFTGAUGE_CONFIG")
    if path is not None or named:
        draft.take_file(path or Path(str(named)))
    draft.take_texts((key, environ[name], name) for name, key in VARIABLES.items() if environ.get(name))
    draft.take_texts((tuple(key.split(".")), text, "command line") for key, text in overrides.items())
    return draft.settings(known_tests, known_shifts, known_metrics, detectors, components=components)
