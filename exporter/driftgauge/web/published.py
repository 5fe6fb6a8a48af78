"""What the HTTP side shows: each part is replaced as a whole, by one assignment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from driftgauge.exposition.snapshot import Snapshot
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether the exporter can do its work; `reason` says why not, and how to mend it."""

    ready: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """One model on the landing page; `rows` are those of the current window, None where nothing is known yet."""

    key: ModelKey
    verdict: Verdict | None = None
    drifted_features: tuple[str, ...] = ()
    rows: int | None = None
    last_prediction_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One job on the landing page; `problem` is why it failed last, empty where it did not."""

    name: str
    every: timedelta
    last_success_at: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the landing page tells; ages are counted back from `at`."""

    at: datetime
    models: tuple[ModelLine, ...] = ()
    jobs: tuple[JobLine, ...] = ()


class Published:
    """The newest of everything; the app assigns, requests read, no lock is needed."""

    __slots__ = ("page", "readiness", "snapshot")

    def __init__(self) -> None:
        """Publish nothing yet, and not be ready."""
        self.snapshot: Snapshot | None = None
        self.page: Page | None = None
        self.readiness = Readiness(ready=False, reason="starting: no cycle has ended yet")
