"""Real Prometheus, its checker and its Alertmanager: installed, else unpacked into the cache."""

import shutil
import subprocess
from pathlib import Path

from tests.installed import built_once, cache_directory, run

HINT = "install them with `apt-get install prometheus prometheus-alertmanager`"
_TEMPLATES = "usr/share/prometheus/alertmanager"
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


def templates() -> Path:
    """Return the folder in which Alertmanager is started: there it finds its own templates."""
    unpacked = program("prometheus-alertmanager").parents[2] / _TEMPLATES
    return unpacked if unpacked.exists() else Path("/", _TEMPLATES)


def _unpack(draft: Path) -> None:
    for each in PACKAGES:
        run(["apt-get", "download", each], cwd=draft, hint=HINT)
        (package,) = draft.glob(f"{each}_*.deb")
        run(["dpkg", "-x", package.name, "."], cwd=draft, hint=HINT)
        package.unlink()
    # Debian's looks for its templates in the system's folder; unpacked, where it is started.
    alertmanager = draft / "usr" / "bin" / "prometheus-alertmanager"
    place = f"/{_TEMPLATES}".encode()
    alertmanager.write_bytes(alertmanager.read_bytes().replace(place, b"./" * (len(place) // 2)))
