"""New ids are of version 7, in order of their making, and unique."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
import uuid
from uuid import UUID

from driftgauge.client.identifiers import RANDOM_BITS, VERSION_7, id_made_at, new_id


def test_ids_are_of_version_7_and_begin_with_the_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    for key in made:
        assert (key.version, key.variant) == (7, uuid.RFC_4122)
        assert before <= key.int >> 80 <= after
        assert key == uuid.UUID(str(key))
        assert hash(key) == hash(uuid.UUID(key.hex))


def test_where_a_process_counts_from_is_random() -> None:
    command = "from driftgauge.client.identifiers import new_id; print(new_id().int)"
    made = [int(subprocess.check_output([sys.executable, "-c", command])) for _ in range(12)]
    assert len({key & (1 << 64) - 1 for key in made}) == 12
    assert len({key >> 64 & 0xFFF for key in made}) > 1


def test_counting_runs_over_into_nothing_else() -> None:
    """Where all random bits are set, so many ids more leave version and variant as they are."""
    most = UUID(int=VERSION_7 | RANDOM_BITS)
    later = UUID(int=most.int + (1 << 61))
    assert (later.version, later.variant, later.int >> 64) == (7, uuid.RFC_4122, most.int >> 64)


def test_ids_of_one_millisecond_keep_their_order() -> None:
    made = [id_made_at(1_772_366_400_000_000_000) for _ in range(1000)]
    assert made == sorted(set(made))


def test_ids_of_a_later_millisecond_are_greater() -> None:
    first = new_id()
    while (second := new_id()).int >> 80 == first.int >> 80:
        pass
    assert first < second


def test_ids_are_unique_across_threads() -> None:
    made: list[list[uuid.UUID]] = [[] for _ in range(8)]
    barrier = threading.Barrier(8)

    def make(into: list[uuid.UUID]) -> None:
        barrier.wait()
        into.extend(new_id() for _ in range(12_500))

    threads = [threading.Thread(target=make, args=(into,)) for into in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for into in made for key in into}) == 100_000


def test_a_seeded_generator_of_the_service_does_not_repeat_ids() -> None:
    random.seed(1)
    first = new_id()
    random.seed(1)
    assert new_id().int & (1 << 62) - 1 != first.int & (1 << 62) - 1
