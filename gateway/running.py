"""Where a gateway runs, left in its data directory for the commands beside it."""

from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.settings import Settings


class Running(Struct, frozen=True):
    """The address and the firm of the gateway that last used a data directory."""

    public_url: str
    firm: str


def write_running(settings: Settings) -> None:
    """Say where this gateway is."""
    url = settings.public_url or f"http://{settings.host}:{settings.port}"
    running = Running(url, str(Path(settings.firm).resolve()))
    _path(settings).write_bytes(msgspec.json.encode(running))


def read_running(settings: Settings) -> Running:
    """Return where the gateway of the data directory is, or would be."""
    path = _path(settings)
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Running)
    url = settings.public_url or f"http://{settings.host}:{settings.port}"
    return Running(url, str(Path(settings.firm).resolve()))


def _path(settings: Settings) -> Path:
    return Path(settings.data_dir) / "gateway.json"
