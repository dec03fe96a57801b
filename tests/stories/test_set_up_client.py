"""A deal whose client only looks like one in the books waits for a steward."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from process_apis.engagements import EngagementStatus
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from system_apis.crm.v2 import ClientRecord
from tests.stories.engagement import scene
from tests.stories.programs import NORTHWIND


async def test_a_steward_says_that_it_is_the_client_in_the_books(tmp_path: Path) -> None:
    """The project opens with that client, who has one id of ours from then on."""
    firm = _firm_whose_books_have_no_tax_id(tmp_path / "firm")
    async with scene(tmp_path, firm=firm) as stage:
        await stage.engagement.approve("steward", "one client?")
        project = await stage.engagement.set_up()
        books = (await stage.operator.books()).instances["erp-a"]
        sold = await stage.people.read(
            "finance", "/system/crm/v2/clients?number=CL-1", Page[ClientRecord]
        )
        booked = await stage.people.read(
            "finance", "/system/erp/v1/clients?number=CUST-1001", Page[Client]
        )

    assert project.status is EngagementStatus.ACTIVE
    assert project.set_up is not None
    assert project.set_up.human_touches == 1
    assert len(books.customer) == 3
    assert sold.items[0].id == booked.items[0].id


async def test_one_steward_decides_about_every_client_that_is_alike(tmp_path: Path) -> None:
    """A firm has one steward, and two customers whose names are like the client's."""
    alike = [("CUST-1001", "Contoso Healthcare"), ("CUST-1009", "Contoso Healths")]
    firm = _firm_whose_books_have_no_tax_id(tmp_path / "firm", alike)
    async with scene(tmp_path, firm=firm) as stage:
        other = await stage.engagement.asked("steward", "CUST-1009")
        await stage.engagement.decide("steward", other, "reject")
        await stage.engagement.approve("steward", "CUST-1001")
        project = await stage.engagement.set_up()

    assert project.status is EngagementStatus.ACTIVE


async def test_a_steward_says_that_it_is_another_firm(tmp_path: Path) -> None:
    """Then the client is new to the books, which finance approves."""
    firm = _firm_whose_books_have_no_tax_id(tmp_path / "firm")
    async with scene(tmp_path, firm=firm) as stage:
        question = await stage.engagement.asked("steward", "one client?")
        await stage.engagement.decide("steward", question, "reject")
        new = await stage.engagement.asked("finance", "NEW_CLIENT")
        untouched = (await stage.operator.books()).instances["erp-a"]
        await stage.engagement.decide("finance", new)
        project = await stage.engagement.set_up()
        books = (await stage.operator.books()).instances["erp-a"]

    assert "Contoso Health Inc. is new to NWA-US" in new.title
    assert project.status is EngagementStatus.ACTIVE
    assert (len(untouched.customer), len(books.customer)) == (3, 4)


def _firm_whose_books_have_no_tax_id(
    folder: Path, customers: Sequence[tuple[str, str]] = (("CUST-1001", "Contoso Healthcare"),)
) -> Path:
    """Return Northwind with customers in its books who have other names and no number."""
    facts = msgspec.json.decode(
        (NORTHWIND / "fixture.json").read_bytes(), type=dict[str, msgspec.Raw]
    )
    held = msgspec.json.decode(facts["client_records"], type=list[msgspec.Raw])
    for record, name in customers:
        customer = {"system": "erp-a", "record": record, "name": name}
        held.append(msgspec.Raw(msgspec.json.encode(customer)))
    facts["client_records"] = msgspec.Raw(msgspec.json.encode(held))
    folder.mkdir()
    (folder / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return folder
