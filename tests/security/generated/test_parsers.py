"""Whatever the bytes, a parser gives a value or one of the errors that it declares."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forked import ROOT
from tests.installed import built_once, cache_directory, run
from tests.security.generated.parsers import PARSERS, is_exact

LOCK = ROOT / "requirements" / "fuzz.lock"
FUZZED_SECONDS = 60


@st.composite
def spoiled(draw: st.DrawFn, good: bytes) -> bytes:
    """Return something good with a part of it replaced, or anything."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=200))
    begin = draw(st.integers(0, len(good)))
    end = draw(st.integers(begin, len(good)))
    return good[:begin] + draw(st.binary(max_size=20)) + good[end:]


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_raises_nothing_that_it_does_not_declare(name: str) -> None:
    """Nothing good, spoiled or made up ends in an accident."""
    parser = PARSERS[name]
    parser.reads(parser.good)

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(raw=spoiled(parser.good))
    def tried(raw: bytes) -> None:
        parser.tried(raw)

    tried()


HOSTILE = {
    "nothing": b"",
    "a depth of 100,000": b"[" * 100_000,
    "a table of tables": b"a=" + b"[" * 3_000,
    "no UTF-8": b"\xff\xfe",
    "a surrogate": b'{"number":"\\ud800"}',
    "a NUL": b"\x00",
    "a number without end": b"1" * 5_000,
    "an exponent": b"1e999999999",
    "digits of another script": "١٢".encode(),
    "a dot in a name": b"A__B__C=1",
    "a name under a value": b"PORT__X=1",
}


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.parametrize("name", PARSERS)
def test_what_once_broke_a_parser_breaks_none(name: str, said: str) -> None:
    """Each is tried with what is hostile to any of them."""
    PARSERS[name].tried(HOSTILE[said])


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(hours=st.text("0123456789.-+eE_ NaInfty", max_size=24))
def test_a_decimal_that_is_taken_is_taken_to_the_letter(hours: str) -> None:
    """No digit is lost, and nothing is a decimal that does not look like one."""
    raw = b'{"text":"x","amount":{"amount":"1.00","currency":"USD"},"hours":"%b"}'

    assert is_exact(raw % hours.encode())


def fuzzer() -> Path:
    """Return where the fuzzer is, installed from its hashed lock if it is not there."""
    key = sha256(LOCK.read_bytes()).hexdigest()[:16]
    return built_once(cache_directory("fuzzer") / key, _install)


def _install(draft: Path) -> None:
    uv = str(ROOT / ".venv-tools" / "bin" / "uv")
    into = ["--python", sys.executable, "--target", str(draft)]
    hint = "run `make setup`, where the package index can be reached"
    run(
        [uv, "pip", "install", "-q", *into, "--require-hashes", "-r", str(LOCK)],
        cwd=draft,
        hint=hint,
    )


@pytest.mark.soak
@pytest.mark.parametrize("name", PARSERS)
def test_a_minute_of_guided_fuzzing_finds_no_accident(name: str) -> None:
    """A fuzzer that sees which lines run finds nothing that the parser does not declare."""
    command = [sys.executable, "-m", "tests.security.generated.fuzz", name, str(FUZZED_SECONDS)]
    told = subprocess.run(  # noqa: S603  our own words only
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(fuzzer())},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )

    assert told.returncode == 0, told.stderr[-3_000:]
