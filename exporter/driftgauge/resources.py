"""Where the files that ship beside the code lie: in the wheel's bundle, or in the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).parent


def bundled(part: Literal["sql", "prometheus", "grafana"]) -> Path:
    """Return the directory of a shipped part, whether installed from a wheel or run from a checkout."""
    installed = PACKAGE / "bundle" / part
    return installed if installed.is_dir() else PACKAGE.parent.parent / part
