"""Tryton in a virtual environment of its own, and its books as a snapshot: each built once."""

import hashlib
import json
import secrets
import sys
from pathlib import Path

from tests.installed import REPOSITORY, built_once, cache_directory, run

HERE = Path(__file__).parent
LOCK = REPOSITORY / "requirements" / "tryton.lock"
CONFIG = HERE / "trytond.conf"
DATABASE = "strata"
MODULES = ["account_invoice", "account_payment", "analytic_invoice"]
HINT = "run `python -m tests.real.tryton install` where the package index can be reached"


def environment() -> Path:
    """Return Tryton's virtual environment, made from the hashed lock if it is not there."""
    key = _key(LOCK.read_text(), sys.version, sys.base_prefix)
    return built_once(cache_directory("tryton") / f"environment-{key}", _install)


def python(tryton: Path) -> str:
    """Return the Python program of Tryton's environment."""
    return str(tryton / "bin" / "python")


def snapshot(firm: Path = HERE / "firm.json") -> Path:
    """Return a directory with a firm's seeded books (`strata.sqlite`) and keys (`seeded.json`)."""
    tryton = environment()
    seeding = [LOCK, CONFIG, HERE / "seed.py", firm]
    key = _key(*(each.read_text() for each in seeding), json.dumps(MODULES))
    return built_once(
        cache_directory("tryton") / f"snapshot-{key}", lambda draft: _seed(tryton, draft, firm)
    )


def _install(draft: Path) -> None:
    uv = REPOSITORY / ".venv-tools" / "bin" / "uv"
    run([sys.executable, "-m", "venv", "--without-pip", str(draft)], cwd=draft, hint=HINT)
    if uv.exists():
        install = [str(uv), "pip", "install", "--quiet", "--python", python(draft)]
    else:
        run([python(draft), "-m", "ensurepip"], cwd=draft, hint=HINT)
        install = [python(draft), "-m", "pip", "install", "--quiet"]
    run([*install, "--require-hashes", "-r", str(LOCK)], cwd=draft, hint=HINT)


def _seed(tryton: Path, draft: Path, firm: Path) -> None:
    (draft / f"{DATABASE}.sqlite").touch()
    password = draft / "password"
    password.write_text(secrets.token_hex(16))
    settings = {"TRYTOND_DATABASE__PATH": str(draft), "TRYTONPASSFILE": str(password)}
    admin = [python(tryton), str(tryton / "bin" / "trytond-admin"), "-c", str(CONFIG)]
    activate = ["-d", DATABASE, "-p", "--email", "admin@strata.example", "-u", *MODULES]
    run([*admin, *activate, "--activate-dependencies"], cwd=draft, hint=HINT, environment=settings)
    seed = [str(HERE / "seed.py"), DATABASE, str(CONFIG), str(firm), str(draft / "seeded.json")]
    run([python(tryton), *seed], cwd=draft, hint=HINT, environment=settings)
    password.unlink()


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
