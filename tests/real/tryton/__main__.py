"""Build the real ERP of the tests, or serve it to a developer: `python -m tests.real.tryton`."""

import argparse
import signal
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from tests.installed import Unavailable
from tests.real.tryton.installation import HERE, snapshot
from tests.real.tryton.server import MONTH_END, running_tryton


def main() -> int:
    """Run what the command line asks for; 1 when Tryton cannot be had here."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.tryton", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="install Tryton and seed its books, once")
    serve = commands.add_parser("serve", help="serve a fresh copy of the books until Ctrl-C")
    for command in (install, serve):
        command.add_argument("--firm", type=Path, default=HERE / "firm.json")
    serve.add_argument(
        "--business-time",
        type=_moment,
        default=MONTH_END,
        help="ISO 8601 with offset, or `now` for this machine's (default: %(default)s)",
    )
    asked = parser.parse_args()
    began = time.monotonic()
    try:
        if asked.command == "install":
            _say(f"{snapshot(asked.firm)} ({time.monotonic() - began:.1f} s)")
        else:
            _serve(asked.firm, asked.business_time, began)
    except Unavailable as error:
        _say(f"Tryton cannot be had here: {error}")
        return 1
    return 0


def _serve(firm: Path, business_time: datetime | None, began: float) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="tryton-") as directory,
        running_tryton(Path(directory), business_time=business_time, firm=firm) as tryton,
    ):
        _say(f"{tryton.base_url}/{tryton.seeded.database}/ ({time.monotonic() - began:.1f} s)")
        _say(f"keys and users: {snapshot(firm) / 'seeded.json'}")
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _moment(text: str) -> datetime | None:
    return None if text == "now" else datetime.fromisoformat(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
