"""A business time of its own for a server, by Debian's libfaketime, and the hand that moves it."""

import contextlib
import hashlib
import os
import sysconfig
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.installed import built_once, cache_directory, run

HINT = "install it with `apt-get install libfaketime`"


def library() -> Path:
    """Return libfaketime: the one that is installed, else one unpacked into the cache."""
    where = (
        Path("usr/lib") / str(sysconfig.get_config_var("MULTIARCH")) / "faketime/libfaketimeMT.so.1"
    )
    installed = "/" / where
    return installed if installed.exists() else built_once(_cached(), _unpack) / where


class BusinessTime:
    """The time that a server lives in; it runs on from the moment it was set to."""

    def __init__(self, directory: Path, moment: datetime) -> None:
        self._offset = directory / "faketime"
        self._library = _without_blanks(library())
        self.set(moment)

    def set(self, moment: datetime) -> None:
        """Let it be this moment at the server from now on."""
        written = self._offset.with_suffix(".new")
        written.write_text(f"{(moment - datetime.now(UTC)).total_seconds():+.0f}\n")
        written.rename(self._offset)

    def settings(self) -> dict[str, str]:
        """Return the environment variables that a server of this time starts with.

        The monotonic clock is faked too: Python sleeps until a moment of that clock, and
        Debian's libfaketime compares that moment with the faked time in any case.
        """
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_NO_CACHE": "1",
            "TZ": "UTC",
        }


def _without_blanks(path: Path) -> Path:
    """Return the library at a path that the loader can read: it takes a blank for an end."""
    folder = Path(tempfile.gettempdir()) / f"strata-faketime-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    link = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.so.1"
    with contextlib.suppress(FileExistsError):
        link.symlink_to(path)
    if any(each.isspace() or each == ":" for each in str(link)):
        raise RuntimeError(f"the loader cannot read {link}: set TMPDIR to a path without blanks")
    return link


def _cached() -> Path:
    return cache_directory("tryton") / "libfaketime"


def _unpack(draft: Path) -> None:
    run(["apt-get", "download", "libfaketime"], cwd=draft, hint=HINT)
    (package,) = draft.glob("libfaketime_*.deb")
    run(["dpkg", "-x", package.name, "."], cwd=draft, hint=HINT)
