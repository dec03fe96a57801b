"""One parser under a guided fuzzer: `python -m tests.security.generated.fuzz NAME SECONDS`."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gateway", "governance", "system_apis", "observability"]):
    from tests.security.generated.parsers import PARSERS


def main(name: str, seconds: str) -> None:
    """Fuzz for some seconds; an error that is not declared ends the process with another code."""
    parser = PARSERS[name]
    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "good").write_bytes(parser.good)
        options = [f"-max_total_time={seconds}", "-max_len=4096", "-print_final_stats=1", corpus]
        atheris.Setup([sys.argv[0], *options], parser.tried)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
