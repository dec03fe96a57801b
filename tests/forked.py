"""Programs whose modules are read once, by a server that forks: each has a process of its own."""

import asyncio
import ctypes
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

ROOT = Path(__file__).parents[1]
STRATA = "gateway.cli"
SANDBOX = "system_apis.sandbox.__main__"
ENDED_WITHIN_SECONDS = 280
# What a gateway reads only when it opens: Litestar's plugins, the journal and the connectors.
OPENED = [
    "litestar.plugins.attrs",
    "litestar.plugins.pydantic",
    "dbos._sys_db_sqlite",
    *(f"system_apis.{each}.sandbox" for each in ("contracts", "crm", "erp")),
    *(f"system_apis.{each}.sandbox" for each in ("hr", "procurement", "psa")),
]
_server = get_context("forkserver")
_server.set_forkserver_preload([STRATA, SANDBOX, *OPENED, __name__])


class _Head(ctypes.Structure):
    _fields_: ClassVar = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class Forked:
    """A program that was started with some words; what it says goes to a file, or to two."""

    def __init__(
        self,
        module: str,
        words: tuple[str, ...],
        *,
        said: Path,
        complained: Path | None = None,
        cwd: Path = ROOT,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        told = (module, words, said, complained or said, cwd, dict(environment))
        # What a test leaves behind ends with the tests.
        self._process = _server.Process(target=_run, args=told, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """What it ended with, or None while it runs."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()

    async def wait(self) -> int:
        """Return what it ends with, when it does."""
        await asyncio.to_thread(self._process.join)
        return int(self._process.exitcode or 0)


async def run_strata(
    *words: str, cwd: Path = ROOT, environment: Mapping[str, str]
) -> tuple[int, str, str]:
    """Run a command of the program; return its exit code, what it said and what it complained."""
    with TemporaryDirectory() as folder:
        said, complained = Path(folder) / "said", Path(folder) / "complained"
        program = Forked(
            STRATA, words, said=said, complained=complained, cwd=cwd, environment=environment
        )
        try:
            code = await asyncio.wait_for(program.wait(), ENDED_WITHIN_SECONDS)
        finally:
            program.kill()
        return code, said.read_text(), complained.read_text()


def _run(
    module: str,
    words: tuple[str, ...],
    said: Path,
    complained: Path,
    cwd: Path,
    environment: Mapping[str, str],
) -> None:
    """Be the program."""
    for stream, path in ((sys.stdout, said), (sys.stderr, complained)):
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    _give_up_privileges()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["strata", *words]
    main: Callable[[list[str]], None] = importlib.import_module(module).main
    main(list(words))


def _give_up_privileges() -> None:
    """Be bound by the rights of files as an ordinary user is, also where the tests run as root."""
    if os.geteuid() == 0:
        # https://man7.org/linux/man-pages/man2/capset.2.html: version 3, this process, none.
        head, none = _Head(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None, use_errno=True).capset(ctypes.byref(head), none) != 0:
            raise OSError(ctypes.get_errno(), "root keeps its privileges")
