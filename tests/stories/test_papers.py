"""A contract's papers arrive late, over HTTP, each by the person who may bring it."""

import base64
import hashlib
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from system_apis.canonical.changes import ChangeRequest, ChangeStatus
from system_apis.canonical.contracts import Contract
from system_apis.canonical.documents import Document, DocumentContent
from tests.stories.engagement import EVENING, scene
from tests.stories.people import People

T = TypeVar("T")
CONTRACTS = "/system/contracts/v1"
CERTIFICATE = b"The client accepts the second milestone."
HASH = f"sha256:{hashlib.sha256(CERTIFICATE).hexdigest()}"
MANAGER, ELSEWHERE = "U-PM2", "U-PM1"
DOCUMENT = {
    "title": "Acceptance of M2",
    "media_type": "text/plain",
    "content": base64.b64encode(CERTIFICATE).decode(),
}
EVIDENCE = {
    "milestone": "M2",
    "type": "acceptance_certificate",
    "document_hash": HASH,
    "accepted_by": "Dr. Lang",
    "accepted_at": "2026-10-31T10:00:00Z",
}
ORDER = {
    "number": "PO-2",
    "amount": {"amount": "48000.00", "currency": "EUR"},
    "valid_to": "2027-01-31",
}
CHANGE = {
    "number": "CR-1",
    "reason": "schedule",
    "requested_by": "Dr. Lang",
    "deltas": {"milestones": [{"number": "M3", "planned_date": "2027-02-26"}]},
}


class Found(Struct):
    """A page of contracts."""

    items: list[Contract]


class Rows(Struct):
    """A page of anything."""

    items: list[object]


class Desk:
    """Where people bring a contract's papers, each under a key."""

    def __init__(self, people: People, contract: str) -> None:
        self._people, self._contract = people, contract

    async def bring(self, who: str, part: str, body: object, key: str = "1") -> int:
        """Return the status that somebody is answered who brings a paper."""
        path = f"{CONTRACTS}/contracts/{self._contract}/{part}"
        answer = await self._people.call(who, "POST", path, body, Idempotency_Key=f"{part}-{key}")
        return answer.status


async def test_papers_are_brought_by_those_who_may_and_read_by_those_who_see_the_company(
    tmp_path: Path,
) -> None:
    """A certificate, an order and a change request, each once, whoever else tries."""
    async with scene(tmp_path) as stage:
        people = stage.people
        await stage.engagement.at(EVENING)
        found = await people.read(MANAGER, f"{CONTRACTS}/contracts?number=CT-2001", Found)
        [before] = found.items
        desk = Desk(people, before.id)
        turned_away = {
            "sales, with evidence": await desk.bring("sales_operations", "evidence", EVIDENCE),
            "finance, with an order": await desk.bring("finance", "purchase-orders", ORDER),
            "a manager of another company": await desk.bring(ELSEWHERE, "documents", DOCUMENT),
            "evidence before its document": await desk.bring(MANAGER, "evidence", EVIDENCE, "0"),
        }
        brought = [
            await desk.bring(MANAGER, "documents", DOCUMENT),
            await desk.bring(MANAGER, "evidence", EVIDENCE),
            await desk.bring(MANAGER, "evidence", EVIDENCE),
            await desk.bring(MANAGER, "evidence", EVIDENCE, "2"),
            await desk.bring(MANAGER, "purchase-orders", ORDER),
            await desk.bring("sales_operations", "change-requests", CHANGE),
        ]
        after = await people.read(MANAGER, f"{CONTRACTS}/contracts/{before.id}", Contract)
        filed = await _first(people, f"documents?document_hash={HASH}", Document)
        content = f"{CONTRACTS}/documents/{filed.id}/content"
        told = await people.read("finance", content, DocumentContent)
        hidden = await people.call(ELSEWHERE, "GET", content)
        change = await _first(people, "change-requests?milestone=M3", ChangeRequest)

    assert turned_away == {
        "sales, with evidence": 403,
        "finance, with an order": 403,
        "a manager of another company": 404,
        "evidence before its document": 422,
    }
    assert brought == [201, 200, 200, 200, 200, 201]
    assert after.version == before.version + 2
    assert [each.evidence is not None for each in after.milestones] == [True, True, False]
    assert [each.number for each in after.purchase_orders] == ["PO-2"]
    assert (told.content, hidden.status) == (CERTIFICATE, 404)
    assert (change.status, change.requested_by) == (ChangeStatus.DRAFT, "Dr. Lang")


async def _first(people: People, query: str, into: type[T]) -> T:
    page = (await people.call(MANAGER, "GET", f"{CONTRACTS}/{query}")).read(Rows)
    return msgspec.convert(page.items[0], into)
