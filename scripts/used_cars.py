"""Hold estimated losses against realised ones on nannyml's used cars: `python scripts/used_cars.py nannyml-….whl`.

The data set has 60,000 reference rows and 60,000 later ones, whose second half is of other cars. Beside driftgauge's
estimates from profiles stand those of gradient boosting from rows, with trees of each depth: what features do together.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections import Counter
from importlib import import_module
from typing import Any, Final

import numpy as np

from driftgauge.model.bins import BinLayout, CategoricalBins, FloatArray, IntArray
from driftgauge.performance.dle import LossChunk, estimated_losses, fit_dle
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.binning import slots_of
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout

MEMBER: Final = "nannyml/datasets/data/regression_synthetic_{}.csv"
NUMBERS: Final = ("car_age", "km_driven", "price_new", "accident_count", "door_count", "y_pred")
CATEGORIES: Final = ("fuel", "transmission")
CHUNK: Final = 6_000
DEPTHS: Final = (1, 2, 6)
ARGUMENTS: Final = 2

Rows = list[dict[str, str]]


def main() -> int:
    """Read the wheel named on the command line, and print each later chunk's mean absolute errors."""
    if len(sys.argv) != ARGUMENTS:
        print("usage: python scripts/used_cars.py nannyml-….whl", file=sys.stderr)  # noqa: T201 - it talks to a terminal
        return 2
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        reference, later, targets = (
            list(csv.DictReader(io.TextIOWrapper(wheel.open(MEMBER.format(part)), "utf-8")))
            for part in ("reference", "analysis", "analysis_targets")
        )
    outcomes = {row["id"]: row["y_true"] for row in targets}
    later = [row | {"y_true": outcomes[row["id"]]} for row in later]
    layout = fit_layout([batch(reference)])
    fitted = fit_dle(profile_batch(layout, batch(reference)), [chunk(layout, part) for part in parts(reference)])
    losses = np.abs(column(reference, "y_pred") - column(reference, "y_true"))
    boosting: Any = import_module("sklearn.ensemble").HistGradientBoostingRegressor
    trees = [boosting(max_depth=depth, random_state=0).fit(table(layout, reference), losses) for depth in DEPTHS]
    print("realised  profile " + "".join(f"  depth {depth}" for depth in DEPTHS))  # noqa: T201 - the same
    for part in parts(later):
        estimate = estimated_losses(fitted, profile_batch(layout, batch(part)))["mae"].measured.value or 0.0
        realised = float(np.abs(column(part, "y_pred") - column(part, "y_true")).mean())
        boosted = [float(tree.predict(table(layout, part)).mean()) for tree in trees]
        print("".join(f"{value:8.1f} " for value in (realised, estimate, *boosted)))  # noqa: T201 - the same
    return 0


def parts(rows: Rows) -> list[Rows]:
    """Return the rows in chunks, in order of time."""
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]


def column(rows: Rows, name: str) -> FloatArray:
    """Return one numeric column."""
    return np.array([float(row[name]) for row in rows])


def batch(rows: Rows) -> FeatureBatch:
    """Return the rows as profiles take them."""
    categories = {name: Counter(row[name] for row in rows) for name in CATEGORIES}
    return FeatureBatch(rows=len(rows), numeric={name: column(rows, name) for name in NUMBERS}, categories=categories)


def table(layout: BinLayout, rows: Rows) -> IntArray:
    """Return each row's slots, in the order of the layout's features."""
    columns: list[IntArray] = []
    for name, bins in layout.features.items():
        if isinstance(bins, CategoricalBins):
            slots = bins.slot_of()
            columns.append(np.array([slots.get(row[name], bins.unseen) for row in rows]))
        else:
            columns.append(slots_of(column(rows, name), bins.edges))
    return np.stack(columns, axis=1)


def chunk(layout: BinLayout, rows: Rows) -> LossChunk:
    """Return rows of the reference as losses are learned from them."""
    return LossChunk(slots=table(layout, rows), outcomes=column(rows, "y_true"), predictions=column(rows, "y_pred"))


if __name__ == "__main__":
    sys.exit(main())
