"""A body of the largest size costs little to refuse, however it was made (RS-04 to RS-07)."""

import gc
import time
from collections.abc import Iterator

import pytest
from msgspec import Struct

from gateway.decoding import canonical, decode
from gateway.inbound.stage import Door
from gateway.problems import Refusal

MOST = Door().body_bytes
CPU_SECONDS = 1.0


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    """What should come."""

    text: str
    lines: list[str] = []


def _keys(last: str) -> bytes:
    """Return an object of as many keys as there is room for, and one more."""
    found = ",".join(f'"{number}":1' for number in range(MOST // 12))
    return f"{{{found},{last}:1}}".encode()


BODIES = {
    "RS-04 a depth of 65": b'{"text":"x","lines":' + b"[" * 65 + b"]" * 65 + b"}",
    "RS-04 brackets only": b"[" * MOST,
    "RS-04 brackets and quotes": b'["' * (MOST // 2),
    "RS-05 many keys": _keys('"last"'),
    "RS-05 many keys and the last one twice": _keys('"last":1,"last"'),
    "RS-05 many keys and the first one twice": _keys('"0"'),
    "RS-06 keys that look alike": _keys('"\\u0030"'),
    "RS-07 a list of nulls": b'{"text":"x","lines":[' + b"null," * (MOST // 6) + b"null]}",
    "RS-07 a list of lists": b'{"text":"x","lines":[' + b"[]," * (MOST // 4) + b"[]]}",
    "a number of a million digits": b'{"text":' + b"9" * (MOST - 10) + b"}",
    "numbers with a fraction": b'{"text":[' + b"0.5," * (MOST // 5) + b"0.5]}",
    "a text of escapes": b'{"text":"' + b"\\u0000" * (MOST // 6 - 10) + b'","x":1}',
    "a text without end": b'{"text":"' + b"\\" * (MOST - 10),
    "a name of a million letters": b'{"' + b"a" * (MOST - 10) + b'":1}',
}


@pytest.fixture(autouse=True)
def _own_objects_only() -> Iterator[None]:
    """Let the collector look at what a body makes, and not at all that the tests have loaded."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_refused_at_little_cost(name: str) -> None:
    """Nobody buys much work with one request."""
    body = BODIES[name]
    assert len(body) <= MOST
    began = time.thread_time()

    with pytest.raises(Refusal) as refused:
        decode(body, Note)

    assert time.thread_time() - began < CPU_SECONDS
    assert all(len(fault.detail) < 2_000 for fault in refused.value.faults)


def test_a_good_body_of_the_largest_size_is_soon_told_apart() -> None:
    """The fingerprint of a command costs no more than its reading."""
    body = b'{"lines":[' + b'"line",' * (MOST // 8) + b'"line"],"text":"x"}'
    began = time.thread_time()

    assert canonical(body) == body
    assert time.thread_time() - began < CPU_SECONDS
