"""YAML read into plain values, with the line of every key and all that is wrong with the text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeGuard, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

KeyPath = tuple[str | int, ...]

_DEEPEST = 12  # levels; the settings need six
_MOST_VALUES = 100_000  # aliases of aliases multiply
_MOST_DIGITS = 18
_PLAIN_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{tag}"
    for tag in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)
_INTEGER = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the configuration, and where."""

    key: KeyPath
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The values of a YAML text; `lines` counts from 1."""

    values: Mapping[str, object] = field(default_factory=dict[str, object])
    lines: Mapping[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    problems: tuple[Problem, ...] = ()


def dotted(key: KeyPath) -> str:
    """Return a key as messages name it; parts that could be misread are quoted.

    Examples
    --------
    >>> dotted(("drift", "tests", 2)), dotted(("models", "a.b"))
    ('drift.tests[2]', 'models."a.b"')
    """
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if re.fullmatch(r"[\w-]{1,63}", part) else json.dumps(part[:63]))
    return text


def is_mapping(value: object) -> TypeGuard[dict[str, object]]:
    """Tell a mapping of the document, whose keys are always text."""
    return isinstance(value, dict)


def read_document(text: str) -> Document:
    """Return what `text` says; problems are in the document, never raised."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        column = f", column {mark.column + 1}" if mark else ""
        return Document(problems=(Problem(key=(), message=f"broken YAML{column}: {_fault(error)}", line=line),))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Document(problems=(Problem(key=(), message="broken YAML: a character that is not allowed", line=line),))
    except RecursionError:
        return Document(problems=(Problem(key=(), message="broken YAML: nested too deeply"),))
    except (ValueError, OverflowError):  # PyYAML lets chr() and int() of hostile escapes and versions through
        return Document(problems=(Problem(key=(), message="broken YAML: an escape or number out of range"),))
    reader = _Reader()
    values = reader.value(root, ()) if root is not None else None
    if reader.overflow is not None:
        message = f"more than {_DEEPEST} levels or {_MOST_VALUES:,} values"
        return Document(problems=(Problem(key=(), message=message, line=reader.overflow),))
    if values is not None and not is_mapping(values):
        reader.problems.append(Problem(key=(), message="expected keys such as drift: or http:", line=1))
    return Document(values=values if is_mapping(values) else {}, lines=reader.lines, problems=tuple(reader.problems))


def _fault(error: yaml.MarkedYAMLError) -> str:
    """Say what is wrong in one line, without names from the text: they may be part of a secret."""
    problem = error.problem or "it cannot be parsed"
    if "alias" in problem or "anchor" in problem or "tag" in problem:
        return "an alias, anchor or tag that cannot be resolved; quote text that starts with *, & or !"
    return " ".join(problem.split())


class _Reader:
    """Turns nodes into values, noting lines and problems on the way."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self.overflow: int | None = None  # the first line too deep or too many
        self._values = 0

    def value(self, node: Node, key: KeyPath) -> object:
        """Return the plain value of a node: text, number, None, tuple or dict."""
        line = node.start_mark.line + 1
        self.lines.setdefault(key, line)
        self._values += 1
        if len(key) > _DEEPEST or self._values > _MOST_VALUES:
            self.overflow = self.overflow or line
            return None
        if node.tag not in _PLAIN_TAGS:
            message = "tags are not supported; quote text that starts with !"
            self.problems.append(Problem(key=key, message=message, line=line))
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return tuple(self.value(item, (*key, index)) for index, item in enumerate(node.value))
        return self._scalar(cast("ScalarNode", node), key)  # the composer makes no other kind

    def _mapping(self, node: MappingNode, key: KeyPath) -> dict[str, object]:
        """Read a mapping; keys are taken as written, so that `on:` or `2024:` can name a model."""
        values: dict[str, object] = {}
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, ScalarNode) or not _is_clean(name_node.value):
                self.problems.append(Problem(key=key, message="a key that is no plain text", line=line))
                continue
            name = str(name_node.value)
            path = (*key, name)
            if name_node.tag.endswith(":merge"):
                self.problems.append(Problem(key=path, message="merge keys are not supported; use an alias", line=line))
            elif name in values:
                message = f"given twice; first in line {self.lines[path]}"
                self.problems.append(Problem(key=path, message=message, line=line))
            else:
                self.lines[path] = line
                values[name] = self.value(value_node, path)
        return values

    def _scalar(self, node: ScalarNode, key: KeyPath) -> object:
        """Read a scalar: numbers as in JSON, no `yes` for true, no `1:30` for 90."""
        text = str(node.value)
        if not _is_clean(text):
            message = "holds a character that no setting can have"
            self.problems.append(Problem(key=key, message=message, line=node.start_mark.line + 1))
            return None
        if node.style is not None:  # quoted or a block
            return text
        if node.tag.endswith(":null"):
            return None
        if _INTEGER.fullmatch(text) and len(text) <= _MOST_DIGITS:
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        return text


def _is_clean(text: str) -> bool:
    """Tell whether `text` has neither NUL nor lone surrogates, which neither Postgres nor UTF-8 can hold."""
    return not re.search("[\0\ud800-\udfff]", text)
