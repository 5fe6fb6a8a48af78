"""Count nannyml's credit card data into tests/data/credit_cards.npz: `python scripts/credit_cards.py nannyml-….whl`.

The synthetic data set has 60,000 reference rows and 60,000 later ones of a classifier with three classes, of which
nannyml estimates the accuracy. The tests need its counts only; tests/data/README.md says what they are.
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

COUNTED: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "credit_cards.npz"
REFERENCE, LATER, TARGETS = (
    f"nannyml/datasets/data/mc_{part}.csv" for part in ("reference", "analysis", "analysis_gt")
)
CLASSES: Final = ("highstreet_card", "prepaid_card", "upmarket_card")
CHUNK: Final = 6_000
HUNDREDTHS: Final = 101
ARGUMENTS: Final = 2


def main() -> int:
    """Read the wheel named on the command line, and write the counts."""
    if len(sys.argv) != ARGUMENTS:
        print("usage: python scripts/credit_cards.py nannyml-….whl", file=sys.stderr)  # noqa: T201 - it talks to a terminal
        return 2
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        reference, later, targets = (
            list(csv.DictReader(io.TextIOWrapper(wheel.open(name), "utf-8"))) for name in (REFERENCE, LATER, TARGETS)
        )
    turned_out = {row["id"]: row["y_true"] for row in targets}
    for row in later:
        row["y_true"] = turned_out[row["id"]]
    rows = reference + later
    counts = np.zeros((len(rows) // CHUNK, len(CLASSES), len(CLASSES), HUNDREDTHS), dtype=np.uint16)
    for place, row in enumerate(rows):
        said = row["y_pred"]
        sure = round(100 * float(row[f"y_pred_proba_{said}"]))
        counts[place // CHUNK, CLASSES.index(row["y_true"]), CLASSES.index(said), sure] += 1
    np.savez_compressed(COUNTED, allow_pickle=False, outcomes=counts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
