"""A configuration in the making: values laid over each other, the place of each, and all that is wrong."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from driftgauge.config.checks import Readers, conflicts
from driftgauge.config.document import KeyPath, Problem, dotted, is_mapping, read_document
from driftgauge.config.findings import problem_of
from driftgauge.config.settings import Settings
from driftgauge.errors import ConfigError

_LARGEST_FILE = 1 << 20  # bytes
_ONE_OF: Final = (
    (("database", "dsn"), ("database", "dsn_file")),
    (("http", "webhook_token"), ("http", "webhook_token_file")),
)  # one of them in a stronger layer replaces both of a weaker
_FILES: Final = tuple(file for _, file in _ONE_OF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value was given; problems are told in the order of the file, then those of other places."""

    name: str
    line: float = math.inf


class Draft:
    """Collects values, weakest layer first, then becomes settings or one error with every problem."""

    def __init__(self) -> None:
        """Start from the defaults."""
        self._values: dict[str, object] = {}
        self._places: dict[KeyPath, Place] = {(): Place(name="defaults")}
        self._findings: list[tuple[Place, Problem]] = []
        self._directory: Path | None = None

    def take_file(self, path: Path) -> None:
        """Take the keys of a YAML file of up to 1 MiB."""
        self._directory = path.absolute().parent
        self._places[()] = Place(name=str(path), line=0)
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST_FILE + 1)
            text = content.decode("utf-8-sig")
        except OSError as error:
            self._find(Problem(key=(), message=f"cannot be read: {error.strerror}"))
            return
        except UnicodeDecodeError:
            self._find(Problem(key=(), message="is not UTF-8 text"))
            return
        if len(content) > _LARGEST_FILE:
            self._find(Problem(key=(), message="is larger than 1 MiB"))
            return
        document = read_document(text)
        self._values = dict(document.values)
        for key, line in document.lines.items():
            self._places[key] = Place(name=f"{path}:{line}", line=line)
        for problem in document.problems:
            line = problem.line
            place = self._place(problem.key) if line is None else Place(name=f"{path}:{line}", line=line)
            self._findings.append((place, problem))

    def take_texts(self, texts: Iterable[tuple[KeyPath, str, str]]) -> None:
        """Lay single values, each with its key and the name of its place, over those that are there."""
        given = list(texts)
        for pair in _ONE_OF:
            if any(key in pair for key, _, _ in given):
                for key in pair:
                    _drop(self._values, key)
        for key, text, place in given:
            section = self._values.get(str(key[0]))
            section = section if is_mapping(section) else {}
            section[str(key[1])] = Path(text).absolute() if key in _FILES else text
            self._values[str(key[0])] = section
            self._places[key] = Place(name=place)

    def settings(
        self,
        known_tests: Collection[str],
        known_shifts: Collection[str] = (),
        known_metrics: Mapping[str, Collection[str]] | None = None,
        detectors: Readers | None = None,
        *,
        components: Collection[str] = (),
    ) -> Settings:
        """Return the settings, or raise all problems at once."""
        settings = self._validated()
        wrong = {problem.key for _, problem in self._findings}
        for conflict in conflicts(settings, known_tests, known_shifts, known_metrics, detectors, components=components):
            if not any(_overlap(key, other) for key in conflict.keys for other in wrong):
                given = next((key for key in conflict.keys if key in self._places), conflict.keys[0])
                self._findings.append((self._place(given), Problem(key=conflict.keys[0], message=conflict.message)))
        if self._findings:
            self._findings.sort(key=lambda finding: finding[0].line)
            raise ConfigError(
                [
                    ": ".join(filter(None, (place.name, dotted(problem.key), problem.message)))
                    for place, problem in self._findings
                ]
            )
        return settings

    def _validated(self) -> Settings:
        """Return the settings of all values that are right, so that what lies between them can be checked, too."""
        while True:
            try:
                return Settings.model_validate(self._values, context=self._directory)
            except ValidationError as error:
                known = {problem.key for _, problem in self._findings}
                for problem in map(problem_of, error.errors(include_url=False, include_input=False)):
                    _drop(self._values, problem.key)
                    if problem.key not in known:
                        self._find(problem)

    def _find(self, problem: Problem) -> None:
        self._findings.append((self._place(problem.key), problem))

    def _place(self, key: KeyPath) -> Place:
        """Return where `key` or else what it is part of was given."""
        while key not in self._places:
            key = key[:-1]
        return self._places[key]


def _drop(values: dict[str, object], key: KeyPath) -> None:
    """Remove what stands at `key`, or the innermost mapping's part of it where `key` leads into a list."""
    head, *rest = key
    inner = values.get(str(head))
    if rest and is_mapping(inner):
        _drop(inner, tuple(rest))
    else:
        values.pop(str(head), None)


def _overlap(key: KeyPath, other: KeyPath) -> bool:
    """Tell whether one key lies in the other; the whole document does not count."""
    shorter = min(len(key), len(other))
    return shorter > 0 and key[:shorter] == other[:shorter]
