"""The dashboards, one a module; each module's `BOARD` becomes a file of its name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from generator.board import Board

BOARDS: Final[dict[str, Board]] = {
    module.name: import_module(f"{__name__}.{module.name}").BOARD
    for module in sorted(iter_modules(__path__), key=lambda module: module.name)
}
