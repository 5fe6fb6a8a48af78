"""What the settings' own validation finds, in words for the person who wrote the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Final, TypeGuard, get_args

from pydantic_core import ErrorDetails

from driftgauge.config.document import KeyPath, Problem, dotted
from driftgauge.config.section import Section
from driftgauge.config.settings import Settings

_WORDS: Final = {
    "missing": "is required",
    "too_long": "has too many entries",
    "model_type": "expected keys below it",
    "dict_type": "expected keys below it",
    "string_type": "expected text; put it in quotes",
    "path_type": "expected the path of a file",
    "tuple_type": "expected a list like [first, second]",
    "too_short": "expected at least one",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "string_too_short": "expected a name, not an empty one",
    "string_pattern_mismatch": "expected lower-case letters, digits and underscores, not starting with a digit",
}
_KEY_MARK = "[key]"  # pydantic's last part of the place of a mapping's bad key


def problem_of(error: ErrorDetails) -> Problem:
    """Put one finding of pydantic's into the words of the file, without the value: it may be secret."""
    key = tuple(part for part in error["loc"] if part != _KEY_MARK)
    if error["type"] == "extra_forbidden":
        return Problem(key=key, message=f"unknown key{_nearest_key(key)}")
    if error["type"] == "value_error":
        return Problem(key=key, message=error["msg"].removeprefix("Value error, "))
    if error["type"] == "enum":
        return Problem(key=key, message=f"expected {error.get('ctx', {})['expected']}".replace("'", ""))
    message = _WORDS.get(error["type"]) or error["msg"].removeprefix("Input ").replace("should", "must", 1)
    return Problem(key=key, message=message)


def nearest(name: str, known: Collection[str]) -> str:
    """Return `; did you mean …?` with the known name most like `name`, or nothing where none is.

    Examples
    --------
    >>> nearest("jensen_shanon", {"ks", "psi", "jensen_shannon"})
    '; did you mean jensen_shannon?'
    """
    close = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _nearest_key(key: KeyPath) -> str:
    """Suggest a key for an unknown one: like it beside it, else the same elsewhere, else list what is known."""
    *parents, last = key
    siblings = list(_section_at(tuple(parents)).keys())
    close = get_close_matches(str(last), siblings, n=1)
    if close:
        return f"; did you mean {dotted((*parents, close[0]))}?"
    elsewhere = [path for path in _all_keys(Settings) if path.rpartition(".")[2] == last]
    if elsewhere:
        return f"; did you mean {' or '.join(elsewhere)}?"
    return f"; known here: {', '.join(siblings)}"


def _section_at(key: KeyPath) -> type[Section]:
    """Return the section that an unknown key was found in."""
    place: object = Settings
    for part in key:
        if _is_section(place):
            place = place.keys()[str(part)].annotation
        else:
            place = get_args(place)[0 if isinstance(part, int) else 1]
    assert _is_section(place)  # noqa: S101 - only sections refuse keys
    return place


def _all_keys(section: type[Section], prefix: str = "") -> Iterator[str]:
    """Walk the dotted paths of all keys outside the mappings of names."""
    for name, field in section.keys().items():
        yield f"{prefix}{name}"
        if _is_section(field.annotation):
            yield from _all_keys(field.annotation, f"{prefix}{name}.")


def _is_section(annotation: object) -> TypeGuard[type[Section]]:
    """Tell sections from values and from mappings of names."""
    return isinstance(annotation, type) and issubclass(annotation, Section)
