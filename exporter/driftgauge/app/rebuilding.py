"""Compose a rebuild from the settings."""

from __future__ import annotations

import time
from functools import partial

from driftgauge.app.judging_settings import concept_detectors
from driftgauge.app.referencing import patient_database
from driftgauge.app.settings import attribution_options, outcome_options, rollup_options
from driftgauge.config import Settings
from driftgauge.jobs.attributions import AttributionRollup
from driftgauge.jobs.concept_streams import ConceptStreams
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.jobs.rebuild import RebuildReport, rebuild
from driftgauge.jobs.rollup import Rollup
from driftgauge.store.attributions import TABLES


def run_rebuild(settings: Settings) -> RebuildReport | None:
    """Recount the rows of the settings' database; None if nothing was ever rolled up."""
    with patient_database(settings) as database:
        rollup = Rollup(database, rollup_options(settings), time.sleep)
        streams = ConceptStreams(partial(concept_detectors, settings))
        join = OutcomeJoin(database, outcome_options(settings), time.sleep, streams.follow)
        attributions = [AttributionRollup(database, kind, attribution_options(settings), time.sleep) for kind in TABLES]
        return rebuild(database, rollup, join, attributions, rollups_kept=settings.retention.rollups)
