"""Which records of CRM and ERPs stand for one client, and which only look as if they did."""

from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from process_apis.client_matching.register import KnownMatch
from process_apis.client_matching.rules import Verdict
from process_apis.client_matching.v1 import MatchList
from process_apis.runs import Run
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from system_apis.crm.v2 import ClientRecord
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.programs import NORTHWIND

API = "/process/client-matching/v1"


class ExpectedMatch(Struct):
    """What is expected of two records."""

    left: str
    right: str
    expect: Verdict


class Facts(Struct):
    """The answers in the firm's facts."""

    client_matches: list[ExpectedMatch]


@pytest.fixture(scope="module")
def expected() -> list[ExpectedMatch]:
    """Read what the firm expects."""
    return msgspec.json.decode((NORTHWIND / "fixture.json").read_bytes(), type=Facts).client_matches


async def test_equal_numbers_link_alike_names_are_asked_about_and_two_tax_ids_are_two_firms(
    tmp_path: Path, expected: list[ExpectedMatch]
) -> None:
    """A steward's no is remembered: the next scan asks nothing."""
    async with scene(tmp_path) as stage:
        await _scan(stage, "first")
        found = await _matches(stage)
        question = await stage.engagement.asked("steward", "Contoso Healthcare")
        await stage.engagement.decide("steward", question, "reject")
        await _decided(stage)
        await _scan(stage, "second")
        after = await _matches(stage)
        crm, erp = await _ids(stage, "CL-4", "C-77")
        code, said = await stage.gateway.run("audit", "verify")

    assert {(e.left, e.right): _of(found, e.left, e.right).verdict for e in expected} == {
        (e.left, e.right): e.expect for e in expected
    }
    assert crm == erp, "one tax id is one client under one id of ours"
    assert {each.verdict for each in after if "C-81" in {each.left_record, each.right_record}} == {
        Verdict.DIFFERENT
    }
    assert "names score 87.5" in question.title
    assert code == 0, said


async def test_a_stewards_yes_makes_two_records_one_client(tmp_path: Path) -> None:
    """The cross reference names who verified it."""
    async with scene(tmp_path) as stage:
        await _scan(stage, "first")
        question = await stage.engagement.asked("steward", "Contoso Healthcare")
        refused = await stage.engagement.decide("finance", question)
        await stage.engagement.approve("steward", "Contoso Healthcare")
        await _decided(stage)
        crm, erp = await _ids(stage, "CL-1", "C-81")
        match = _of(await _matches(stage), "CUST-1001", "C-81")

    assert refused.status == 404
    assert crm == erp
    assert (match.verdict, match.decided_by) == (Verdict.LINK, "U-ST1")


async def test_only_who_may_has_clients_compared(tmp_path: Path) -> None:
    """A project manager neither scans nor reads; the same occasion is one run."""
    async with scene(tmp_path) as stage:
        body = {"occasion": "October"}
        refused = [
            await stage.people.call("project_manager", "POST", f"{API}/scans", body),
            await stage.people.call("project_manager", "GET", f"{API}/matches"),
        ]
        first = (await stage.people.call("steward", "POST", f"{API}/scans", body)).read(Run)
        again = (await stage.people.call("steward", "POST", f"{API}/scans", body)).read(Run)

    assert [each.status for each in refused] == [403, 403]
    assert first.key == again.key


async def _scan(stage: Scene, occasion: str) -> None:
    """Have all records compared, and wait until it is done."""

    async def done() -> bool:
        answer = await stage.people.call("steward", "POST", f"{API}/scans", {"occasion": occasion})
        return answer.read(Run).status == "done"

    await until(done, f"the {occasion} scan")


async def _decided(stage: Scene) -> None:
    """Wait until what the steward said is written down."""

    async def written() -> bool:
        return any(each.decided_by for each in await _matches(stage))

    await until(written, "the steward's decision")


async def _matches(stage: Scene) -> list[KnownMatch]:
    return (await stage.people.read("steward", f"{API}/matches", MatchList)).items


async def _ids(stage: Scene, sold: str, booked: str) -> tuple[str, str]:
    """Return our ids of a client in the CRM and of one in the ERPs."""
    path = f"/system/crm/v2/clients?number={sold}"
    crm = await stage.people.read("steward", path, Page[ClientRecord])
    found, cursor = [], ""
    path = f"/system/erp/v1/clients?number={booked}"
    while not found:
        page = await stage.people.read("steward", path + cursor, Page[Client])
        found, cursor = page.items, f"&cursor={page.next_cursor}"
    return crm.items[0].id, found[0].id


def _of(found: list[KnownMatch], one: str, other: str) -> KnownMatch:
    """Return what is known of two records, whichever stands left."""
    [match] = [each for each in found if {each.left_record, each.right_record} == {one, other}]
    return match
