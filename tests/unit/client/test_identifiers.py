"""New ids are of version 7, in order of their making, and unique."""

from __future__ import annotations

import random
import threading
import time
import uuid

from driftgauge.client.identifiers import new_id


def test_ids_are_of_version_7_and_begin_with_the_milliseconds() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    for key in made:
        assert (key.version, key.variant) == (7, uuid.RFC_4122)
        assert before <= key.int >> 80 <= after
        assert key == uuid.UUID(str(key))
        assert hash(key) == hash(uuid.UUID(key.hex))


def test_every_other_bit_of_an_id_varies() -> None:
    made = [new_id().int for _ in range(200)]
    ones, zeros = 0, 0
    for key in made:
        ones |= key
        zeros |= ~key
    random_bits = (1 << 80) - 1 & ~(0xF << 76) & ~(0x3 << 62)
    assert ones & zeros & random_bits == random_bits


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
