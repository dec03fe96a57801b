"""Where people may be sent back to: exactly where a client said it is."""

import re
from urllib.parse import urlsplit

# RFC 8252, 7.3: a program on the person's own machine takes whatever port is free.
_LOOPBACK = re.compile(r"\A(http://(?:127\.0\.0\.1|\[::1\]))(?::[1-9][0-9]{0,4})?(/[!-~]*)?\Z")
_SECURE = re.compile(r"\Ahttps://[a-z0-9.-]+(?::[1-9][0-9]{0,4})?(?:/[!-~]*)?\Z")


class UnsafeRedirect(ValueError):
    """A client may not have people sent there; the text says why."""


def check_redirect(uri: str) -> None:
    """Raise `UnsafeRedirect` unless a client may be registered with a redirect."""
    if "#" in uri or not (_SECURE.match(uri) or _LOOPBACK.match(uri)):
        raise UnsafeRedirect(
            f"{uri!r} is no redirect: write https://host/path in lower case, or"
            " http://127.0.0.1/path for a program on the person's own machine; no fragment"
        )


def is_registered(uri: str, registered: tuple[str, ...]) -> bool:
    """Whether a redirect is one of those registered; only a loopback's port may differ."""
    if uri in registered:
        return True
    here = _without_port(uri)
    return here is not None and here in {_without_port(each) for each in registered}


def origin_of(uri: str) -> str:
    """Return the scheme, host and port of a registered redirect."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _without_port(uri: str) -> tuple[str, str | None] | None:
    found = _LOOPBACK.match(uri)
    return (found[1], found[2]) if found and "#" not in uri else None
