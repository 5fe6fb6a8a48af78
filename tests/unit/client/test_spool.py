"""Rows on disk outlive the process, the disk's troubles and damage, and nobody takes them from a living owner."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftgauge.client import rejected
from driftgauge.client import spool as spool_module
from driftgauge.client.finishing import finished
from driftgauge.client.records import HEADER
from driftgauge.client.rejected import REJECTED, reject
from driftgauge.client.rows import PREDICTIONS, TABLES, Row, Table
from driftgauge.client.spool import ENDING, LOCK, Segment, Spool, SpoolFull
from unit.client.doubles import PATIENCE

PLENTY: Final = 1 << 30
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)

# A process that spools rows into a path, says so, and keeps its lock until it is killed.
OWNER: Final = """
import sys, time
from pathlib import Path
from driftgauge.client.spool import Spool
spool = Spool(Path(sys.argv[1]), limit=1 << 30)
for number in range(int(sys.argv[2])):
    spool.append([("model_metrics", ("owner", number), 1)], apart=True)
print("ready", flush=True)
sys.stdin.read()
"""

# A process whose files may not grow beyond some bytes, as on a full disk.
LIMITED: Final = """
import resource, signal, sys
from pathlib import Path
from driftgauge.client.spool import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = Spool(Path(sys.argv[1]), limit=1 << 30)
row = ("model_metrics", ("x" * 500, 1), 1)
spool.append([row] * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
try:
    spool.append([row] * 5)
except OSError as error:
    print(type(error).__name__, error.errno)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.append([row])
segment = spool.oldest()
print(segment.rows, len(spool.load(segment)), segment.size == segment.path.stat().st_size)
spool.remove(segment)
spool.close()
"""


def metric(*values: object) -> Row:
    return ("model_metrics", values, 1)


def loaded(spool: Spool) -> list[tuple[str, tuple[object, ...]]]:
    """Read and remove everything, oldest first."""
    found: list[tuple[str, tuple[object, ...]]] = []
    while (segment := spool.oldest()) is not None:
        found.extend((table, values) for table, values, _ in spool.load(segment))
        spool.remove(segment)
    return found


def segments(root: Path) -> list[Path]:
    return sorted(root.glob(f"*/*{ENDING}"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(root: Path) -> Iterator[Spool]:
    spool = Spool(root, limit=PLENTY)
    yield spool
    spool.close()


@pytest.fixture
def start_owner(root: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Start a process that spools and lives on; all end with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(rows: int) -> subprocess.Popen[str]:
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(root), str(rows)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(owner)
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        return owner

    yield start
    for owner in started:
        owner.kill()
        owner.communicate()


def kept(value: object) -> object:
    """Return what a value is after it was on disk: what Postgres reads as the same."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.datetimes(timezones=st.just(UTC))
    | st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False) | st.text(max_size=3), max_size=2).map(
        orjson.dumps
    )
)


def rows_of(table: Table) -> st.SearchStrategy[Row]:
    fields = [values] * len(table.columns)
    if table is PREDICTIONS:
        words = st.text(st.characters(codec=None), max_size=10)
        names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5)  # as the logger has them
        fields = [
            st.integers(min_value=0, max_value=2**128 - 1),
            *[names] * 3,
            st.datetimes(timezones=st.just(UTC)) | st.integers(min_value=0, max_value=2**63),
            st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False), max_size=2).map(orjson.dumps),
            st.none() | st.just(b'{"class":"\\u0000"}'),
            st.none() | words,
            st.none() | st.floats(),
            st.none() | st.floats(),
            st.none() | st.floats(),
            st.floats(),
            words,
            st.none() | words,
            st.none() | words,
            st.none(),
        ]
    return st.tuples(st.just(table.name), st.tuples(*fields), st.integers(1, 9))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.parametrize("table", TABLES)
def test_rows_come_back_as_postgres_would_have_got_them(spool: Spool, table: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(rows_of(TABLES[table]), min_size=1, max_size=4))
    segment = spool.append(rows, apart=True)
    assert (segment.rows, segment.size) == (len(rows), segment.path.stat().st_size)
    found = spool.load(segment)
    assert [(name, each) for name, each, _ in found] == [
        (table, tuple(kept(value) for value in finished(row))) for row in rows
    ]
    assert [blocks for _, _, blocks in found] == [0] * len(rows), "on disk they take no memory"
    assert [finished(row) for row in found] == [each for _, each, _ in found], "they are finished already"
    spool.remove(segment)


def test_a_subclass_of_datetime_is_kept(spool: Spool) -> None:
    class Clock(datetime):
        """As freezegun and pendulum make them."""

    spool.append([metric(Clock(2026, 3, 1, tzinfo=UTC))])
    assert loaded(spool) == [("model_metrics", ("2026-03-01 00:00:00+00:00",))]


def test_segments_come_oldest_first(spool: Spool) -> None:
    for number in range(3):
        spool.append([metric(number)], apart=True)
    spool.append([metric(3)])
    spool.append([metric(4)])
    assert len(spool) == 4
    assert [values for _, values in loaded(spool)] == [(number,) for number in range(5)]
    assert spool.oldest() is None
    assert spool.size == 0


def test_rows_that_must_be_apart_share_a_segment_with_nobody(spool: Spool) -> None:
    first = spool.append([metric(1)])
    apart = spool.append([metric(2)], apart=True)
    last = spool.append([metric(3)])
    assert [segment.rows for segment in (first, apart, last)] == [1, 1, 1]
    assert spool.append([metric(4)]) is last


def test_a_segment_that_is_being_read_takes_no_more_rows(spool: Spool) -> None:
    first = spool.append([metric(1)])
    assert spool.oldest() is first
    assert spool.append([metric(2)]) is not first
    assert first.rows == 1


def test_a_segment_ends_when_it_is_large(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 200)
    found = [spool.append([metric("x" * 90)]) for _ in range(6)]
    assert len({id(segment) for segment in found}) == 3


def test_removing_twice_or_what_is_not_ours_harms_nothing(spool: Spool, root: Path) -> None:
    segment = spool.append([metric(1)])
    spool.append([metric(2)], apart=True)
    spool.remove(segment)
    spool.remove(segment)
    spool.remove(Segment(path=root / "foreign", rows=1, size=1))
    assert loaded(spool) == [("model_metrics", (2,))]


def test_a_full_spool_takes_nothing_and_recovers(root: Path) -> None:
    spool = Spool(root, limit=1000)
    first = spool.append([metric("x" * 700)])
    content = first.path.read_bytes()
    with pytest.raises(SpoolFull, match=r"holds its limit of 1,000 bytes$"):
        spool.append([metric("y" * 100), metric("z" * 200)])
    assert first.path.read_bytes() == content
    assert (first.rows, len(spool)) == (1, 1)
    spool.remove(first)
    spool.append([metric("y" * 700)])
    assert loaded(spool) == [("model_metrics", ("y" * 700,))]
    spool.close()


def test_nothing_is_made_before_it_is_needed_and_nothing_left_of_an_empty_spool(root: Path) -> None:
    spool = Spool(root, limit=PLENTY)
    spool.take_over()
    assert spool.oldest() is None
    spool.close()
    assert not root.exists()
    spool.append([metric(1)])
    loaded(spool)
    spool.close()
    spool.close()
    assert list(root.iterdir()) == []


def test_others_may_not_read_what_is_spooled(spool: Spool, root: Path) -> None:
    segment = spool.append([metric("of a person")])
    reject(root, metric(*range(8)), "no")
    assert segment.path.parent.stat().st_mode & 0o077 == 0
    assert (root / REJECTED).stat().st_mode & 0o077 == 0


@pytest.fixture
def whole(spool: Spool) -> tuple[Segment, bytes, list[int]]:
    """A segment of three rows, its bytes, and where its rows end."""
    segment = spool.append([metric("a", 1), metric("\u00e9", None), metric("c", 2.5)])
    spool.oldest()
    data = segment.path.read_bytes()
    ends, place = [0], 0
    while place < len(data):
        place += HEADER.size + HEADER.unpack_from(data, place)[0]
        ends.append(place)
    return segment, data, ends


def test_a_torn_tail_leaves_the_rows_before_it(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = spool.load(segment)
    assert len(rows) == 3
    for cut in range(len(data) + 1):
        segment.path.write_bytes(data[:cut])
        assert spool.load(segment) == rows[: sum(end <= cut for end in ends) - 1], cut


def test_any_flipped_bit_ends_the_rows_before_it(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = spool.load(segment)
    for place in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            segment.path.write_bytes(damaged)
            assert spool.load(segment) == rows[: sum(end <= place for end in ends) - 1], (place, bit)


def test_zeros_after_a_crash_of_the_machine_are_no_rows(spool: Spool, whole: tuple[Segment, bytes, list[int]]) -> None:
    segment, data, ends = whole
    rows = spool.load(segment)
    segment.path.write_bytes(data + bytes(4096))
    assert spool.load(segment) == rows
    segment.path.write_bytes(data[: ends[1]] + bytes(len(data) - ends[1]))
    assert spool.load(segment) == rows[:1]
    segment.path.write_bytes(bytes(100))
    assert spool.load(segment) == []


def test_a_segment_that_somebody_deleted_has_no_rows(spool: Spool) -> None:
    segment = spool.append([metric(1)])
    segment.path.unlink()
    assert spool.load(segment) == []
    spool.remove(segment)


def test_a_spool_that_somebody_cleaned_up_is_made_again(spool: Spool, root: Path) -> None:
    spool.append([metric(1)])
    shutil.rmtree(root)
    segment = spool.append([metric(2)], apart=True)
    assert [row[1] for row in spool.load(segment)] == [metric(2)[1]]


def test_what_a_dead_process_left_is_taken_over_in_its_order(
    spool: Spool, root: Path, start_owner: Callable[[int], subprocess.Popen[str]]
) -> None:
    owner = start_owner(3)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    spool.take_over()
    assert len(spool) == 3
    first = spool.oldest()
    assert first is not None
    assert first.rows is None, "nobody knows yet"
    assert first.size == first.path.stat().st_size
    assert loaded(spool) == [("model_metrics", ("owner", number)) for number in range(3)]
    assert len(list(root.iterdir())) == 1, "the dead one's directory is gone"


def test_what_was_taken_over_comes_before_what_is_our_own(spool: Spool, root: Path) -> None:
    earlier = Spool(root, limit=PLENTY)
    earlier.append([metric("earlier")])
    spool.append([metric("own")])
    earlier.close()
    spool.take_over()
    assert [values for _, values in loaded(spool)] == [("earlier",), ("own",)]


def test_nothing_is_taken_from_a_living_process(
    spool: Spool, root: Path, start_owner: Callable[[int], subprocess.Popen[str]]
) -> None:
    owner = start_owner(2)
    spool.take_over(now=0)
    assert spool.oldest() is None
    assert len(segments(root)) == 2
    os.kill(owner.pid, signal.SIGSTOP)
    spool.take_over(now=100)
    assert spool.oldest() is None, "one that stands still lives, too"
    os.kill(owner.pid, signal.SIGCONT)
    owner.communicate("")
    assert owner.returncode == 0
    spool.take_over(now=200)
    assert len(loaded(spool)) == 2


def test_a_forked_child_takes_nothing_from_its_parent(spool: Spool, root: Path) -> None:
    spool.append([metric("parent")])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)  # of other tests' threads, from 3.12 on
        child = os.fork()
    if child == 0:
        code = 1
        try:
            own = spool.afresh()
            own.append([metric("child")])
            own.take_over()
            code = 0 if loaded(own) == [("model_metrics", ("child",))] else 2
            own.close()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    stranger = Spool(root, limit=PLENTY)
    stranger.take_over()
    assert stranger.oldest() is None, "the parent's lock outlives the child"
    stranger.close()
    spool.append([metric("parent again")])
    assert [values for _, values in loaded(spool)] == [("parent",), ("parent again",)]


def test_two_spools_of_a_process_share_a_path(spool: Spool, root: Path) -> None:
    other = Spool(root, limit=PLENTY)
    spool.append([metric("one")])
    other.append([metric("two")])
    spool.take_over()
    other.take_over()
    assert loaded(spool) == [("model_metrics", ("one",))]
    other.close()
    spool.take_over(now=float("inf"))
    assert loaded(spool) == [("model_metrics", ("two",))]


def test_two_that_take_over_at_once_share_without_loss(root: Path) -> None:
    for number in range(40):
        dead = Spool(root, limit=PLENTY)
        dead.append([metric(number)])
        dead.close()
    takers = [Spool(root, limit=PLENTY) for _ in range(4)]
    barrier = threading.Barrier(4)

    def take(spool: Spool) -> None:
        barrier.wait()
        spool.take_over()

    threads = [threading.Thread(target=take, args=(spool,)) for spool in takers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [values for spool in takers for _, values in loaded(spool)]
    assert sorted(found, key=str) == sorted([(number,) for number in range(40)], key=str)
    for spool in takers:
        spool.close()
    assert list(root.iterdir()) == []


def test_the_path_is_looked_at_every_few_seconds_only(spool: Spool, root: Path) -> None:
    spool.append([metric("own")])
    spool.take_over(now=100)
    dead = Spool(root, limit=PLENTY)
    dead.append([metric("dead")])
    dead.close()
    spool.take_over(now=105)
    assert len(spool) == 1
    spool.take_over(now=110)
    assert len(spool) == 2


def test_what_else_is_below_the_path_stays_untouched(spool: Spool, root: Path) -> None:
    for place in ("photos", "1234-backup", "locked", "."):
        (root / place).mkdir(parents=True, exist_ok=True)
        (root / place / "precious").write_text("x")
        (root / place / f"1{ENDING}").write_text("x")
    (root / "locked" / LOCK).write_text("somebody's")
    before = sorted(root.rglob("*"))
    spool.take_over()
    assert spool.oldest() is None
    assert sorted(root.rglob("*")) == before


def test_a_refused_row_is_kept_for_somebody_to_look_at(spool: Spool, root: Path) -> None:
    columns = TABLES["model_metrics"].columns
    reject(root, metric("id", "m\x00", "1", "prod", NOON, "auc", math.nan, None), "no partition")
    reject(root, metric("id2", "m", "1", "prod", NOON, "\ud800", 2.5, ""), "no")
    first, second = (json.loads(line) for line in (root / REJECTED).read_text().splitlines())
    assert first["row"] == dict(
        zip(columns, ("id", "m\ufffd", "1", "prod", NOON.isoformat(), "auc", "nan", None), strict=True)
    )
    assert (first["reason"], first["table"]) == ("no partition", "model_metrics")
    assert datetime.fromisoformat(first["rejected_at"]).tzinfo is not None
    assert second["row"]["metric_name"] == "?"


def test_refused_rows_have_a_limit(spool: Spool, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejected, "REJECTED_BYTES", 300)
    row = metric("id", "m", "1", "prod", NOON, "auc", 1.0, "")
    reject(root, row, "no")
    reject(root, row, "no")
    with pytest.raises(SpoolFull, match=r"rejected\.jsonl holds its limit of 300 bytes$"):
        reject(root, row, "no")
    assert len((root / REJECTED).read_bytes()) < 1000


def test_a_spool_keeps_on_from_several_threads(spool: Spool) -> None:
    def append(me: int) -> None:
        for number in range(30):
            spool.append([metric(me, number)], apart=number % 7 == 0)

    threads = [threading.Thread(target=append, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [values for _, values in loaded(spool)]
    assert len(found) == 120
    for me in range(4):
        assert [number for who, number in found if who == me] == list(range(30))


def test_a_path_that_cannot_be_synced_costs_no_descriptors(
    spool: Spool, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as broken:
        broken.setattr(spool_module, "_sync", unsynced)
        for _ in range(3):
            with pytest.raises(OSError, match="Input/output error"):
                spool.append([metric(1)])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    spool.take_over()
    assert list(root.glob("*")) == [], "the directories that nobody filled are gone"
    spool.append([metric(1)])
    assert len(spool) == 1


def unsynced(directory: Path) -> None:
    raise OSError(5, "Input/output error", str(directory))


def test_what_was_written_in_part_is_taken_back(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(root)], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.splitlines() == ["OSError 27", "3 3 True"]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a real, small file system; skip where that is not allowed."""
    mount = shutil.which("mount")
    places: list[Path] = []

    def make(options: str) -> Path:
        place = tmp_path / f"disk{len(places)}"
        place.mkdir(exist_ok=True)
        done = subprocess.run([str(mount), "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=False)
        if done.returncode:
            pytest.skip("file systems cannot be mounted here")
        places.append(place)
        return place

    yield make
    for place in places:
        subprocess.run([str(shutil.which("umount")), "--lazy", str(place)], check=True)  # whatever a failure left open


def test_a_full_disk_takes_nothing_and_recovers(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=256k")
    spool = Spool(disk / "spool", limit=PLENTY)
    spool.append([metric("before")])
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    for apart in (False, True):
        with pytest.raises(OSError, match="No space left"):
            spool.append([metric("x" * 10_000)], apart=apart)
    assert len(spool) == 1
    ballast.unlink()
    spool.append([metric("after")])
    assert [values for _, values in loaded(spool)] == [("before",), ("after",)]
    spool.close()


def test_a_disk_without_names_left_takes_nothing_and_recovers(mounted: Callable[[str], Path]) -> None:
    disk = mounted("nr_inodes=8")
    spool = Spool(disk / "spool", limit=PLENTY)
    for taken in range(10):
        try:
            (disk / f"file{taken}").touch()
        except OSError:
            break
    for free in range(3):  # the root, the hidden directory and the lock each find no room in turn
        with pytest.raises(OSError, match=r"No space left|cannot lock"):
            spool.append([metric("lost")])
        (disk / f"file{free}").unlink()
    with pytest.raises(OSError, match="No space left"):
        spool.append([metric("lost")])
    (disk / "file3").unlink()
    spool.append([metric("kept")])
    stranger = Spool(disk / "spool", limit=PLENTY)
    stranger.take_over()
    assert stranger.oldest() is None, "the directory is locked, whatever failed before"
    assert loaded(spool) == [("model_metrics", ("kept",))]
    spool.close()


def test_a_full_disk_hinders_taking_over_for_a_while_only(mounted: Callable[[str], Path]) -> None:
    disk = mounted("nr_inodes=12")
    dead = Spool(disk / "spool", limit=PLENTY)
    dead.append([metric("dead")])
    dead.close()
    fillers: list[Path] = []
    for number in range(12):
        try:
            (disk / f"file{number}").touch()
        except OSError:
            break
        fillers.append(disk / f"file{number}")
    spool = Spool(disk / "spool", limit=PLENTY)
    spool.take_over(now=0)
    assert spool.oldest() is None
    for filler in fillers:
        filler.unlink()
    spool.take_over(now=100)
    assert loaded(spool) == [("model_metrics", ("dead",))]
    spool.close()


def test_a_disk_that_may_not_be_written_takes_nothing(mounted: Callable[[str], Path]) -> None:
    disk = mounted("size=256k")
    dead = Spool(disk / "spool", limit=PLENTY)
    dead.append([metric("dead")])
    dead.close()
    subprocess.run([str(shutil.which("mount")), "-o", "remount,ro", str(disk)], check=True)
    spool = Spool(disk / "spool", limit=PLENTY)
    with pytest.raises(OSError, match="Read-only file system"):
        spool.append([metric(1)])
    with pytest.raises(OSError, match="Read-only file system"):
        reject(disk / "spool", metric(*range(8)), "no")
    spool.take_over()
    assert spool.oldest() is None
    subprocess.run([str(shutil.which("mount")), "-o", "remount,rw", str(disk)], check=True)
    spool.append([metric(1)])
    assert loaded(spool) == [("model_metrics", (1,))]
    spool.close()


def test_a_path_that_is_a_file_takes_nothing(root: Path) -> None:
    root.write_text("somebody's")
    spool = Spool(root, limit=PLENTY)
    spool.take_over()
    with pytest.raises(FileExistsError):
        spool.append([metric(1)])
    with pytest.raises(FileExistsError):
        reject(root, metric(*range(8)), "no")
    spool.close()
    assert root.read_text() == "somebody's"
