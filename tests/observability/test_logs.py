"""The log has one honest line an event, and no secret."""

import io
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path

import msgspec

from observability.logs import AccessLine, Logs, Secret

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
