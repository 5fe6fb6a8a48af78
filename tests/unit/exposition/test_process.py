from __future__ import annotations

from driftgauge.exposition.process import process_samples


def test_cpu_and_memory_of_this_process_are_read() -> None:
    values = {sample.family: sample.value for sample in process_samples()}
    assert values["process_cpu_seconds_total"] > 0
    assert values["process_resident_memory_bytes"] > 1_000_000
