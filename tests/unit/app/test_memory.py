"""How many arenas the threads of a process allocate from, and what is given back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import re, sys, threading
from pathlib import Path
from driftgauge.app.memory import share_arenas

if sys.argv[1] == "shared":
    assert share_arenas()
ready, done = threading.Barrier(13), threading.Barrier(13)
def work():
    kept = [bytearray(2_000) for _ in range(100)]
    ready.wait()
    done.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads:
    thread.start()
ready.wait()
starts = re.findall(r"^([0-9a-f]+)-\\S+ rw-p \\S+ \\S+ 0 *$", Path("/proc/self/maps").read_text(), re.MULTILINE)
print(sum(int(start, 16) % (64 << 20) == 0 for start in starts))
done.wait()
"""

FREEING = """
from pathlib import Path
from driftgauge.app.memory import give_back

def held():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
kept = [bytearray(2_000) for _ in range(50_000)]
before = held()
del kept[:-1]  # the last one lies above all others
freed = held()
give_back()
print(before - freed, freed - held())
"""

glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")


@glibc_only
def test_many_threads_share_two_arenas() -> None:
    shared, apart = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, mode], check=True, capture_output=True, text=True).stdout)
        for mode in ("shared", "apart")
    )
    assert shared <= 1, "one beside the main arena, which is not mapped so"
    assert apart > shared


@glibc_only
def test_what_is_free_is_given_back_though_something_lies_above_it() -> None:
    found = subprocess.run([sys.executable, "-c", FREEING], check=True, capture_output=True, text=True).stdout
    by_itself, given_back = map(int, found.split())
    assert by_itself < 10_000_000
    assert given_back > 80_000_000
