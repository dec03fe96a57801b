"""What the product is made of is known to the letter, and holds no secret (SC-01 to SC-06)."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.forked import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
# The lowest versions without a published weakness that matters here (handbook, T11).
FLOORS = {
    "authlib": (1, 9, 0),
    "joserfc": (1, 7, 4),
    "litestar": (2, 20, 0),
    "msgspec": (0, 20, 0),
    "uvicorn": (0, 30, 0),
    "aiohttp": (3, 12, 14),
    "cryptography": (44, 0, 1),
    "werkzeug": (3, 0, 6),
}
# Written so that this file has none of them itself.
SECRETS = (
    "-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
    "AKIA[0-9A-Z]{16}",
    "gh[pousr]_[A-Za-z0-9]{36}",
    "xox[abprs]-[A-Za-z0-9-]{10,}",
    "eyJhbGciOi[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{20,}[.][A-Za-z0-9_-]{40,}",
)


def git(*command: str) -> str:
    """Return what git says of this project."""
    told = subprocess.run(  # noqa: S603  our own words only
        ["git", *command],  # noqa: S607  the git of whoever runs the tests
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout


def files() -> list[Path]:
    """Return every file of the project that is kept."""
    return [path for name in git("ls-files").splitlines() if (path := ROOT / name).is_file()]


@pytest.mark.parametrize("pattern", SECRETS)
def test_no_secret_is_or_ever_was_in_the_project(pattern: str) -> None:
    """Neither the files nor their history hold a key or a token (SC-01)."""
    form = re.compile(pattern)
    held = [path for path in files() if form.search(path.read_text(errors="replace"))]

    assert held == []
    assert git("log", "-E", f"-G{pattern}", "--format=%h", "HEAD") == ""


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_its_hash_and_says_no_address(lock: Path) -> None:
    """What is installed is what was locked, wherever it comes from (SC-02)."""
    text = lock.read_text()
    packages = re.findall(r"^([a-z0-9_.-]+)(?:\[[a-z,]+\])?(.*?)\\?$", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]

    assert packages
    assert [name for name, version in packages if not version.strip().startswith("==")] == []
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", text) == []


def test_every_package_that_we_name_is_named_with_its_version() -> None:
    """Nothing is left to the day of the installation (SC-02)."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = told["dependency-groups"].values()
    named = [*told["project"]["dependencies"], *(one for group in groups for one in group)]

    assert [one for one in named if "==" not in one] == []
    assert "hooks" not in told["tool"]["hatch"]["build"]


@pytest.mark.parametrize("name", FLOORS)
def test_no_package_has_a_weakness_that_is_known(name: str) -> None:
    """Each is above the last version with a published weakness (SC-06)."""
    found = [
        tuple(int(part) for part in version.split(".")[:3])
        for lock in LOCKS
        for version in re.findall(rf"^{name}==([0-9.]+)", lock.read_text(), re.MULTILINE)
    ]

    assert found
    assert all(version >= FLOORS[name] for version in found)


def test_every_exception_to_the_security_rules_says_why() -> None:
    """A rule of the linter's security set is set aside with a reason on its line (SC-04)."""
    mute = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files()
        if path.suffix == ".py"
        for line in path.read_text().splitlines()
        if re.search(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)*\s*$", line)
    ]

    assert mute == []
    assert '"S"' in (ROOT / "pyproject.toml").read_text()


def test_one_script_may_be_run_and_nothing_points_elsewhere() -> None:
    """What can be run by itself is the script of the integration; nothing is a link (SC-05)."""
    modes = {
        line.split("\t")[1]: line.split()[0] for line in git("ls-files", "--stage").splitlines()
    }

    assert {name for name, mode in modes.items() if mode != "100644"} == {".ci/run"}
    assert not [name for name in modes if name.startswith(".github/")]
