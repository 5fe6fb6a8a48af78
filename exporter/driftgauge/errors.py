"""Errors, classed by what the operator must do.

DriftgaugeError
├── BadInput              mend what was typed or written; exit code 2
│   ├── ConfigError       driftgauge.yml or the environment
│   ├── BadReference      the reference's data cannot be used
│   ├── BadSource         a source cannot be read as it is configured
│   └── SqlFileError      a file under sql/ breaks its contract
├── SetupError            mend the installation; exit code 2
│   ├── DatabaseUnreachable
│   ├── SchemaMismatch    missing, old or unknown newer schema
│   ├── MissingPrivilege  names the GRANT
│   ├── ForeignRestore    the watermark belongs to another cluster
│   ├── AlertmanagerUnreachable  no usable answer comes from it
│   └── MissingComponent  an optional package or binary is absent
└── SignalMissing         an expected signal or check failed; exit code 1
"""

from __future__ import annotations


class DriftgaugeError(Exception):
    """Anything that driftgauge reports in one line, without a traceback."""

    exit_code = 2


class BadInput(DriftgaugeError):
    """What the user gave cannot be used."""


class ConfigError(BadInput):
    """The configuration has problems; all of them are in `problems`, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        """Keep every problem; the message has one a line."""
        super().__init__("\n".join(problems))
        self.problems = problems


class BadReference(BadInput):
    """The data named for a reference cannot serve as one."""


class BadSource(BadInput):
    """A source cannot be read as it is configured; the message names it and how to mend it."""


class SqlFileError(BadInput):
    """A file under sql/ breaks the contract of its header."""


class SetupError(DriftgaugeError):
    """The installation around driftgauge must be mended."""


class DatabaseUnreachable(SetupError):
    """No connection to Postgres could be made."""


class SchemaMismatch(SetupError):
    """The schema is missing, older, or newer than this program knows."""


class MissingPrivilege(SetupError):
    """The role lacks a privilege; the message names the GRANT."""


class ForeignRestore(SetupError):
    """The roll-ups and the rows come from different clusters or points in time."""


class AlertmanagerUnreachable(SetupError):
    """No usable answer came from Alertmanager."""


class LogsInUse(SetupError):
    """The log tables are read without a pause, so that nothing old can be dropped from them."""


class MissingComponent(SetupError):
    """An optional package or binary that this command needs is absent."""


class SignalMissing(DriftgaugeError):
    """An expected signal did not show, or a check failed."""

    exit_code = 1
