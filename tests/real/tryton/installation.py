"""Tryton in a virtual environment of its own, and its books as a snapshot: each built once."""

import json
import secrets
from pathlib import Path

from tests import installed
from tests.installed import REPOSITORY, built_once, cache_directory, key_of, python, run

HERE = Path(__file__).parent
LOCK = REPOSITORY / "requirements" / "tryton.lock"
CONFIG = HERE / "trytond.conf"
DATABASE = "strata"
MODULES = ["account_invoice", "account_payment", "analytic_invoice"]
HINT = "run `python -m tests.real.tryton install` where the package index can be reached"


def environment() -> Path:
    """Return Tryton's virtual environment, made from the hashed lock if it is not there."""
    return installed.environment("tryton", LOCK, HINT)


def snapshot(firm: Path = HERE / "firm.json") -> Path:
    """Return a directory with a firm's seeded books (`strata.sqlite`) and keys (`seeded.json`)."""
    tryton = environment()
    seeding = [LOCK, CONFIG, HERE / "seed.py", firm]
    key = key_of(*(each.read_text() for each in seeding), json.dumps(MODULES))
    return built_once(
        cache_directory("tryton") / f"snapshot-{key}", lambda draft: _seed(tryton, draft, firm)
    )


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
