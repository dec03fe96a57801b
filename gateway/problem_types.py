"""Every kind of problem that a caller can meet, with its status and what to do about it.

A problem's `type` is `/docs/problems#<slug>`, where this table is shown. Slugs are a contract.
"""

from enum import StrEnum

from msgspec import Struct


class Slug(StrEnum):
    """The stable name of a kind of problem."""

    BAD_REQUEST = "bad-request"
    BAD_HOST = "bad-host"
    BAD_BODY = "bad-body"
    BAD_QUERY = "bad-query"
    INVALID_VALUE = "invalid-value"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    HEADERS_TOO_LARGE = "headers-too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    INVALID_TOKEN = "invalid-token"  # noqa: S105  the name of a problem, no secret
    INVALID_SIGNATURE = "invalid-signature"
    FORBIDDEN = "forbidden"
    NO_SUCH_ADDRESS = "no-such-address"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    RATE_LIMITED = "rate-limited"
    VERSION_RETIRED = "version-retired"
    VERSION_BROWNOUT = "version-brownout"
    REVISION_MISSING = "revision-missing"
    REVISION_OUTDATED = "revision-outdated"
    IDEMPOTENCY_KEY_MISSING = "idempotency-key-missing"
    IDEMPOTENCY_KEY_INVALID = "idempotency-key-invalid"
    IDEMPOTENCY_IN_FLIGHT = "idempotency-in-flight"
    IDEMPOTENCY_OTHER_REQUEST = "idempotency-other-request"
    REFUSED_BY_SYSTEM = "refused-by-system"
    CONFLICT = "conflict"
    OUTCOME_UNKNOWN = "outcome-unknown"
    TRY_AGAIN = "try-again"
    INTERNAL = "internal"


class Kind(Struct, frozen=True):
    """A kind of problem: the status it has, its title, and what the caller can do."""

    status: int
    title: str
    remedy: str


KINDS: dict[Slug, Kind] = {
    Slug.BAD_REQUEST: Kind(400, "The request is malformed", "Correct what `errors` names."),
    Slug.BAD_HOST: Kind(421, "This host is not served here", "Call the gateway by its own name."),
    Slug.BAD_BODY: Kind(400, "The body is not what is promised", "Correct what `errors` names."),
    Slug.BAD_QUERY: Kind(400, "The query is not understood", "Correct what `errors` names."),
    Slug.INVALID_VALUE: Kind(422, "A value makes no sense here", "Correct what `errors` names."),
    Slug.TOO_LARGE: Kind(413, "The body is too large", "Send less at a time."),
    Slug.TOO_SLOW: Kind(408, "The body came too slowly", "Send the request again at once."),
    Slug.HEADERS_TOO_LARGE: Kind(431, "The headers are too large", "Send fewer and shorter ones."),
    Slug.UNSUPPORTED_MEDIA_TYPE: Kind(
        415, "The body's type is not supported", "Send uncompressed application/json in UTF-8."
    ),
    Slug.INVALID_TOKEN: Kind(
        401, "The caller is not recognized", "Get a new access token from your issuer."
    ),
    Slug.INVALID_SIGNATURE: Kind(
        401,
        "The message is not signed as its source signs",
        "Sign the bytes that you send with the source's secret, at the moment that you send them.",
    ),
    Slug.FORBIDDEN: Kind(
        403,
        "The caller may not do this",
        "Ask somebody who may do it; for a scope that you lack, ask the API's owner.",
    ),
    Slug.NO_SUCH_ADDRESS: Kind(404, "There is no such address", "See /docs for every address."),
    Slug.NOT_FOUND: Kind(
        404, "There is no such record", "Check the id; it may also not be yours to see."
    ),
    Slug.METHOD_NOT_ALLOWED: Kind(
        405, "The address does not take this method", "Use one of those in `Allow`."
    ),
    Slug.RATE_LIMITED: Kind(429, "Too many calls", "Wait for the seconds in `Retry-After`."),
    Slug.VERSION_RETIRED: Kind(
        410, "This version is retired", "Move to the version in `Link: rel=successor-version`."
    ),
    Slug.VERSION_BROWNOUT: Kind(
        503,
        "This version is switched off for a while",
        "Move to the version in `Link: rel=successor-version`; this one, which is to be retired,"
        " answers again after `Retry-After`.",
    ),
    Slug.REVISION_MISSING: Kind(
        428, "An If-Match is needed", "Read first, then send the `ETag` of that as `If-Match`."
    ),
    Slug.REVISION_OUTDATED: Kind(
        412, "This has changed since it was read", "Read it again and decide anew."
    ),
    Slug.IDEMPOTENCY_KEY_MISSING: Kind(
        400, "An Idempotency-Key is needed", "Send one that is unique to this command."
    ),
    Slug.IDEMPOTENCY_KEY_INVALID: Kind(
        400, "The Idempotency-Key is malformed", "Use 1 to 255 letters, digits, or . _ : ~ -"
    ),
    Slug.IDEMPOTENCY_IN_FLIGHT: Kind(
        409, "The same command is running", "Wait, then repeat it with the same key."
    ),
    Slug.IDEMPOTENCY_OTHER_REQUEST: Kind(
        422, "This key was used for another command", "Use a new key for a new command."
    ),
    Slug.REFUSED_BY_SYSTEM: Kind(
        422, "The system behind this API said no", "Change what it objects to, then try again."
    ),
    Slug.CONFLICT: Kind(
        409, "This conflicts with what is there", "Read the record again and decide anew."
    ),
    Slug.OUTCOME_UNKNOWN: Kind(
        503,
        "The answer of the system was lost",
        "Repeat with the same Idempotency-Key after `Retry-After`; it is never done twice.",
    ),
    Slug.TRY_AGAIN: Kind(
        503, "Something needed is away", "Nothing was done; try again after `Retry-After`."
    ),
    Slug.INTERNAL: Kind(500, "The gateway made a mistake", "Tell the API's owner the `trace_id`."),
}
