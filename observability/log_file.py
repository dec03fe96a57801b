"""A log file of bounded size: when it is full the next begins, and the oldest goes."""

import contextlib
from pathlib import Path

MEGABYTE = 1_000_000


class LogFile:
    """Writes whole lines to a file; what is no plain file, as a device, is only written to."""

    def __init__(self, path: Path, *, megabytes: int, kept: int) -> None:
        self._path, self._most, self._kept = path, megabytes * MEGABYTE, kept
        self._open()

    def write(self, lines: bytes) -> int:
        """Write as much of the lines as the disk takes, to the next file if this one is full.

        Where no next file can be begun, this one grows rather than that lines are lost.
        """
        if self._turns and self._size and self._size + len(lines) > self._most:
            with contextlib.suppress(OSError):
                self._begin_next()
        taken = self._file.write(lines)
        self._size += taken
        return taken

    def flush(self) -> None:
        """Do nothing: every write goes to the disk's own cache at once."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _begin_next(self) -> None:
        """Begin the next file, and let go of this one only then."""
        full = self._file
        if self._path.exists():
            self._turn()
        self._open()
        full.close()

    def _open(self) -> None:
        # What is not on the disk is lost at once and not kept for later, or it would be told twice.
        self._file = self._path.open("ab", buffering=0)
        self._turns, self._size = self._path.is_file(), self._file.tell()

    def _turn(self) -> None:
        """Call each file by the next number; the last is overwritten."""
        names = [self._path, *(self._numbered(number + 1) for number in range(self._kept))]
        for older, newer in reversed(list(zip(names[1:], names[:-1], strict=True))):
            if newer.exists():
                newer.replace(older)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
