"""Every error becomes a problem document (RFC 9457): one table, complete by test."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import msgspec
from litestar import Response
from litestar.connection import Request
from litestar.datastructures import State
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.exc import OperationalError

from gateway.plain_words import said_plainly
from gateway.problem_types import KINDS, Kind, Slug
from governance.access import Caller, Forbidden
from governance.issuers import KeysTooOld
from governance.lifecycle import NoSuchVersion, Outdated, Unread
from governance.once import Overtaken
from governance.pages import NoSuchPage
from governance.quality.findings import NoSuchFinding
from governance.sensitive_reads import NotRecorded
from governance.tokens import InvalidToken, MissingToken
from governance.wrong_field import WrongField
from observability.logs import Logs
from observability.tracing import current_trace_id
from process_apis.errors import Conflict, NoSuchRecord, NothingTaken
from system_apis.errors import NotFound, Refused, SystemFailure, TryAgain, Unknown

MEDIA_TYPE = "application/problem+json"
CONFLICTS = frozenset(
    {"KEY_CONFLICT", "DUPLICATE_EFFECT", "NEEDS_RECONCILIATION", "VERSION_CONFLICT"}
)
_MISSING = re.compile(r"Missing required query parameter '(?P<name>[^']+)'")


class Fault(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing that is wrong: where it is, what it is, and what to do about it."""

    detail: str
    remedy: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None


class Refusal(Exception):
    """The gateway itself says no."""

    def __init__(
        self,
        slug: Slug,
        detail: str | None = None,
        *,
        faults: tuple[Fault, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or KINDS[slug].remedy)
        self.slug = slug
        self.detail = detail or KINDS[slug].remedy
        self.faults = faults
        self.headers = headers or {}


class Problem(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str
    trace_id: str | None = None
    errors: tuple[Fault, ...] = ()


class Answer(Struct, frozen=True):
    """A problem's status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def problem_answer(refusal: Refusal) -> Answer:
    """Return the answer that tells a caller about a refusal, and what to do about it."""
    kind = KINDS[refusal.slug]
    detail = refusal.detail
    if kind.remedy not in detail:
        detail = f"{detail.rstrip('.')}. {kind.remedy}"
    problem = Problem(
        type=f"/docs/problems#{refusal.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        trace_id=current_trace_id(),
        errors=refusal.faults or _named_faults(refusal, kind),
    )
    headers = {"cache-control": "no-store", **refusal.headers}
    return Answer(kind.status, headers, msgspec.json.encode(problem))


def _named_faults(refusal: Refusal, kind: Kind) -> tuple[Fault, ...]:
    """Return the detail as a fault, if the remedy is to look at the faults and there are none."""
    if "`errors`" not in kind.remedy:
        return ()
    what = kind.title if refusal.detail == kind.remedy else refusal.detail
    return (Fault(detail=what, remedy="Correct this, then send the request again."),)


def responder(
    logs: Logs, takes_head: Callable[[str], bool]
) -> Callable[[Request[Caller, str, State], Exception], Response[bytes]]:
    """Return what answers every error that rises from a handler or a stage."""

    def respond(request: Request[Caller, str, State], error: Exception) -> Response[bytes]:
        refusal = refusal_of(error)
        if refusal.slug is Slug.INTERNAL:
            logs.failure(error)
        if request.method == "GET":
            refusal.faults = tuple(map(_in_query, refusal.faults))
        if refusal.slug is Slug.METHOD_NOT_ALLOWED:
            also = {"HEAD"} if takes_head(request.scope["path"]) else set()
            refusal.headers = {"allow": _methods(refusal.headers["allow"], also)}
        answer = problem_answer(refusal)
        return Response(
            answer.body, status_code=answer.status, headers=answer.headers, media_type=MEDIA_TYPE
        )

    return respond


def _in_query(fault: Fault) -> Fault:
    """Return a fault of a body as one of a query: what reads has no body."""
    if fault.pointer is None:
        return fault
    return replace(fault, parameter=fault.pointer.removeprefix("/"), pointer=None)


def refusal_of(error: Exception) -> Refusal:
    """Return what a caller is told about an error; of one that is not in the table, nothing."""
    if isinstance(error, Refusal):
        return error
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind](error)
    return Refusal(Slug.INTERNAL)


def _told(slug: Slug) -> Callable[[Exception], Refusal]:
    return lambda _: Refusal(slug)


def _unauthenticated(error: Exception) -> Refusal:
    reason = error.reason if isinstance(error, InvalidToken) else ""
    if isinstance(error, MissingToken):
        challenge = 'Bearer realm="strata"'
    else:
        challenge = 'Bearer realm="strata", error="invalid_token"'
    return Refusal(Slug.INVALID_TOKEN, reason, headers={"www-authenticate": challenge})


def _forbidden(error: Exception) -> Refusal:
    if not isinstance(error, Forbidden) or error.scope is None:
        return Refusal(Slug.FORBIDDEN, str(error))
    challenge = f'Bearer realm="strata", error="insufficient_scope", scope="{error.scope}"'
    return Refusal(Slug.FORBIDDEN, error.reason, headers={"www-authenticate": challenge})


def _keys_too_old(_: Exception) -> Refusal:
    detail = "The identity provider of this token has been away for too long to check it."
    return Refusal(Slug.TRY_AGAIN, detail, headers=_retry_after(timedelta(seconds=30)))


def _refused(error: Exception) -> Refusal:
    # A code says that the connector understood the refusal; else its text is the vendor's own.
    if not isinstance(error, Refused) or error.code == "REFUSED":
        return Refusal(Slug.REFUSED_BY_SYSTEM)
    slug = Slug.CONFLICT if error.code in CONFLICTS else Slug.REFUSED_BY_SYSTEM
    return Refusal(slug, f"{error.system}: {error.reason} ({error.code})")


def _conflict(error: Exception) -> Refusal:
    """Our processes raise `Conflict` with words for people, so these may be told."""
    return Refusal(Slug.CONFLICT, str(error))


def _try_again(error: Exception) -> Refusal:
    after = error.after if isinstance(error, TryAgain) else timedelta()
    return Refusal(Slug.TRY_AGAIN, headers=_retry_after(after))


def _unknown(error: Exception) -> Refusal:
    after = error.settles_after if isinstance(error, Unknown) else timedelta()
    return Refusal(Slug.OUTCOME_UNKNOWN, headers=_retry_after(after))


def _retry_after(wait: timedelta) -> dict[str, str]:
    return {"retry-after": str(max(1, math.ceil(wait.total_seconds())))}


def _value(error: Exception) -> Refusal:
    # Our rules raise these two with words for people; a library's kinds of it are bugs.
    if isinstance(error, WrongField):
        fault = Fault(detail=error.why, remedy="Correct this field.", pointer=f"/{error.field}")
        return Refusal(Slug.INVALID_VALUE, str(error), faults=(fault,))
    if type(error) is ValueError:
        return Refusal(Slug.INVALID_VALUE, str(error))
    return Refusal(Slug.INTERNAL)


def _no_such_page(_: Exception) -> Refusal:
    detail = "This is no page of this list."
    remedy = "Send the `next_cursor` of a page of the same list as it is."
    fault = Fault(detail=detail, remedy=remedy, parameter="cursor")
    return Refusal(Slug.BAD_QUERY, faults=(fault,))


def _nothing_taken(error: Exception) -> Refusal:
    parts = error.parts if isinstance(error, NothingTaken) else ()
    faults = tuple(
        Fault(detail=each.detail, remedy=each.remedy, pointer=each.pointer) for each in parts
    )
    return Refusal(Slug.INVALID_VALUE, str(error), faults=faults)


def _method(error: Exception) -> Refusal:
    headers = error.headers or {} if isinstance(error, HTTPException) else {}
    return Refusal(Slug.METHOD_NOT_ALLOWED, headers={"allow": headers.get("allow", "")})


def _methods(told: str, with_get: set[str]) -> str:
    """Return the methods that there are: not OPTIONS, which the framework adds everywhere."""
    methods = {one.strip() for one in told.split(",")} - {"OPTIONS", ""}
    return ", ".join(sorted(methods | with_get if "GET" in methods else methods))


def _parameters(error: Exception) -> Refusal:
    # A path that cannot be an id is a record that does not exist: no one learns the pattern.
    extra = error.extra if isinstance(error, ValidationException) else None
    found = [one for one in extra or [] if isinstance(one, dict)]
    if any(one.get("source") == "path" for one in found):
        return Refusal(Slug.NOT_FOUND)
    if any(str(one.get("key", "")).split(".")[0] == "data" for one in found):
        fault = Fault(detail="The body is empty.", remedy="Send a JSON object.", pointer="")
        return Refusal(Slug.BAD_BODY, fault.detail, faults=(fault,))
    missing = _MISSING.match(error.detail) if isinstance(error, ValidationException) else None
    if missing:
        detail = "This parameter is missing."
        fault = Fault(detail=detail, remedy="Send it.", parameter=missing["name"])
        return Refusal(Slug.BAD_QUERY, faults=(fault,))
    return Refusal(Slug.BAD_QUERY, faults=tuple(_of_parameter(one) for one in found))


def _of_parameter(found: Mapping[str, object]) -> Fault:
    detail, remedy = said_plainly(str(found.get("message", "")))
    return Fault(detail=detail, remedy=remedy, parameter=str(found.get("key", "")))


TABLE: dict[type, Callable[[Exception], Refusal]] = {
    InvalidToken: _unauthenticated,
    KeysTooOld: _keys_too_old,
    Forbidden: _forbidden,
    NotFound: _told(Slug.NOT_FOUND),
    NoSuchRecord: _told(Slug.NOT_FOUND),
    NoSuchVersion: _told(Slug.NOT_FOUND),
    NoSuchFinding: _told(Slug.NOT_FOUND),
    NoSuchPage: _no_such_page,
    Unread: _told(Slug.REVISION_MISSING),
    Outdated: _told(Slug.REVISION_OUTDATED),
    Conflict: _conflict,
    Refused: _refused,
    TryAgain: _try_again,
    Unknown: _unknown,
    SystemFailure: _told(Slug.TRY_AGAIN),
    OperationalError: _try_again,
    NotRecorded: _try_again,
    Overtaken: _told(Slug.IDEMPOTENCY_IN_FLIGHT),
    NothingTaken: _nothing_taken,
    ValueError: _value,
    NotFoundException: _told(Slug.NO_SUCH_ADDRESS),
    MethodNotAllowedException: _method,
    ValidationException: _parameters,
    ClientException: _told(Slug.BAD_REQUEST),
}
