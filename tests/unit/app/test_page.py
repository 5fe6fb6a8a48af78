"""When the exporter says that it is ready."""

from __future__ import annotations

from datetime import timedelta

from driftgauge.app.ledger import JobRecord
from driftgauge.app.page import readiness


def test_it_is_ready_once_every_reference_was_learned_and_stays_so_when_a_new_one_comes() -> None:
    records = {name: JobRecord(name=name, interval=timedelta(minutes=1)) for name in ("rollup", "drift")}
    assert readiness(records, now=0).reason == "starting: rollup has not run yet"
    for record in records.values():
        record.succeeded((), at=100, duration=1)
    assert readiness(records, now=100).reason == "starting: references are being learned, model by model"
    records["drift"].complete = True
    assert readiness(records, now=100).ready
    records["drift"].succeeded((), at=110, duration=15)
    assert readiness(records, now=110).ready
