"""Programs whose modules are read once, by a server that forks: each runs in a process of its own."""

import asyncio
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from pathlib import Path

STRATA = "gateway.cli"
SANDBOX = "system_apis.sandbox.__main__"
_server = get_context("forkserver")
_server.set_forkserver_preload([STRATA, SANDBOX, __name__])


class Forked:
    """A program that was started with some words, in a folder and an environment."""

    def __init__(
        self,
        module: str,
        words: tuple[str, ...],
        *,
        said: Path,
        cwd: Path,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        told = (module, words, said, cwd, dict(environment))
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


def _run(
    module: str, words: tuple[str, ...], said: Path, cwd: Path, environment: Mapping[str, str]
) -> None:
    """Be the program; what it says goes to a file."""
    with said.open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    main: Callable[[list[str]], None] = importlib.import_module(module).main
    sys.argv = [module, *words]
    main(list(words))
