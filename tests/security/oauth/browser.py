"""A browser that keeps no more than a page's cookie, and a client program that sends it."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Struct

CLIENT = "strata-sandbox"
BACK = "http://127.0.0.1:5173/callback"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


class Asking(Struct, frozen=True):
    """What a client program asks for, with the verifier that only it knows."""

    verifier: str
    parameters: dict[str, str]

    @property
    def path(self) -> str:
        """The address that the person is sent to."""
        return f"/oauth/authorize?{urlencode(self.parameters)}"

    def token_form(self, shown: str, /, **changes: str | None) -> dict[str, str]:
        """Return what the client shows for a token; a change to None leaves out."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.parameters["client_id"],
            "code": shown,
            "redirect_uri": self.parameters["redirect_uri"],
            "code_verifier": self.verifier,
            **changes,
        }
        return {name: value for name, value in form.items() if value is not None}


def asking(**changes: str | None) -> Asking:
    """Return a right request of the sandbox's own program, but for some changes."""
    verifier = secrets.token_urlsafe(48)
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "state": "of the program's own",
        **changes,
    }
    return Asking(verifier, {name: v for name, v in parameters.items() if v is not None})


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Page(Struct, frozen=True):
    """A page as a browser has it: what its form says by itself, and the cookie with it."""

    hidden: dict[str, str]
    cookie: str

    def filled(self, person: str, word: str, decision: str = "allow") -> dict[str, str]:
        """Return the form as a person sends it."""
        return {**self.hidden, "person": person, "word": word, "decision": decision}


def page_of(headers: Mapping[str, str], body: bytes) -> Page:
    """Return the page of an answer."""
    hidden = {n: html.unescape(value) for n, value in _HIDDEN.findall(body.decode())}
    return Page(hidden, headers["set-cookie"].partition(";")[0])


def sent_back(headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return where a browser is sent, and with what."""
    parts = urlsplit(headers["location"])
    said = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", said
