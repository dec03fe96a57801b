"""Every error is a problem that says what to do, and says nothing that it should not."""

import inspect
from datetime import timedelta

import pytest
from msgspec import ValidationError

import governance.access
import governance.tokens
import system_apis.errors
from gateway.problem_types import KINDS, Slug
from gateway.problems import TABLE, Refusal, refusal_of
from governance.access import Forbidden
from governance.tokens import InvalidToken, MissingToken
from governance.wrong_field import WrongField
from system_apis.errors import NotFound, Refused, TryAgain, Unknown
from tests.gateway.house import Caller, House
from tests.gateway.orders import KNOWN_ID

READ = f"/system/orders/v1/orders/{KNOWN_ID}"
ERRORS: dict[str, tuple[Exception, int, str]] = {
    "not found": (NotFound("crm", "select * from x"), 404, "not-found"),
    "refused": (Refused("erp", "HTTP 400: secret"), 422, "refused-by-system"),
    "a code": (Refused("erp", "period closed", code="PERIOD"), 422, "refused-by-system"),
    "a conflict": (Refused("erp", "other input", code="KEY_CONFLICT"), 409, "conflict"),
    "try again": (TryAgain("erp", "10.0.0.7 is down"), 503, "try-again"),
    "lost": (Unknown("erp", "reset by 10.0.0.7"), 503, "outcome-unknown"),
    "forbidden": (Forbidden("not yours"), 403, "forbidden"),
    "a wrong value": (ValueError("the period ends before it begins"), 422, "invalid-value"),
    "a bug": (KeyError("secret"), 500, "internal"),
    "another bug": (UnicodeEncodeError("ascii", "secret", 0, 1, "secret"), 500, "internal"),
    "a wrong answer": (ValidationError("secret"), 500, "internal"),
    "no memory": (MemoryError("secret"), 500, "internal"),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_in_a_handler_becomes_its_problem(
    house: House, caller: Caller, name: str
) -> None:
    """What rises from a handler is a problem of its own kind, without the inside of anything."""
    error, status, slug = ERRORS[name]
    house.desk.raises.append(error)

    answer = await caller.send("GET", READ)

    assert (answer.status, answer.slug) == (status, slug)
    for inner in (b"secret", b"select", b"10.0.0", b"Traceback", b".py"):
        assert inner not in answer.body
    written = [line for line in house.log.getvalue().splitlines() if b'"failure"' in line]
    assert len(written) == (1 if status == 500 else 0)
    assert all(answer.headers["x-trace-id"].encode() in line for line in written)


def test_a_rule_about_a_field_points_at_it() -> None:
    """As a wrong form does."""
    found = refusal_of(WrongField("lines", "the invoice has no line 9: they count from 1"))

    [fault] = found.faults
    assert found.detail == "lines: the invoice has no line 9: they count from 1"
    assert (fault.pointer, fault.detail) == (
        "/lines",
        "the invoice has no line 9: they count from 1",
    )


@pytest.mark.parametrize("said", ["the period ends before it begins", "lines: whatever is said"])
def test_a_rule_about_several_fields_points_at_none(said: str) -> None:
    """It tells all of it in `detail`; which words it takes for that is its own affair."""
    found = refusal_of(ValueError(said))

    assert (found.detail, found.faults) == (said, ())


async def test_a_rule_about_a_question_names_its_parameter(house: House, caller: Caller) -> None:
    """What reads has no body that a pointer could lead into."""
    house.desk.raises.append(WrongField("start", "it has not begun"))

    answer = await caller.send("GET", READ)

    [fault] = answer.problem.errors
    assert (fault.parameter, fault.pointer) == ("start", None)


async def test_what_a_system_says_in_our_words_is_passed_on(house: House, caller: Caller) -> None:
    """A refusal with a code is told with its reason; a person must change something."""
    house.desk.raises.append(Refused("erp", "the period is closed", code="PERIOD"))

    answer = await caller.send("GET", READ)

    assert answer.problem.detail.startswith("erp: the period is closed (PERIOD). ")


async def test_who_should_come_back_is_told_when(house: House, caller: Caller) -> None:
    """`Retry-After` is the system's own wait, in whole seconds and never none."""
    waits = []
    for after in (timedelta(), timedelta(milliseconds=1_200), timedelta(minutes=2)):
        house.desk.raises.append(TryAgain("erp", "busy", after=after))
        waits.append((await caller.send("GET", READ)).headers["retry-after"])

    assert waits == ["1", "2", "120"]


def test_every_error_of_ours_is_in_the_table() -> None:
    """An error class that a handler may raise has a problem of its own."""
    modules = (system_apis.errors, governance.access, governance.tokens)
    ours = [
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__
    ]

    assert len(ours) >= 7
    assert not [kind for kind in ours if not set(kind.__mro__) & (TABLE.keys() - {ValueError})]


def test_every_kind_of_problem_has_a_status_a_title_and_a_remedy() -> None:
    """No slug is without its words, and only what is ours or may pass is a 5xx."""
    assert set(KINDS) == set(Slug)
    assert all(kind.title and kind.remedy for kind in KINDS.values())
    failures = {slug for slug, kind in KINDS.items() if kind.status >= 500}
    passing = {Slug.TRY_AGAIN, Slug.OUTCOME_UNKNOWN, Slug.VERSION_BROWNOUT}
    assert failures == {Slug.INTERNAL} | passing


@pytest.mark.parametrize(
    ("error", "challenge"),
    [
        (MissingToken("send one"), 'Bearer realm="strata"'),
        (InvalidToken("expired"), 'Bearer realm="strata", error="invalid_token"'),
    ],
)
def test_who_is_not_recognized_is_told_how_to_be(error: InvalidToken, challenge: str) -> None:
    """A 401 carries the challenge that RFC 6750 asks for."""
    found = refusal_of(error)

    assert found.headers["www-authenticate"] == challenge


async def test_who_may_not_decide_is_not_sent_for_a_scope_alone(
    house: House, caller: Caller
) -> None:
    """The requester of an approval holds the scope; it is somebody else who is wanted."""
    house.desk.raises.append(Forbidden("the requester may not decide it"))

    answer = await caller.send("GET", READ)

    assert "may not decide it. Ask somebody who may do it" in answer.problem.detail


def test_a_refusal_without_words_says_what_to_do() -> None:
    """The detail is the remedy when there is nothing more to say."""
    assert Refusal(Slug.TOO_LARGE).detail == "Send less at a time."
