"""What can be set of a detector: typed values with a default, a range and a word on what they do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Self, TypeVar, cast

Plain = bool | int | float | str | None
"""What a parameter can be, in Python and in JSON."""

Value = TypeVar("Value", bool, int, float, float | None)
ABOUT: Final = "about"
TRUTH, WHOLE, NUMBER = "true or false", "a whole number", "a number"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is known of a parameter besides its type and default; the bounds belong to the range unless `open`."""

    meaning: str
    least: float
    greatest: float
    open: bool

    def holds(self, value: float) -> bool:
        """Whether `value` is in range."""
        if self.open:
            return self.least < value < self.greatest
        return self.least <= value <= self.greatest

    @property
    def range(self) -> str:
        """The range in words.

        Examples
        --------
        >>> About(meaning="how sure", least=0, greatest=1, open=True).range
        'above 0, below 1'
        >>> About(meaning="how many", least=1, greatest=math.inf, open=False).range
        'at least 1'
        """
        low, high = ("above", "below") if self.open else ("at least", "at most")
        bounds = ((low, self.least), (high, self.greatest))
        return ", ".join(f"{word} {bound:,.12g}" for word, bound in bounds if math.isfinite(bound))


def parameter(
    default: Value,
    meaning: str,
    *,
    least: float = -math.inf,
    greatest: float = math.inf,
    open: bool = False,  # noqa: A002 - as intervals are called
) -> Value:
    """Declare a field of a `Parameters` class: its default, what it does, and its range.

    The type of the default is the type of the parameter; None stands for a number that may be left open.
    """
    about = About(meaning=meaning, least=least, greatest=greatest, open=open)
    return field(default=default, metadata={ABOUT: about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of a detector, checked when they are made.

    Raises
    ------
    ValueError
        If any is of a wrong type or out of range; all problems are told at once.
    """

    def __post_init__(self) -> None:
        """Refuse what no detector can run with."""
        problems = [self._problem(name, about) for name, about in self.described().items()]
        problems = [problem for problem in (*problems, self._contradiction()) if problem]
        if problems:
            raise ValueError("; ".join(problems))

    def _contradiction(self) -> str:
        """Return what is wrong with the parameters together; subclasses say so."""
        return ""

    def _problem(self, name: str, about: About) -> str:
        value, default = getattr(self, name), self.defaults()[name]
        if (value is None and default is None) or (isinstance(value, bool) and isinstance(default, bool)):
            return ""
        wanted = _wanted(default)
        kinds = {TRUTH: (), WHOLE: (int,)}.get(wanted, (int, float))
        if isinstance(value, bool) or not isinstance(value, kinds):
            return f"{name}: {wanted} is wanted, not {value!r}"
        if not math.isfinite(value) or not about.holds(value):
            return f"{name}: {value!r} is out of range: {about.range or 'finite'}"
        return ""

    @classmethod
    def described(cls) -> dict[str, About]:
        """Return what is known of each parameter, by name."""
        return {found.name: found.metadata[ABOUT] for found in fields(cls)}

    @classmethod
    def defaults(cls) -> dict[str, Plain]:
        """Return the defaults by name."""
        return {found.name: cast("Plain", found.default) for found in fields(cls)}

    @classmethod
    def read(cls, given: Mapping[str, Plain]) -> Self:
        """Return the parameters that a mapping gives, the others as by default.

        Raises
        ------
        ValueError
            If one is unknown, of a wrong type or out of range.
        """
        unknown = sorted(set(given) - set(cls.defaults()))
        if unknown:
            known = ", ".join(cls.defaults()) or "none"
            raise ValueError(f"{', '.join(unknown)}: unknown; known are {known}")
        return cls(**cast("dict[str, Any]", dict(given)))

    def plain(self) -> dict[str, Plain]:
        """Return the parameters as JSON can hold them."""
        return asdict(self)


def _wanted(default: Plain) -> str:
    """Return in words what a parameter with this default takes."""
    if isinstance(default, bool):
        return TRUTH
    return WHOLE if isinstance(default, int) else NUMBER
