"""Serve a Tryton database on a free port of 127.0.0.1; runs inside Tryton's own environment.

`python serve.py PORT_FILE` writes its port when it answers, and ends when its input does.
"""

import os
import sys
import threading
from pathlib import Path

from trytond.application import app
from waitress import create_server


def main(port_file: str) -> None:
    """Serve until the program that started this one closes our input."""
    server = create_server(app, listen="127.0.0.1:0", threads=4)
    written = Path(port_file).with_suffix(".new")
    written.write_text(str(server.effective_port))
    written.rename(port_file)
    threading.Thread(target=_end_with_input, daemon=True).start()
    server.run()


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
