"""What the ERP owns of a client and somebody changes in the CRM is decided by a person."""

from pathlib import Path

import msgspec
from msgspec import Struct, field

from experience_apis.worklist.v1 import Worklist
from tests.stories.engagement import Scene, scene
from tests.stories.people import until

ACCOUNT = "001A01"
ASKED = "CL-1: tax id is"
EDITED = "99-1234567"


class _Customer(Struct, rename="camel"):
    entity_id: str
    vat_reg_number: str | None = None


class _Entry(Struct):
    action: str
    reason: str | None = None


class _Entries(Struct):
    items: list[_Entry] = field(default_factory=list)


async def test_a_tax_id_that_sales_edits_is_referred_to_finance_and_not_overwritten(
    tmp_path: Path,
) -> None:
    """The steward sees both values; who owns the books is told, and changes them or not."""
    async with scene(tmp_path) as stage:
        await stage.engagement.set_up()
        kept = await _in_books(stage)
        await stage.clerks.edit_account("crm", ACCOUNT, Tax_Id__c=EDITED)
        item = await stage.engagement.asked("steward", ASKED)
        await stage.engagement.decide("steward", item)
        case = await stage.engagement.asked("finance", "CLIENT_CHANGE_FOR_FINANCE")
        after = await _in_books(stage)
        audited = await stage.people.read(
            "operator", "/governance/v1/audit?stream=decisions", _Entries
        )

    assert EDITED in item.title
    assert kept in item.title
    assert kept in case.title
    assert after == kept
    told = [each for each in audited.items if EDITED in (each.reason or "")]
    assert {each.action for each in told} >= {"approval.requested", "exception.opened"}


async def test_what_a_steward_keeps_is_not_asked_again(tmp_path: Path) -> None:
    """Another edit of the same account brings no second question about the same values."""
    async with scene(tmp_path) as stage:
        await stage.engagement.set_up()
        kept = await _in_books(stage)
        await stage.clerks.edit_account("crm", ACCOUNT, Tax_Id__c=EDITED)
        item = await stage.engagement.asked("steward", ASKED)
        await stage.engagement.decide("steward", item, "reject")
        await stage.clerks.edit_account("crm", ACCOUNT, Website="contoso.example")
        await stage.settled()
        left = [
            each.title
            for who in ("steward", "finance")
            for each in (await stage.people.read(who, "/experience/worklist/v1/", Worklist)).items
        ]
        after = await _in_books(stage)

    assert [title for title in left if "tax id" in title] == []
    assert after == kept


async def _in_books(stage: Scene) -> str:
    """Return the client's tax id as the ERP has it."""

    async def there() -> str | None:
        books = (await stage.operator.books()).instances["erp-a"]
        found = [msgspec.json.decode(each, type=_Customer) for each in books.customer]
        return next((c.vat_reg_number for c in found if c.entity_id == "CUST-1001"), None)

    return await until(there, "the client in the books")
