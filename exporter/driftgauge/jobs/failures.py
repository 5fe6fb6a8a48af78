"""What failed in a run of a job that goes through the models one by one: one model's failure never stops another."""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Protocol, runtime_checkable

from driftgauge.errors import SetupError
from driftgauge.model.identity import ModelKey

NAMED: Final = 3
"""As many models does a message name."""


class ModelFailures:
    """The models that failed in one run, in order, and the error of the first of them: whoever of threads was first."""

    def __init__(self) -> None:
        """Start with none."""
        self._guard = threading.Lock()
        self.models: list[ModelKey] = []
        self.problem: Exception | None = None

    @contextmanager
    def of(self, key: ModelKey) -> Generator[None]:
        """Do a model's work: its error is kept, and raised only if the others would fail as well."""
        try:
            yield
        except SetupError:
            raise
        except Exception as error:  # noqa: BLE001 - told by who runs the job
            with self._guard:
                if key not in self.models:
                    insort(self.models, key)
                if self.models[0] == key:
                    self.problem = error

    def raise_if_all(self, models: int) -> None:
        """Raise the first error if all of so many models failed: then the run did."""
        if self.problem is not None and len(self.models) == models:
            raise self.problem

    def describe(self) -> str:
        """Return which models failed, in few words.

        Examples
        --------
        >>> failures = ModelFailures()
        >>> with failures.of(ModelKey(model="churn", version="3", environment="production")):
        ...     raise ValueError
        >>> failures.describe()
        '1 model failed: churn@3 (production)'
        """
        named = [str(key) for key in self.models[:NAMED]]
        if len(self.models) > NAMED:
            named.append(f"{len(self.models) - NAMED} more")
        return f"{len(self.models)} model{'' if len(self.models) == 1 else 's'} failed: {', '.join(named)}"


@runtime_checkable
class JudgesModels(Protocol):
    """A job that goes through the models one by one."""

    failures: ModelFailures
