"""People log in to the sandbox: a request is put to them, and answered by a code."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct

from governance.audit import AuditEntry
from governance.authorization_server.access_tokens import Holder, new_token_id
from governance.authorization_server.authorization_request import (
    AuthorizationRequest,
    AuthorizationRules,
    SentBack,
    Unanswerable,
)
from governance.authorization_server.codes import Codes, Consent
from governance.authorization_server.grants import OAuthReply
from governance.authorization_server.login_page import Choice, login_page, refusal_page
from governance.authorization_server.minting import may_still
from governance.authorization_server.redirects import origin_of
from governance.authorization_server.spent import SpentOnce
from governance.authorization_server.token_request import (
    MalformedRequest,
    once,
    pairs_of,
    resources_of,
)
from governance.withdrawals import Withdrawn

COOKIE = "strata_login"
PAGE_LIFE = timedelta(minutes=10)
PATH = "/oauth/authorize"

_OURS = frozenset({"csrf", "person", "word", "decision"})
_STALE = "This page was used before, or is too old."
_WRONG = "The person and the word do not fit."


class SandboxPeople(Protocol):
    """The people of the sandbox firm, who all know one word."""

    def choices(self) -> list[Choice]:
        """Return who can log in."""

    def holder(self, person_id: str, client_id: str, scopes: frozenset[str]) -> Holder | None:
        """Return a person as a client's holder of a token, with no scope but their own."""

    def know(self, word: str) -> bool:
        """Whether a word is the sandbox's, told in the same time whatever it is."""


class LoginRecords(Struct, frozen=True, kw_only=True):
    """What log-ins leave behind, and what they depend on."""

    codes: Codes
    spent: SpentOnce
    withdrawn: Withdrawn
    note: Callable[[AuditEntry], None]


class Login:
    """Shows the page and takes what comes of it; `secret` is what ties the two together.

    Both methods read and write the store: call them from a thread.
    """

    def __init__(
        self,
        rules: AuthorizationRules,
        people: SandboxPeople,
        records: LoginRecords,
        issuer: str,
        secret: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._rules, self._people, self._records = rules, people, records
        self._issuer, self._secret, self._clock = issuer, secret.encode(), clock

    def ask(self, query: bytes) -> OAuthReply:
        """Return the page for a client's request, or the answer that needs no person."""
        try:
            asked = _without_ours(pairs_of(query))
            request = self._rules.judged(once(asked), resources_of(asked))
        except (MalformedRequest, Unanswerable) as error:
            return _refused(str(error))
        except SentBack as error:
            return _sent(error.location)
        return self._page(request, asked)

    def answer(self, form: bytes, cookie: str | None) -> OAuthReply:
        """Return what comes of what a person said on the page."""
        try:
            pairs = pairs_of(form)
            said = once(pairs)
            asked = _without_ours(pairs)
            request = self._rules.judged(once(asked), resources_of(asked))
        except (MalformedRequest, Unanswerable) as error:
            return _refused(str(error))
        except SentBack as error:
            return _sent(error.location)
        if cookie is None or not self._is_of(cookie, asked, said.get("csrf", "")):
            return _refused(_STALE)
        return self._decided(request, asked, said, cookie)

    def _decided(
        self,
        request: AuthorizationRequest,
        asked: list[tuple[str, str]],
        said: dict[str, str],
        cookie: str,
    ) -> OAuthReply:
        if said.get("decision") != "allow":
            return self._once(cookie, request.answer.with_error("access_denied", "denied"))
        person, client = said.get("person", ""), request.client.client_id
        holder = self._people.holder(person, client, request.scopes)
        if not self._people.know(said.get("word", "")) or holder is None:
            self._note_refusal(person, client)
            return self._page(request, asked, remark=_WRONG)
        if not holder.scopes:
            refused = request.answer.with_error("invalid_scope", "the person has none of these")
            return self._once(cookie, refused)
        if not may_still(holder, self._issuer, self._records.withdrawn):
            refused = request.answer.with_error("access_denied", "the access was withdrawn")
            return self._once(cookie, refused)
        if not self._spend(cookie):
            return _refused(_STALE)
        consent = Consent(
            holder=holder,
            resources=request.resources,
            redirect_uri=request.answer.redirect_uri,
            challenge=request.challenge,
            jti=new_token_id(),
        )
        return _sent(request.answer.with_code(self._records.codes.give(consent)))

    def _once(self, cookie: str, location: str) -> OAuthReply:
        return _sent(location) if self._spend(cookie) else _refused(_STALE)

    def _spend(self, cookie: str) -> bool:
        """Whether this is the first answer that a page gets."""
        return self._records.spent.spend("login page", cookie, self._clock() + PAGE_LIFE)

    def _page(
        self,
        request: AuthorizationRequest,
        asked: list[tuple[str, str]],
        *,
        remark: str | None = None,
    ) -> OAuthReply:
        cookie = f"{int(self._clock().timestamp())}.{secrets.token_urlsafe(24)}"
        body = login_page(
            request,
            asked,
            self._people.choices(),
            token=self._token(cookie, asked),
            remark=remark,
        )
        secure = "; Secure" if self._issuer.startswith("https://") else ""
        seconds = int(PAGE_LIFE.total_seconds())
        kept = f"{COOKIE}={cookie}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict"
        status = 200 if remark is None else 403
        headers = (("Set-Cookie", kept + secure),)
        return _html(status, body, origin_of(request.answer.redirect_uri), headers)

    def _is_of(self, cookie: str, asked: list[tuple[str, str]], token: str) -> bool:
        """Whether a page of ours, not too old, was shown for exactly this request."""
        if not hmac.compare_digest(self._token(cookie, asked).encode(), token.encode()):
            return False
        began = datetime.fromtimestamp(int(cookie.partition(".")[0]), UTC)
        return self._clock() < began + PAGE_LIFE

    def _token(self, cookie: str, asked: list[tuple[str, str]]) -> str:
        shown = msgspec.json.encode((cookie, asked))
        return hmac.new(self._secret, shown, hashlib.sha256).hexdigest()

    def _note_refusal(self, person: str, client: str) -> None:
        known = {each.id for each in self._people.choices()}
        self._records.note(
            AuditEntry(
                actor=person if person in known else "nobody",
                client_id=client,
                action="login.refuse",
                subject=client,
                reason=_WRONG,
            )
        )


def _without_ours(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what a client said, without what only the page's own form says."""
    return [pair for pair in pairs if pair[0] not in _OURS]


def _sent(location: str) -> OAuthReply:
    return OAuthReply(303, (("Location", location), *_headers("'self'")), b"")


def _refused(reason: str) -> OAuthReply:
    return _html(400, refusal_page(reason), "", ())


def _html(
    status: int, body: str, form_action: str, headers: tuple[tuple[str, str], ...]
) -> OAuthReply:
    kind = ("Content-Type", "text/html")
    return OAuthReply(
        status, (kind, *_headers(f"'self' {form_action}".strip()), *headers), body.encode()
    )


def _headers(form_action: str) -> tuple[tuple[str, str], ...]:
    """Return what keeps a page from being kept, framed or made to load anything."""
    return (
        ("Cache-Control", "no-store"),
        ("Pragma", "no-cache"),
        (
            "Content-Security-Policy",
            f"default-src 'none'; form-action {form_action}; frame-ancestors 'none';"
            " base-uri 'none'",
        ),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
    )
