"""Count nannyml's synthetic car loan data into tests/data/car_loan.npz: `python scripts/car_loan.py nannyml-….whl`.

The data set has 50,000 reference rows and 50,000 later ones, of which peers have published results. The tests need its
counts only, so neither the rows nor nannyml are a dependency; tests/data/README.md says what the arrays are.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.profiling.binning import slots_of
from driftgauge.profiling.fitting import fit_numeric

COUNTED: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "car_loan.npz"
MEMBERS: Final = tuple(f"nannyml/datasets/data/synthetic_car_loan_{part}.csv" for part in ("reference", "analysis"))
NUMBERS: Final = ("car_value", "debt_to_income_ratio", "loan_length", "driver_tenure", "y_pred_proba")
CATEGORIES: Final = ("salary_range", "repaid_loan_on_prev_car", "size_of_downpayment", "y_pred")
ON_GRID: Final = "debt_to_income_ratio"
GRID: Final = 10_000
CHUNKS: Final = 10
OUTCOMES: Final = "nannyml/datasets/data/synthetic_car_loan_analysis_target.csv"
HUNDREDTHS: Final = 101
ARGUMENTS: Final = 2

Number = TypeVar("Number", np.float64, np.int64)


def main() -> int:
    """Read the wheel named on the command line, and write the counts."""
    if len(sys.argv) != ARGUMENTS:
        print("usage: python scripts/car_loan.py nannyml-….whl", file=sys.stderr)  # noqa: T201 - it talks to a terminal
        return 2
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        reference, later, targets = (
            list(csv.DictReader(io.TextIOWrapper(wheel.open(name), "utf-8"))) for name in (*MEMBERS, OUTCOMES)
        )
    arrays: dict[str, NDArray[np.uint16]] = {}
    for name in NUMBERS:
        before, now = (np.array([float(row[name]) for row in rows]) for rows in (reference, later))
        arrays[f"{name}/doane"] = histograms(np.histogram_bin_edges(before, "doane"), before, now).astype(np.uint16)
        bins = fit_numeric(before)
        slots = [np.bincount(slots_of(chunk, bins.edges), minlength=bins.slots) for chunk in chunks(before, now)]
        arrays[f"{name}/slots"] = np.stack(slots).astype(np.uint16)
        if name == ON_GRID:
            grid: FloatArray = np.linspace(float(before.min()), float(before.max()), GRID + 1)
            arrays[f"{name}/grid"] = histograms(grid, before, now).astype(np.uint16)
    for name in CATEGORIES:
        labels = [[row[name] for row in rows] for rows in (reference, later)]
        known = sorted(set(labels[0]) | set(labels[1]))
        places = [np.array([known.index(label) for label in column]) for column in labels]
        mixes = [np.bincount(part, minlength=len(known)) for part in chunks(*places)]
        arrays[f"{name}/mix"] = np.stack(mixes).astype(np.uint16)
    outcomes = {row["id"]: row["repaid"] for row in targets}
    for row in later:
        row["repaid"] = outcomes[row["id"]]
    arrays["y_pred_proba/outcomes"] = np.stack([outcome_counts(part) for part in chunks_of(reference, later)])
    COUNTED.parent.mkdir(exist_ok=True)
    np.savez_compressed(COUNTED, allow_pickle=False, **arrays)
    return 0


def chunks(before: NDArray[Number], now: NDArray[Number]) -> list[NDArray[Number]]:
    """Return ten equal parts of either sample, in order of time."""
    parts: list[NDArray[Number]] = []
    for values in (before, now):
        size = values.size // CHUNKS
        parts += [values[start : start + size] for start in range(0, values.size, size)]
    return parts


def chunks_of(before: list[dict[str, str]], now: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Return ten equal parts of the rows of either sample, in order of time."""
    size = len(before) // CHUNKS
    return [rows[start : start + size] for rows in (before, now) for start in range(0, len(rows), size)]


def outcome_counts(rows: list[dict[str, str]]) -> NDArray[np.uint16]:
    """Return how many rows have each outcome, predicted label and score, a whole number of hundredths."""
    counts = np.zeros((2, 2, HUNDREDTHS), dtype=np.uint16)
    for row in rows:
        counts[int(float(row["repaid"])), int(row["y_pred"]), round(100 * float(row["y_pred_proba"]))] += 1
    return counts


def histograms(edges: FloatArray, before: FloatArray, now: FloatArray) -> IntArray:
    """Return each chunk's counts below the edges, between them and above."""
    ends = np.concatenate(([-np.inf], edges[:-1], [np.nextafter(edges[-1], np.inf), np.inf]))
    return np.stack([np.histogram(part, ends)[0] for part in chunks(before, now)])


if __name__ == "__main__":
    sys.exit(main())
