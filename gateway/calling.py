"""Calls the gateway that runs on a data directory, as the commands beside it do."""

from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.firm import load_firm
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from gateway.problems import Problem
from gateway.running import read_running
from gateway.settings import Settings
from governance.authorization_server.access_tokens import Holder

_PATIENCE_SECONDS = 120
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class NotDone(Exception):
    """The gateway did not do what was asked; the text says why, and what to do about it."""


class Issued(Struct, frozen=True):
    """A token, and whom it is for."""

    access_token: str
    holder: Holder


def issue(settings: Settings, wish: Wish) -> Issued:
    """Return a token of one of the sandbox's people, or raise `UnknownIdentity`."""
    running = read_running(settings)
    firm = load_firm(Path(running.firm))
    holder = holder_of(wish, firm)
    settings = replace(settings, public_url=running.public_url, firm=running.firm)
    keys = Path(settings.data_dir).resolve() / "keys"
    return Issued(authorization_server(settings, firm, keys).issue(holder), holder)


class Listed(Protocol[T_co]):
    """A page of a list, whatever its API calls it."""

    @property
    def items(self) -> Sequence[T_co]:
        """What is on the page."""

    @property
    def next_cursor(self) -> str | None:
        """What asks for the next page, None on the last."""


class Caller(Struct, frozen=True):
    """Somebody with a token, at the gateway of a data directory."""

    base_url: str
    token: str

    def every(self, path: str, into: type[Listed[T]]) -> list[T]:
        """Return what is on every page of a list, or raise `NotDone`."""
        page = msgspec.json.decode(self.send("GET", path), type=into)
        found = [*page.items]
        mark = "&" if "?" in path else "?"
        while page.next_cursor is not None:
            following = f"{path}{mark}cursor={quote(page.next_cursor)}"
            page = msgspec.json.decode(self.send("GET", following), type=into)
            found += page.items
        return found

    def send(self, method: str, path: str, body: Struct | None = None) -> bytes:
        """Return what the gateway answers, or raise `NotDone`."""
        if urlsplit(self.base_url).scheme not in {"http", "https"}:
            raise NotDone(f"{self.base_url} is no address: set public_url")
        headers = {"Authorization": f"Bearer {self.token}"}
        sent = None
        if body is not None:
            sent, headers["Content-Type"] = msgspec.json.encode(body), "application/json"
        request = Request(self.base_url + path, sent, headers, method=method)  # noqa: S310  # checked above
        try:
            with urlopen(request, timeout=_PATIENCE_SECONDS) as reply:  # noqa: S310  # checked above
                found: bytes = reply.read()
                return found
        except HTTPError as error:
            with error:
                raise NotDone(_told(error.read(), error.code)) from None
        except (URLError, HTTPException, OSError) as error:
            why = str(getattr(error, "reason", error)).rpartition("] ")[2]
            reason = f"no gateway answers at {self.base_url} ({why})"
            raise NotDone(f"{reason}: start it with `strata serve`") from error


def _told(body: bytes, status: int) -> str:
    """Return what a problem document says, in one line."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return f"HTTP {status}"
    faults = "".join(
        f"; {each.pointer or each.parameter or ''}: {each.detail} {each.remedy}"
        for each in problem.errors
    )
    return f"{problem.title}: {problem.detail}{faults}"
