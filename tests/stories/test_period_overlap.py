"""A month of a retainer that somebody billed across its end by hand is not billed once more."""

from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from process_apis.adoption.records import Finding
from process_apis.adoption.v1 import FindingList
from tests.stories.clerks import KeyedInvoice, KeyedLine
from tests.stories.engagement import Scene, scene
from tests.stories.owing_firm import BEGINS, contract, write_firm
from tests.stories.people import until

PROJECT = "W-A"
FINDINGS = "/process/adoption/v1/findings"


class _Customer(Struct, rename="camel"):
    entity_id: str


async def test_a_retainer_month_that_an_adopted_invoice_reaches_into_waits_for_finance(
    tmp_path: Path,
) -> None:
    """15 February to 14 March is billed: March is settled by it, February is kept back."""
    sold = [
        contract(
            PROJECT, "KWD", "RETAINER", monthly="500", included_hours="10", overage_rate="33.333"
        )
    ]
    firm = write_firm(tmp_path / "firm", sold, currency="KWD")
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at("2027-02-15T09:00:00Z")
        number = await stage.clerks.invoice("books", await _by_hand(stage))
        finding = await _found(stage)
        sources = {
            "period_start": "2027-02-15",
            "period_end": "2027-03-14",
            "whole_period": True,
        }
        wish = {"reason": "agreed with the client", "sources": sources}
        path = f"{FINDINGS}/{finding.id}/adoption"
        adopted = await stage.people.call("finance", "POST", path, wish)
        await engagement.at("2027-02-28T09:00:00Z")
        blocked = await engagement.blocked_only_by("B10", "2027-02-28")

    assert adopted.status == 200, adopted.body
    [blocker] = blocked.blockers
    assert (blocker.reason, blocker.owner) == ("PERIOD_OVERLAP", "finance")
    assert f"{number} bills 2027-02-15 to 2027-03-14" in blocker.remedy


async def _by_hand(stage: Scene) -> KeyedInvoice:
    books = (await stage.operator.books()).instances["books"]
    [customer] = [msgspec.json.decode(each, type=_Customer) for each in books.customer]
    return KeyedInvoice(
        project=PROJECT,
        entity="KB-1",
        customer=customer.entity_id,
        currency="KWD",
        on=date(2027, 2, 15),
        lines=(KeyedLine(None, "1", "500", kind="retainer"),),
        tax_code="S",
        tax_rate="0.05",
    )


async def _found(stage: Scene) -> Finding:
    async def there() -> Finding | None:
        items = (await stage.people.read("finance", FINDINGS, FindingList)).items
        return items[0] if items else None

    return await until(there, "a finding for finance")
