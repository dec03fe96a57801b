"""`python -m system_apis.sandbox FIRM_DIR DATA_DIR [PORT]`: the sandbox as its own process."""

import asyncio
import sys
from pathlib import Path

from system_apis.sandbox.server import serve


def main(arguments: list[str]) -> None:
    """Serve the firm of a directory until the process is ended."""
    firm_dir, data_dir = Path(arguments[0]), Path(arguments[1])
    port = int(arguments[2]) if len(arguments) > 2 else 0
    asyncio.run(serve(firm_dir, data_dir, port))


if __name__ == "__main__":
    main(sys.argv[1:])
