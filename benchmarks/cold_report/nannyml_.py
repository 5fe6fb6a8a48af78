"""A drift report by NannyML's default calculator; run in the peers' environment, where nothing of ours is."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from typing import Any

from measuring import columns, rows, server_seconds, tell


def main() -> None:
    """Fit on the first half, judge the second, each in ten chunks as by default."""
    dsn, answer = sys.argv[1:]
    before = server_seconds(dsn)
    warnings.simplefilter("ignore")
    # By name, as neither is installed where types are checked.
    nannyml: Any = import_module("nannyml")
    pandas: Any = import_module("pandas")
    reference, current = (pandas.read_csv(rows(dsn, current=half)) for half in (False, True))
    calculator = nannyml.UnivariateDriftCalculator(column_names=columns())
    calculator.fit(reference)
    result = calculator.calculate(current)
    table = result.filter(period="analysis").to_df(multilevel=True)
    alerts = {column[0] for column in table.columns if column[-1] == "alert" and table[column].any()}
    tell(answer, before=before, dsn=dsn, drifted=len(alerts), version=version("nannyml"))


if __name__ == "__main__":
    main()
