"""What must hold of every refusal: it is a problem that helps, and gives nothing away."""

import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from gateway.problem_types import KINDS, Slug
from gateway.problems import Problem

WITHIN_SECONDS = 2.0
_GIVEN_AWAY = re.compile(
    rb"Traceback|\.py\b|site-packages|/(work|tmp|home|root|usr)/|sqlite|sqlalchemy|litestar|msgspec"
    rb"|uvicorn|aiohttp|SELECT |INSERT |UPDATE |DELETE FROM|0x[0-9a-f]{6,}|<script|<object ",
    re.IGNORECASE,
)


class Answer(Struct, frozen=True):
    """What came back, and after how long."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def problem(self) -> Problem:
        """The answer as a problem document."""
        return msgspec.json.decode(self.body, type=Problem, strict=True)

    @property
    def told(self) -> tuple[object, ...]:
        """Everything that the answer tells, but for what differs with every request."""
        changing = {"date", "x-trace-id", "traceresponse", "ratelimit"}
        headers = sorted((n, v) for n, v in self.headers.items() if n not in changing)
        problem = self.problem
        return (
            self.status,
            headers,
            problem.type,
            problem.title,
            problem.detail,
            problem.errors,
        )


def complaints(answer: Answer, secrets: tuple[str, ...] = ()) -> list[str]:
    """Return what is wrong with a refusal."""
    found = [*_complaints_of_the_head(answer), *given_away(answer, secrets)]
    if answer.headers.get("content-type") != "application/problem+json":
        return [*found, f"is {answer.headers.get('content-type')}"]
    try:
        return [*found, *_complaints_of_the_problem(answer, answer.problem)]
    except msgspec.MsgspecError as error:
        return [*found, f"is no problem document: {error}"]


def _complaints_of_the_head(answer: Answer) -> list[str]:
    found = []
    if not 400 <= answer.status < 500:
        found.append(f"is {answer.status}")
    if answer.seconds > WITHIN_SECONDS:
        found.append(f"took {answer.seconds:.1f} s")
    if answer.headers.get("x-content-type-options") != "nosniff":
        found.append("may be sniffed")
    if answer.headers.get("cache-control") != "no-store":
        found.append("may be kept")
    if "server" in answer.headers:
        found.append("names the server")
    if answer.status == 401 and "www-authenticate" not in answer.headers:
        found.append("does not say how to authenticate")
    if answer.status == 405 and not answer.headers.get("allow"):
        found.append("does not say which methods there are")
    return found


def _complaints_of_the_problem(answer: Answer, problem: Problem) -> list[str]:
    slug = problem.type.removeprefix("/docs/problems#")
    if slug not in set(Slug):
        return [f"is of no known type: {problem.type}"]
    kind, found = KINDS[Slug(slug)], []
    if (problem.title, problem.status, kind.status) != (kind.title, kind.status, answer.status):
        found.append("does not agree with its type")
    if problem.trace_id != answer.headers.get("x-trace-id") or not problem.trace_id:
        found.append("has another trace")
    if kind.remedy not in problem.detail:
        found.append(f"names no remedy: {problem.detail!r}")
    if "`errors`" in problem.detail and not problem.errors:
        found.append("points at errors that are not there")
    if any(not (fault.detail and fault.remedy) for fault in problem.errors):
        found.append("has an error without a remedy")
    return found


def given_away(answer: Answer, secrets: tuple[str, ...]) -> list[str]:
    """Return what an answer tells of the inside, or of secrets."""
    text = answer.body + repr(sorted(answer.headers.items())).encode()
    found = [f"gives away {hit[0]!r}" for hit in _GIVEN_AWAY.finditer(text)]
    return found + ["gives away a secret" for secret in secrets if secret.encode() in text]
