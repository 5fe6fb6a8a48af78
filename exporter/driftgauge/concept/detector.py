"""What a detector is: it takes values in their order, tells changes, and can be put away as JSON at any place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Final, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from driftgauge.concept.change import Change, Direction
from driftgauge.concept.parameters import Parameters, Plain
from driftgauge.model.bins import FloatArray

State = dict[str, Any]
"""A detector put away: plain numbers, texts, lists and mappings, bounded in size, that JSON holds exactly."""

LARGEST: Final = 1e100  # sums of squares of larger ones would soon be infinite


class Input(StrEnum):
    """What values a detector takes."""

    NUMBERS = "any numbers"
    SHARES = "numbers from 0 to 1"
    ERRORS = "0 or 1"

    def holds(self, values: FloatArray) -> NDArray[np.bool_]:
        """Return which of `values` can be taken."""
        if self is Input.NUMBERS:
            return np.isfinite(values)
        ends = (values == 0) | (values == 1)
        return ends | ((values > 0) & (values < 1)) if self is Input.SHARES else ends


@dataclass(slots=True, kw_only=True)
class Memory:
    """What a detector remembers of the values since it started or told a drift: numbers and lists of them."""


P = TypeVar("P", bound=Parameters)
M = TypeVar("M", bound=Memory)


class Detector(ABC, Generic[P, M]):
    """A detector at one place of a stream; `DetectorKind` makes them.

    Values that are missing, infinite or beyond ±1e100 are skipped and counted (`skipped`): they hold no news, and one
    broken row must not stop the watch. Other values that the detector was not made for are refused.
    """

    name: ClassVar[str]
    takes: ClassVar[Input] = Input.NUMBERS

    def __init__(self, parameters: P, memory: M) -> None:
        """Go on from what is remembered."""
        self.parameters = parameters
        self.memory = memory
        self.seen = 0
        self.skipped = 0

    @property
    @abstractmethod
    def score(self) -> float:
        """How much of the way to a drift the stream has gone: 0 is none, at 1 or shortly above it would be told."""

    @abstractmethod
    def _until_drift(self, values: list[float], start: int, found: list[Change]) -> int:
        """Take values from `start` on up to the first drift, add what was found, and return the place after.

        After a drift, the memory is as it should be before the next value.
        """

    def update(self, values: ArrayLike) -> tuple[Change, ...]:
        """Take values in their order and return what changed at them.

        However a stream is cut into arrays, the changes and the state are the same.

        Parameters
        ----------
        values : array_like, shape (n,)
            The next values of the stream, the oldest first; booleans count as 0 and 1.

        Returns
        -------
        tuple of Change
            In order; `index` counts from the first of `values`.

        Raises
        ------
        ValueError
            If there is more than one dimension, or a value that the detector does not take. Then none was taken.
        """
        given = np.asarray(values, dtype=np.float64)
        if given.ndim != 1:
            raise ValueError(f"values must have one dimension, not {given.ndim}")
        usable = np.abs(given) <= LARGEST  # False for NaN
        whole = bool(usable.all())
        taken = given if whole else given[usable]
        fits = self.takes.holds(taken)
        if not fits.all():
            raise ValueError(f"{self.name} takes {self.takes}, not {taken[int(fits.argmin())]:g}")
        found: list[Change] = []
        place, numbers = 0, taken.tolist()
        while place < len(numbers):
            place = self._until_drift(numbers, place, found)
        self.seen += taken.size
        self.skipped += given.size - taken.size
        if not whole:
            places = np.flatnonzero(usable).tolist()
            found = [replace(change, index=places[change.index]) for change in found]
        return tuple(found)

    def state(self) -> State:
        """Return all that is needed to go on later, by `DetectorKind.resume`, as if nothing had been in between."""
        return {
            "detector": self.name,
            "parameters": self.parameters.plain(),
            "seen": self.seen,
            "skipped": self.skipped,
            "memory": asdict(self.memory),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorKind(Generic[P, M]):
    """A kind of detector, with the words that people need.

    `statistic` and `unit` complete the sentences "the statistic is …" and "a statistic of 50 <unit>"; `meaning` says
    what it takes to be a drift, `suits` what the detector is for. `warns` tells whether there are warnings, too.
    """

    parameters: type[P]
    memory: type[M]
    make: type[Detector[P, M]]
    directions: tuple[Direction, ...]
    warns: bool
    statistic: str
    unit: str
    suits: str

    @property
    def name(self) -> str:
        """The name of the detector, which is that of its module."""
        return self.make.name

    @property
    def takes(self) -> Input:
        """What values it takes."""
        return self.make.takes

    def start(self, parameters: Mapping[str, Plain] | None = None) -> Detector[P, M]:
        """Return a detector before the first value, with the given parameters and the others as by default.

        Raises
        ------
        ValueError
            If a parameter is unknown, of a wrong type or out of range.
        """
        return self.make(self.parameters.read(parameters or {}), self.memory())

    def resume(self, state: State) -> Detector[P, M]:
        """Return the detector whose `state` this is.

        Raises
        ------
        ValueError
            If it is the state of another kind of detector, or of none.
        """
        if state.get("detector") != self.name:
            raise ValueError(f"this is a state of {state.get('detector')!r}, not of {self.name!r}")
        try:
            memory = self.memory(**deepcopy(state["memory"]))
            detector = self.make(self.parameters.read(state["parameters"]), memory)
            detector.seen, detector.skipped = state["seen"], state["skipped"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is no state of {self.name}: {error}") from error
        return detector

    def follow(self, state: State | None, parameters: Mapping[str, Plain] | None = None) -> Detector[P, M]:
        """Return the detector to go on with: the one put away, or a new one if there is none or it was set otherwise.

        Raises
        ------
        ValueError
            As `start` and `resume`.

        Examples
        --------
        >>> from driftgauge.concept.registry import DETECTORS
        >>> kind = DETECTORS["adwin"]
        >>> detector = kind.follow(None, {"delta": 0.01})
        >>> detector.update([0.0, 1.0, 0.0])
        ()
        >>> kind.follow(detector.state(), {"delta": 0.01}).seen, kind.follow(detector.state()).seen
        (3, 0)
        """
        new = self.start(parameters)
        if state is None:
            return new
        old = self.resume(state)
        return old if old.parameters == new.parameters else new
