"""A log file of bounded size: when it is full the next begins, and the oldest goes."""

from pathlib import Path

MEGABYTE = 1_000_000


class LogFile:
    """Writes whole lines to a file; what is no plain file, as a device, is only written to."""

    def __init__(self, path: Path, *, megabytes: int, kept: int) -> None:
        self._path, self._most, self._kept = path, megabytes * MEGABYTE, kept
        self._open()

    def write(self, lines: bytes) -> int:
        """Write lines, to the next file if this one has no room for them."""
        if self._turns and self._size and self._size + len(lines) > self._most:
            self._file.close()
            self._turn()
            self._open()
        self._size += len(lines)
        return self._file.write(lines)

    def flush(self) -> None:
        """Hand what is written to the disk's own cache."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _open(self) -> None:
        self._file = self._path.open("ab")
        self._turns, self._size = self._path.is_file(), self._file.tell()

    def _turn(self) -> None:
        """Call each file by the next number; the last is overwritten."""
        names = [self._path, *(self._numbered(number + 1) for number in range(self._kept))]
        for older, newer in reversed(list(zip(names[1:], names[:-1], strict=True))):
            if newer.exists():
                newer.replace(older)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
