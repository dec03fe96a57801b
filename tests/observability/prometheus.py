"""Real Prometheus, its checker and its Alertmanager: installed, else unpacked into the cache."""

import shutil
import subprocess
from pathlib import Path

from tests.installed import built_once, cache_directory, run

HINT = "install them with `apt-get install prometheus prometheus-alertmanager`"
PACKAGES = ("prometheus", "prometheus-alertmanager")


def program(name: str) -> Path:
    """Return a program of theirs: the one that is installed, else one unpacked into the cache."""
    if installed := shutil.which(name):
        return Path(installed)
    return built_once(cache_directory("prometheus"), _unpack) / "usr" / "bin" / name


def checked(name: str, *arguments: str, cwd: Path) -> str:
    """Return what a checking program says; it must be content."""
    done = subprocess.run(  # noqa: S603 - a program and arguments of these tests
        [program(name), *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _unpack(draft: Path) -> None:
    for each in PACKAGES:
        run(["apt-get", "download", each], cwd=draft, hint=HINT)
        (package,) = draft.glob(f"{each}_*.deb")
        run(["dpkg", "-x", package.name, "."], cwd=draft, hint=HINT)
        package.unlink()
