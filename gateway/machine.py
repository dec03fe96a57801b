"""What a machine may have wrong that no setting says: a port, a clock, a database, a receiver."""

import asyncio
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.remedies import of_database
from gateway.settings import Settings
from observability.exporting import Wire, refusal
from store.migration import revisions

# The records of a data directory may be so much newer than now. [P]
AHEAD = timedelta(minutes=5)
PATIENCE_SECONDS = 2.0
_BEGUN = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
_PORTS = {"http": 80, "https": 443}
# What a gateway keeps in its data directory, and what the sandbox that it starts does.
_OURS = (
    *(f"{name}.sqlite{tail}" for name in ("strata", "journal") for tail in ("", "-wal", "-shm")),
    *("audit-heads.jsonl", "engine.lock", "gateway.json", "keys", "lives"),
)
_SANDBOXED = ("sandbox", "sandbox/*")
_UNSENT = "spans are dropped as long as nobody takes them; nothing else depends on it"
_EXAMPLES = {
    Wire.HTTP: "say it like http://127.0.0.1:4318/v1/traces",
    Wire.GRPC: "say it like http://127.0.0.1:4317",
}


class Trouble(Struct, frozen=True):
    """One thing that is wrong with a machine; with `stops` nothing can start."""

    about: str
    what: str
    why: str
    remedy: str
    stops: bool = False


def troubles_inside(data_dir: Path, *, sandbox: bool) -> Iterator[Trouble]:
    """Return what of a data directory our user may not read and write, such as after a `sudo`."""
    patterns = [*_OURS, *_SANDBOXED] if sandbox else _OURS
    found = sorted(each for pattern in patterns for each in data_dir.glob(pattern))
    closed = [each for each in found if not _is_open(each)]
    if closed:
        more = f", and {len(closed) - 1} more there" if len(closed) > 1 else ""
        what, why = f"{closed[0]} cannot be written{more}", "what is done is kept in all of them"
        remedy = f"let our user own and write all that is in {data_dir}"
        yield Trouble("data_dir", what, why, remedy, stops=True)


def _is_open(path: Path) -> bool:
    enter = os.X_OK if path.is_dir() else 0
    return os.access(path, os.R_OK | os.W_OK | enter)


def troubles_with_files(settings: Settings) -> Iterator[Trouble]:
    """Return what the other files tell that are written: the log, and the audit's heads."""
    remedy = "let our user write there, or name another place"
    log, heads = settings.log_file, settings.audit.heads_file
    if log is not None and not _is_writable(Path(log), Path(log).absolute().parent):
        why = "without it nobody is told what goes wrong"
        yield Trouble("log_file", f"{log} cannot be written", why, remedy, stops=True)
    if heads is not None and not _is_writable(Path(heads), _found_above(Path(heads))):
        why = "without heads a rewritten audit is not found out"
        yield Trouble("audit.heads_file", f"{heads} cannot be written", why, remedy, stops=True)


def _is_writable(path: Path, folder: Path) -> bool:
    """Whether a file can be written, or made in a folder, or in folders to be made there."""
    if path.exists():
        return path.is_file() and os.access(path, os.W_OK)
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _found_above(path: Path) -> Path:
    """Return the nearest of the folders above a path that is there."""
    return next(each for each in path.absolute().parents if each.exists())


def troubles_of(data_dir: Path, now: datetime) -> list[Trouble]:
    """Return what the data directory tells: of its database, and of this machine's clock."""
    database, journal = data_dir / "strata.sqlite", data_dir / "journal.sqlite"
    found = [*_clock(database, now), *_schema(database)] if database.exists() else []
    return [*found, *_journal(journal)] if journal.exists() else found


async def troubles_outside(settings: Settings) -> list[Trouble]:
    """Return what is found out by listening where we would listen, and by calling a receiver."""
    found = [*await _systems(settings), *troubles_with_place(settings)]
    endpoint, wire = settings.tracing.otlp_endpoint, settings.tracing.otlp_protocol
    if endpoint is not None and _is_address(endpoint):
        found += await _receiver(endpoint, wire)
    return found


def troubles_with_receiver(settings: Settings) -> Iterator[Trouble]:
    """Return why spans could be sent to nobody at the receiver's address: it is none."""
    endpoint = settings.tracing.otlp_endpoint
    if endpoint is not None and not _is_address(endpoint):
        what = f"{endpoint} is no http or https address"
        remedy = _EXAMPLES[settings.tracing.otlp_protocol]
        yield Trouble("tracing.otlp_endpoint", what, _UNSENT, remedy)


def troubles_with_place(settings: Settings) -> Iterator[Trouble]:
    """Return why nobody could listen at the host and port of the settings."""
    if unlike := _no_place(settings.host):
        why = "who calls reaches the gateway at an address of its machine"
        remedy = "set `host` to one of this machine's addresses, or to 0.0.0.0"
        yield Trouble("host", f"{settings.host}: {unlike}", why, remedy, stops=True)
    elif settings.port and _is_taken(settings.host, settings.port):
        why = "one port has one program; a gateway that runs already is that program"
        where = f"somebody listens at {settings.host}:{settings.port}"
        yield Trouble("port", where, why, "stop it, or set `port` to another")


def _clock(database: Path, now: datetime) -> Iterator[Trouble]:
    newest = datetime.fromtimestamp(os.stat(database).st_mtime, UTC)
    if newest > now + AHEAD:
        what = f"it is {now:%Y-%m-%d %H:%M} here, and the database is of {newest:%Y-%m-%d %H:%M}"
        why = "tokens, waits and the audit go by the clock"
        yield Trouble("clock", what, why, "set the machine's clock, and let it be kept")


def _schema(database: Path) -> Iterator[Trouble]:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as store:
            if store.execute(_BEGUN).fetchone() is None:
                return
            found = store.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    except sqlite3.DatabaseError as error:
        yield _unreadable(database, error)
        return
    known = revisions()
    if found[0] not in known:
        what = f"the database is at revision {found[0]}, which this version does not know"
        why = "an older version would write what the newer one cannot read"
        yield Trouble("data_dir", what, why, "start the version that last used it", stops=True)
    elif found[0] != known[-1]:
        what = f"the database is at revision {found[0]}, this version wants {known[-1]}"
        why = "the next start brings it there, and older versions cannot use it afterwards"
        yield Trouble("data_dir", what, why, "make a backup before you start")


def _journal(journal: Path) -> Iterator[Trouble]:
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as opened:
            opened.execute(_BEGUN).fetchone()
    except sqlite3.DatabaseError as error:
        yield _unreadable(journal, error)


def _unreadable(database: Path, error: sqlite3.DatabaseError) -> Trouble:
    what, why = f"{database} cannot be read: {error}", "what was done and what waits is in it"
    return Trouble("data_dir", what, why, of_database(error), stops=True)


async def _receiver(endpoint: str, wire: Wire) -> list[Trouble]:
    said = await asyncio.to_thread(refusal, endpoint, wire, PATIENCE_SECONDS)
    if said is None:
        return []
    remedy = f"start the receiver, or correct the address or `tracing.otlp_protocol` ({wire} now)"
    what = f"nobody takes spans at {urlsplit(endpoint).hostname}: {said}"
    return [Trouble("tracing.otlp_endpoint", what, _UNSENT, remedy)]


def _is_address(endpoint: str) -> bool:
    url = urlsplit(endpoint)
    return url.scheme in {"http", "https"} and bool(url.hostname)


async def _systems(settings: Settings) -> list[Trouble]:
    """Return the systems at whose address nobody answers."""
    asked = [
        (f"systems.{kind}.{instance}", str(connection["base_url"]))
        for kind, instances in settings.systems.items()
        for instance, one in instances.items()
        if isinstance(connection := one.config.get("connection"), dict) and "base_url" in connection
    ]
    if settings.sandbox_url is not None:
        asked.append(("sandbox_url", settings.sandbox_url))
    why = "what needs it waits, and its changes are not followed"
    remedy = "tell its owner, or correct the address"
    said = await asyncio.gather(*(_unanswered(address) for _, address in asked))
    return [
        Trouble(about, f"nobody answers at {address}: {word}", why, remedy)
        for (about, address), word in zip(asked, said, strict=True)
        if word
    ]


async def _unanswered(address: str) -> str | None:
    """Return why nobody can be spoken to at an address, if nobody can."""
    url = urlsplit(address)
    if url.scheme not in _PORTS or not url.hostname:
        return None  # told already, without asking anybody
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(url.hostname, url.port or _PORTS[url.scheme])
        writer.close()
        await writer.wait_closed()
    except OSError as error:
        return str(error) or "not in time"
    return None


def _no_place(host: str) -> str | None:
    """Return why nobody can listen at a host, if nobody can."""
    try:
        [family, kind, *_, address], *_ = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as probe:
            probe.bind(address)
    except OSError as error:
        return error.strerror
    return None


def _is_taken(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(PATIENCE_SECONDS)
        return probe.connect_ex((host, port)) == 0
