"""Which models there are, and what each is compared with."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import info

MODELS: Final = (
    info("ml_model_info", "A model that has logged predictions.", job="rollup"),
    info(
        "ml_reference_info",
        "The reference that a model is compared with, and where it came from.",
        "reference_id",
        "source",
        "features",
        "rows",
        job="drift",
    ),
)
