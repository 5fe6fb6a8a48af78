"""What a page needs beyond the exporter; imports none of it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from driftgauge.errors import MissingComponent

PACKAGES: Final = ("jinja2", "matplotlib")


def require_extra() -> None:
    """Refuse to begin before everything is there.

    Raises
    ------
    MissingComponent
        With the command that installs what is missing.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingComponent(f"a page needs {' and '.join(missing)}: pip install 'driftgauge[report]'")
