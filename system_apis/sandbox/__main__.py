"""A process of its own: `python -m system_apis.sandbox FIRM_DIR DATA_DIR [PORT [BEGINS]]`.

`BEGINS` is the business time of a new data directory, such as `2026-10-01T00:00:00+00:00`.
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from system_apis.sandbox.server import serve


def main(arguments: list[str]) -> None:
    """Serve the firm of a directory until the process is ended."""
    firm_dir, data_dir = Path(arguments[0]), Path(arguments[1])
    port = int(arguments[2]) if len(arguments) > 2 else 0
    begins = datetime.fromisoformat(arguments[3]) if len(arguments) > 3 else None
    asyncio.run(serve(firm_dir, data_dir, port, begins=begins))


if __name__ == "__main__":
    main(sys.argv[1:])
