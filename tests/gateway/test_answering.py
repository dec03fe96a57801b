"""A record leaves as the framework's own answer would, header by header."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from litestar import Litestar, Response, Router, get, post
from litestar.types import Message, Receive
from msgspec import UNSET, Struct, UnsetType

from gateway.answering import record_response
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page

HEADERS = {"cache-control": "private, no-cache", "vary": "authorization"}


class Bill(Struct, frozen=True, kw_only=True):
    """What somebody owes."""

    number: str
    amount: Money
    hours: Decimal
    at: datetime
    note: str | UnsetType = UNSET


BILL = Bill(
    number="é-1",
    amount=Money.of("10.00", "USD"),
    hours=Decimal("7.50"),
    at=datetime(2026, 11, 28, tzinfo=UTC),
)


@get("/bill")
async def bill() -> Bill:
    """Return a record."""
    return BILL


@get("/bills")
async def bills() -> Page[Bill]:
    """Return a page."""
    return Page([BILL])


@post("/bill", status_code=202)
async def send_bill() -> Bill:
    """Return a record, accepted."""
    return BILL


@post("/paid", status_code=204)
async def paid() -> None:
    """Return nothing."""


@get("/tagged")
async def tagged() -> Response[Bill]:
    """Return an answer with a header of its own."""
    return Response(BILL, headers={"etag": "1"})


async def answered(kind: type[Response[object]], method: str, path: str) -> list[Message]:
    """Return what a gateway with some kind of answers sends, its headers in the order of names."""
    handlers = [bill, bills, send_bill, paid, tagged]
    router = Router("/", route_handlers=handlers, response_class=kind, response_headers=HEADERS)
    app = Litestar([router], openapi_config=None, logging_config=None)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = sorted(message["headers"])
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    await app(scope, nothing, send)  # type: ignore[arg-type]  # a plain dict
    return sent


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


nothing: Receive = _nothing  # type: ignore[assignment]  # its union has WebSocket


@pytest.mark.parametrize(
    "asked", ["GET /bill", "GET /bills", "POST /bill", "POST /paid", "GET /tagged"]
)
async def test_a_record_leaves_as_the_frameworks_own_answer_would(asked: str) -> None:
    """Status, headers and body are the same to the byte; only what is not said is left out."""
    method, path = asked.split()

    ours = await answered(record_response(HEADERS), method, path)
    theirs = await answered(Response, method, path)

    assert ours == theirs
