"""Judge windows by NannyML's default calculator; run by path in the peers' environment, where nothing of ours is."""

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
    nannyml: Any = import_module("nannyml")
    pandas: Any = import_module("pandas")
    with np.load(source) as columns:
        frame = pandas.DataFrame({name: columns[name] for name in columns.files})
    calculator = nannyml.UnivariateDriftCalculator(column_names=list(frame.columns), chunk_size=rows)
    calculator.fit(frame.iloc[:reference_rows].reset_index(drop=True))
    result = calculator.calculate(frame.iloc[reference_rows:].reset_index(drop=True))
    table = result.filter(period="analysis").to_df(multilevel=True)
    alerts = table.loc[:, [column for column in table.columns if column[-1] == "alert"]]
    alarms = {"any column": [bool(found) for found in alerts.any(axis=1)]}
    answer.write_text(json.dumps({"version": version("nannyml"), "alarms": alarms}))


if __name__ == "__main__":
    main()
