"""Which processes are alive: each holds a lock that the system lets go of when it ends.

Where the store is one file, every process that writes to it is on one machine.
"""

import fcntl
import os
import secrets
from pathlib import Path


class Life:
    """The life of this process, from here until it is closed or killed."""

    def __init__(self, folder: Path) -> None:
        """Begin a life, and clear away what those before it left."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self.name = folder, secrets.token_hex(16)
        self._clear()
        path = folder / f"{self.name}.new"
        self._lock = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.rename(folder / self.name)  # nobody finds it without its lock

    def is_over(self, name: str | None) -> bool:
        """Whether the process of a life has ended; nobody knows of one that has no name."""
        if name == self.name:
            return False
        return name is None or _is_over(self._folder / name)

    def close(self) -> None:
        """End this life, as the end of the process would."""
        os.close(self._lock)

    def _clear(self) -> None:
        for path in self._folder.iterdir():
            if path.suffix != ".new" and _is_over(path):
                path.unlink(missing_ok=True)


def _is_over(path: Path) -> bool:
    try:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True
