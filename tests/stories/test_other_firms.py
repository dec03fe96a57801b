"""Nothing in the gateway knows Northwind: another firm's engagements go through as well."""

from pathlib import Path

from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.books import done_twice
from tests.stories.engagement import Engagement, scene
from tests.stories.invented_firm import SALES, write_firm


async def test_half_units_are_posted_as_expected_in_three_currencies(tmp_path: Path) -> None:
    """Expected, posted and booked totals agree to the last unit of EUR, JPY and KWD."""
    firm = write_firm(tmp_path / "firm")
    posted = {}
    async with scene(tmp_path, firm=firm, begins="2027-02-01T00:00:00+00:00") as stage:
        engagements = [Engagement(stage.people, each.project) for each in SALES]
        for engagement in engagements:
            await engagement.set_up()
        await stage.engagement.at("2027-02-28T09:00:00Z")
        for engagement in engagements:
            for who in ("project_manager", "finance"):
                await engagement.approve(who, f"{engagement.project}: invoice of")
            posted[engagement.project] = await engagement.invoice(InvoiceStage.POSTED)
        books = await stage.operator.books()

    for sale in SALES:
        seen, [booked] = posted[sale.project], books.invoices(sale.project)
        assert (seen.net.value, seen.tax.value) == (sale.net, sale.tax)
        assert seen.net.currency == booked.currency == sale.currency
        assert seen.posted == seen.expected
        assert (booked.subtotal, booked.tax_total) == (sale.net, sale.tax)
        assert booked.total == seen.expected.value == sale.net + sale.tax
        assert booked.tran_id == seen.number
    assert done_twice(books) == []
