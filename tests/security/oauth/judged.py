"""What must hold of every refusal of the authorization server."""

import json

from tests.security.oauth.site import Site
from tests.security.routes.oracle import Answer, complaints, given_away

KINDS = {"application/json", "application/problem+json", "text/html; charset=utf-8"}
ERROR = {"error", "error_description"}
WITHIN_SECONDS = 2.0


def wrong_with(answer: Answer, site: Site) -> list[str]:
    """Return what is wrong with a refusal: a problem, an OAuth error, a page or a way back."""
    kind = answer.headers.get("content-type", "")
    if kind == "application/problem+json":
        return complaints(answer, site.secrets)
    found = [*given_away(answer, site.secrets), *_wrong_with_head(answer)]
    if answer.status == 303:
        return found
    if not 400 <= answer.status < 500 or kind not in KINDS:
        found.append(f"is {answer.status} {kind}")
    if kind == "application/json" and not set(json.loads(answer.body)) <= ERROR:
        found.append(f"says more than an error: {answer.body!r}")
    return found + (_wrong_with_page(answer) if kind.startswith("text/html") else [])


def _wrong_with_head(answer: Answer) -> list[str]:
    found = []
    if answer.seconds > WITHIN_SECONDS:
        found.append(f"took {answer.seconds:.1f} s")
    if answer.headers.get("cache-control") != "no-store":
        found.append("may be kept")
    if answer.headers.get("x-content-type-options") != "nosniff":
        found.append("may be sniffed")
    return found


def _wrong_with_page(answer: Answer) -> list[str]:
    policy = answer.headers.get("content-security-policy", "")
    wanted = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action")
    found = [f"its policy lacks {each}" for each in wanted if each not in policy]
    if answer.headers.get("x-frame-options") != "DENY":
        found.append("may be framed")
    if answer.headers.get("referrer-policy") != "no-referrer":
        found.append("tells where people come from")
    outside = (b"<script", b"<img", b"<link", b"<style", b" style=", b"src=", b" onclick")
    return found + [f"has {each!r}" for each in outside if each in answer.body]
