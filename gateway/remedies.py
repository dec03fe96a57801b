"""What to do about each thing that `/ready` names, and whether the disk has room."""

import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DatabaseError

# Enough for the days that it takes to find a larger disk. [P]
LEAST_FREE_BYTES = 100_000_000

ACCESS = "who may call was not read for ten seconds; the log says why (`could not be read`)"
DISK = "make room on the disk of `data_dir` before nothing can be written any more"
HEADS = "let our user write the audit's heads (`audit.heads_file`); they follow within a minute"
ISSUERS = "see that the identity provider answers (`strata doctor --online`)"
LIMITS = "start the store at `redis_url` (`strata doctor --online` asks it)"
ROUNDS = "the log says what broke; what `ended` goes on after a restart only"
SECRETS = (
    "the secrets of before are trusted: put the file of `webhook_secrets_file` right "
    "(`strata doctor` says what is wrong with it)"
)
STORE = (
    "no change is taken: make room on the disk of `data_dir`, let our user write there, or end "
    "the program that holds `strata.sqlite`; the log says which (`a round was broken off`)"
)
# By how the names of SQLite's errors begin; any other is a database that is not as we left it.
_OF_DATABASE = {
    "SQLITE_FULL": "make room on its disk",
    "SQLITE_IOERR": "make room on its disk, or see what ails it",
    "SQLITE_BUSY": "end the other program that holds it",
    "SQLITE_LOCKED": "end the other program that holds it",
    "SQLITE_READONLY": "let our user write it, and its directory",
    "SQLITE_CANTOPEN": "let our user write it, and its directory",
}
_ANOTHER = "put the newest backup in its place, and start the version that made it"


def of_database(error: BaseException | None) -> str:
    """Return what to do about an error of a database of ours."""
    cause = error.orig if isinstance(error, DatabaseError) else error
    name = cause.sqlite_errorname if isinstance(cause, sqlite3.Error) else ""
    return next((told for kind, told in _OF_DATABASE.items() if name.startswith(kind)), _ANOTHER)


async def has_room(data_dir: Path) -> bool:
    """Whether the disk of the data directory is not nearly full."""
    return shutil.disk_usage(data_dir).free > LEAST_FREE_BYTES
