"""What the tests install for themselves: built once, kept, and missed loudly where it is not."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

REPOSITORY = Path(__file__).parents[1]
T = TypeVar("T")


class Unavailable(Exception):
    """A real product cannot be had on this machine; the message says what installs it."""


def cache_directory(product: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where a product is kept: below `STRATA_CACHE_DIR`, or `.cache`."""
    return Path(environment.get("STRATA_CACHE_DIR") or REPOSITORY / ".cache").resolve() / product


def had(make: Callable[[], T]) -> T:
    """Return what a test needs, or leave the test and say what installs it; in CI, fail."""
    try:
        return make()
    except Unavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


def built_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Return a directory, built now if it is not there; it is there whole or not at all."""
    with _locked(target.with_suffix(".lock")):
        if not target.exists():
            draft = target.with_suffix(".partial")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            build(draft)
            draft.rename(target)
    return target


def environment(product: str, lock: Path, hint: str) -> Path:
    """Return a virtual environment of a product's own, made of a hashed lock if it is not there."""
    key = key_of(lock.read_text(), sys.version, sys.base_prefix)
    target = cache_directory(product) / f"environment-{key}"
    return built_once(target, lambda draft: _install(draft, lock, hint))


def python(made: Path) -> str:
    """Return the Python program of a virtual environment."""
    return str(made / "bin" / "python")


def key_of(*parts: str) -> str:
    """Return a short name for what something is made of."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def run(
    command: list[str],
    *,
    cwd: Path,
    hint: str,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command to its end, or raise `Unavailable` with its last words and a hint."""
    try:
        done = subprocess.run(  # noqa: S603 - every command is a list written in this folder
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{command[0]} is not installed; {hint}") from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-2000:]
        raise Unavailable(f"{' '.join(command[:3])} failed; {hint}\n{words}")


def _install(draft: Path, lock: Path, hint: str) -> None:
    uv = REPOSITORY / ".venv-tools" / "bin" / "uv"
    run([sys.executable, "-m", "venv", "--without-pip", str(draft)], cwd=draft, hint=hint)
    if uv.exists():
        install = [str(uv), "pip", "install", "--quiet", "--python", python(draft)]
    else:
        run([python(draft), "-m", "ensurepip"], cwd=draft, hint=hint)
        install = [python(draft), "-m", "pip", "install", "--quiet"]
    run([*install, "--require-hashes", "-r", str(lock)], cwd=draft, hint=hint)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
