"""A drift report by Evidently's default preset; run in the peers' environment, where nothing of ours is."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from typing import Any

from measuring import columns, rows, server_seconds, tell


def main() -> None:
    """Compare the second half with the first."""
    dsn, answer = sys.argv[1:]
    before = server_seconds(dsn)
    warnings.simplefilter("ignore")
    # By name, as neither is installed where types are checked.
    evidently: Any = import_module("evidently")
    presets: Any = import_module("evidently.presets")
    pandas: Any = import_module("pandas")
    names = columns()
    definition = evidently.DataDefinition(
        numerical_columns=[name for name in names if name.startswith("feature")],
        categorical_columns=[name for name in names if name.startswith("category")],
    )
    reference, current = (
        evidently.Dataset.from_pandas(pandas.read_csv(rows(dsn, current=half)), data_definition=definition)
        for half in (False, True)
    )
    snapshot = evidently.Report([presets.DataDriftPreset()]).run(current, reference).dict()
    [counted] = [
        metric["value"] for metric in snapshot["metrics"] if metric["metric_name"].startswith("DriftedColumnsCount")
    ]
    tell(answer, before=before, dsn=dsn, drifted=int(counted["count"]), version=version("evidently"))


if __name__ == "__main__":
    main()
