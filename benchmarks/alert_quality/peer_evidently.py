"""Judge windows by Evidently's defaults; run by path in the peers' environment, where nothing of ours is."""

from __future__ import annotations

import json
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Read rows, window size and reference size as handed over; write which windows alarm."""
    source, answer, rows, reference_rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    warnings.simplefilter("ignore")
    # By name, as neither is installed where types are checked.
    evidently: Any = import_module("evidently")
    metrics: Any = import_module("evidently.metrics")
    pandas: Any = import_module("pandas")
    with np.load(source) as columns:
        frame = pandas.DataFrame({name: columns[name] for name in columns.files})
    numeric = [name for name in frame.columns if frame[name].dtype.kind == "f"]
    categorical = [name for name in frame.columns if name not in numeric]
    definition = evidently.DataDefinition(numerical_columns=numeric, categorical_columns=categorical)

    def data(part: Any) -> Any:  # noqa: ANN401 - a frame of pandas
        return evidently.Dataset.from_pandas(part.reset_index(drop=True), data_definition=definition)

    reference = data(frame.iloc[:reference_rows])
    any_column: list[bool] = []
    data_set: list[bool] = []
    for start in range(reference_rows, len(frame), rows):
        report = evidently.Report([metrics.DriftedColumnsCount()])  # the preset's count, without its drawings
        snapshot = report.run(data(frame.iloc[start : start + rows]), reference).dict()
        [drifted] = [
            metric["value"] for metric in snapshot["metrics"] if metric["metric_name"].startswith("DriftedColumnsCount")
        ]
        any_column.append(drifted["count"] >= 1)
        data_set.append(drifted["share"] >= 0.5)  # noqa: PLR2004 - the default share
    alarms = {"any column": any_column, "half the columns": data_set}
    answer.write_text(json.dumps({"version": version("evidently"), "alarms": alarms}))


if __name__ == "__main__":
    main()
