"""The log has one honest line an event, and no secret."""

import contextlib
import io
import os
import threading
import time
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path

import msgspec
from structlog import DropEvent

from observability.behind import MOST_WAITING
from observability.log_file import MEGABYTE, LogFile
from observability.logs import AccessLine, Logs, Secret
from observability.repeats import SECONDS, WRITTEN, Repeats

LINE = AccessLine(
    at=datetime(2026, 1, 1, tzinfo=UTC),
    method="GET",
    route="/x/{id}",
    status=200,
    ms=1.5,
    trace_id="ab" * 16,
    client_id=None,
)


def lines(stream: io.BytesIO) -> list[dict[str, object]]:
    """Return what was written."""
    return [msgspec.json.decode(line) for line in stream.getvalue().splitlines()]


def test_a_line_cannot_be_forged() -> None:
    """What a caller sent stays inside its field, and no terminal obeys it."""
    stream = io.BytesIO()
    hostile = 'x\n{"event":"paid"}\r\x1b[2J\x85\u2028\u202e\x9b'

    Logs(stream).events.info("refused", name=hostile)

    (line,) = lines(stream)
    assert line["name"] == hostile
    assert line["event"] == "refused"
    assert not [char for char in stream.getvalue().decode()[:-1] if not char.isprintable()]


def test_a_secret_is_not_written() -> None:
    """Neither a secret value, nor a header that holds one, nor a token in a text."""
    stream = io.BytesIO()

    Logs(stream).events.warning(
        "call",
        key=Secret("hunter2"),
        headers={"Authorization": "Basic aHVudGVyMg==", "Cookie": "hunter2", "accept": "*/*"},
        says="sent Bearer eyJhbGciOi.hunter2.xyz to them",
        many=[Secret("hunter2")],
    )

    assert b"hunter2" not in stream.getvalue()
    assert b"eyJ" not in stream.getvalue()
    assert b"aHVudGVyMg" not in stream.getvalue()
    (line,) = lines(stream)
    assert line["says"] == "sent [hidden] to them"
    assert repr(Secret("hunter2")) == "[hidden]"


def test_a_log_file_is_whole_and_closed_at_the_end(tmp_path: Path) -> None:
    """What waits in the buffer is written, and no file is left open."""
    stream = (tmp_path / "gateway.log").open("ab")
    logs = Logs(stream)
    logs.request(LINE)

    logs.close()

    assert stream.closed
    assert b"/x/{id}" in (tmp_path / "gateway.log").read_bytes()


def test_requests_are_written_by_the_buffer() -> None:
    """A request's line waits in the buffer until it is flushed."""
    stream = io.BytesIO()
    logs = Logs(stream)

    logs.request(LINE)
    before = lines(stream)
    logs.flush()

    assert before == []
    assert lines(stream)[0]["route"] == "/x/{id}"


def test_a_failure_says_where_it_rose() -> None:
    """A mistake of ours is written with its kind and its way through the code."""
    stream = io.BytesIO()
    try:
        {}["missing"]
    except KeyError as error:
        Logs(stream).failure(error)

    (line,) = lines(stream)
    assert line["error"] == "KeyError"
    assert "test_a_failure_says_where_it_rose" in str(line["path"])


class Disk(io.BytesIO):
    """A disk that is full until somebody makes room."""

    full = True

    def write(self, lines: bytes) -> int:  # type: ignore[override]  # bytes are all that it gets
        """Take lines, or fail as a full disk does."""
        if self.full:
            raise OSError(ENOSPC, "No space left on device")
        return super().write(lines)


def test_a_full_disk_stops_nothing_and_is_told_when_there_is_room() -> None:
    """Who is served does not depend on the log, and the log says that it has a hole."""
    disk = Disk()
    logs = Logs(disk)

    logs.events.info("lost")
    logs.events.info("lost too")
    disk.full = False
    logs.events.info("kept")

    assert [line["event"] for line in lines(disk)] == ["log lost", "kept"]
    assert lines(disk)[0]["times"] == 2


def test_the_same_line_is_written_a_few_times_and_counted() -> None:
    """A thousand times the same is told as such; another line is not held up by it."""
    stream = io.BytesIO()
    logs = Logs(stream)

    for number in range(1_000):
        logs.events.warning("a system is away", system="erp-a")
        if number == 500:
            logs.events.warning("a system is away", system="erp-b")
    logs.flush()

    written = lines(stream)
    away = [each for each in written if each["event"] == "a system is away"]
    [counted] = [each for each in written if each["event"] == "log repeated"]
    assert [each["system"] for each in away] == ["erp-a"] * WRITTEN + ["erp-b"]
    assert counted["times"] == 1_000 - WRITTEN
    assert "erp-a" in str(counted["of"])


def test_what_was_left_out_is_told_with_the_next_such_line() -> None:
    """A minute later the line comes through again, with how many there were."""
    clock = iter([0.0] * 7 + [SECONDS + 1])
    repeats = Repeats(lambda: next(clock))
    line: dict[str, object] = {"event": "away"}
    kept = 0
    for _ in range(7):
        with contextlib.suppress(DropEvent):
            kept += bool(repeats(None, "info", line))

    later = repeats(None, "info", line)

    assert kept == WRITTEN
    assert later["repeated"] == 2


class Stuck(io.BytesIO):
    """A disk that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()

    def write(self, lines: bytes) -> int:  # type: ignore[override]  # bytes are all that it gets
        """Wait, then take lines."""
        self.free.wait(20)
        return super().write(lines)


def test_no_request_waits_for_a_disk_that_is_stuck() -> None:
    """What the log cannot keep up with is lost, and the log says so once it can write."""
    disk = Stuck()
    logs = Logs(disk)
    line = AccessLine(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        method="GET",
        route="/x/" + "y" * 17_000,
        status=200,
        ms=1.5,
        trace_id="ab" * 16,
        client_id=None,
    )
    began = time.monotonic()

    for _ in range(MOST_WAITING + 10):
        logs.request(line)
    took = time.monotonic() - began
    disk.free.set()
    logs.flush()

    lost = [each for each in lines(disk) if each["event"] == "log lost"]
    kept = [each for each in lines(disk) if each["event"] == "request"]
    assert took < 10
    assert len(lost) == 1
    assert MOST_WAITING <= len(kept) < MOST_WAITING + 10


def test_a_log_file_that_is_full_is_followed_by_the_next(tmp_path: Path) -> None:
    """So many full ones are kept, each with whole lines; a device is only written to."""
    path = tmp_path / "strata.log"
    file = LogFile(path, megabytes=1, kept=2)
    for number in range(8):
        file.write(str(number).encode() * 600_000 + b"\n")
    file.close()
    nowhere = LogFile(Path(os.devnull), megabytes=1, kept=2)
    nowhere.write(b"x" * 2_000_000)
    nowhere.write(b"x")
    nowhere.close()

    names = ["strata.log", "strata.log.1", "strata.log.2"]
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    assert [(tmp_path / name).read_bytes()[:1] for name in names] == [b"7", b"6", b"5"]
    assert Path(os.devnull).is_char_device()


class Narrow(io.BytesIO):
    """A disk with room for so many bytes, as a file that is not buffered is one."""

    room = 0

    def write(self, lines: bytes) -> int:  # type: ignore[override]  # bytes are all that it gets
        """Take what there is room for, or fail as a full disk does."""
        if not self.room:
            raise OSError(ENOSPC, "No space left on device")
        taken = super().write(lines[: self.room])
        self.room -= taken
        return taken


def test_each_lost_line_is_counted_and_a_half_one_spoils_no_other() -> None:
    """A buffer of requests counts as the lines that were in it; the next line stands alone."""
    disk = Narrow()
    logs = Logs(disk)
    disk.room = 10
    for _ in range(3):
        logs.request(LINE)
    logs.flush()
    disk.room = 10_000
    logs.events.info("kept")

    half, lost, kept = disk.getvalue().splitlines()
    assert len(half) == 10
    assert msgspec.json.decode(lost)["times"] == 3
    assert msgspec.json.decode(kept)["event"] == "kept"


def test_a_log_that_can_begin_no_next_file_goes_on_in_this_one(tmp_path: Path) -> None:
    """Its folder may be away or full of names; lines are not lost for it, and come once."""
    folder = tmp_path / "logs"
    folder.mkdir()
    logs = Logs(LogFile(folder / "strata.log", megabytes=1, kept=1))
    folder.rename(tmp_path / "moved")
    for number in range(300):
        logs.events.info("line", number=number, text="x" * 3_900)
    (tmp_path / "moved").rename(folder)
    logs.events.info("last", text="x" * 3_900)
    logs.close()

    grown, begun = folder / "strata.log.1", folder / "strata.log"
    assert grown.stat().st_size > MEGABYTE
    assert len(grown.read_bytes().splitlines()) == 300
    assert [msgspec.json.decode(each)["event"] for each in begun.read_bytes().splitlines()] == [
        "last"
    ]
