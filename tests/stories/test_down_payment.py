"""What a client pays first is invoiced first, and taken off later invoices until it is used up."""

from pathlib import Path

from experience_apis.finance.v1 import InvoicePage
from experience_apis.finance.views import InvoiceView
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from system_apis.canonical.billing import LineKind
from tests.stories.engagement import Engagement, scene
from tests.stories.owing_firm import BEGINS, subscription, write_firm
from tests.stories.people import until

PROJECT = "W-A"


async def test_a_down_payment_is_taken_off_until_it_is_used_up(tmp_path: Path) -> None:
    """Of 15,001 JPY paid first, February takes 10,001 and March the other 5,000."""
    first = {"amount": "15001", "invoiced_on": "2027-02-01"}
    sold = [subscription(PROJECT, "10001", "JPY", down_payment=first)]
    firm = write_firm(tmp_path / "firm", sold, currency="JPY")
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at("2027-02-01T09:00:00Z")
        await engagement.asked("project_manager", "invoice of 15,751 JPY")
        waiting = await _february(engagement)
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 15,751 JPY")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 0 JPY")
        await engagement.at("2027-03-01T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 5,251 JPY")
        await engagement.at("2027-04-01T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 10,501 JPY")
        bills = await posted_invoices(engagement, 4)
        booked = (await stage.operator.books()).invoices(PROJECT)

    assert waiting == ["DOWN_PAYMENT_NOT_INVOICED"]
    assert [_told(each) for each in bills] == [
        [(LineKind.DOWN_PAYMENT, "15001")],
        [(LineKind.SUBSCRIPTION, "10001"), (LineKind.DOWN_PAYMENT_APPLIED, "-10001")],
        [(LineKind.SUBSCRIPTION, "10001"), (LineKind.DOWN_PAYMENT_APPLIED, "-5000")],
        [(LineKind.SUBSCRIPTION, "10001")],
    ]
    assert [each.tax.amount for each in bills] == ["750", "0", "250", "500"]
    assert all(each.posted == each.expected for each in bills)
    assert sorted(each.total for each in booked) == [0, 5251, 10501, 15751]


async def _february(engagement: Engagement) -> list[str]:
    async def checked() -> list[str] | None:
        event = await engagement.readiness("2027-02-28")
        blocked = event.status is EventStatus.BLOCKED
        return [each.reason for each in event.blockers] if blocked else None

    return await until(checked, "the check of February")


async def posted_invoices(engagement: Engagement, count: int) -> list[InvoiceView]:
    """Wait until so many invoices are posted, and return them by issue date."""

    async def there() -> list[InvoiceView] | None:
        path = "/experience/finance/v1/invoices"
        found = (await engagement.people.read("finance", path, InvoicePage)).items
        done = [each for each in found if each.stage is InvoiceStage.POSTED]
        return done if len(done) == count else None

    found = await until(there, f"{count} posted invoices")
    return sorted(found, key=lambda each: (each.issue_date, str(each.number)))


def _told(bill: InvoiceView) -> list[tuple[LineKind, str]]:
    return [(each.kind, each.net.amount) for each in bill.lines]
