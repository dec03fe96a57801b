"""Half cents: what is expected is what is posted on every ERP, whichever way it rounds."""

from decimal import Decimal
from pathlib import Path

import pytest

from experience_apis.finance.views import InvoiceView
from process_apis.project_to_cash.records import InvoiceStage
from tests.real.half_cent_firm import PROJECT, half_cent_firm
from tests.real.tryton.clerk import clerk_at
from tests.real.tryton.server import Tryton
from tests.real.tryton_scene import tryton_scene
from tests.stories.engagement import EVENING, Engagement, scene

Totals = tuple[Decimal, Decimal, Decimal]


@pytest.mark.parametrize(
    ("rounding", "line", "totals"),
    [
        ("half_up", "515.63", ("1546.89", "293.91", "1840.80")),
        ("half_even", "515.62", ("1546.86", "293.90", "1840.76")),
    ],
)
async def test_the_sandbox_posts_half_cents_as_its_declared_rounding_expects(
    tmp_path: Path, rounding: str, line: str, totals: tuple[str, str, str]
) -> None:
    """Three lines of 2.75 h x 187.50 and their tax are expected and posted to the same cent."""
    firm = half_cent_firm(tmp_path / "firm", rounding)
    async with scene(tmp_path, firm=firm, project=PROJECT) as stage:
        posted = await _posted(stage.engagement)
        booked = await stage.posted_once()

    assert _lines(posted) == [Decimal(line)] * 3
    assert _expected(posted) == _amounts(*totals)
    assert posted.posted == posted.expected
    assert (booked.subtotal, booked.tax_total, booked.total) == _amounts(*totals)


@pytest.mark.real
async def test_tryton_posts_half_cents_as_we_expect_of_it(
    own_tryton: Tryton, tmp_path: Path
) -> None:
    """Tryton rounds lines half-even and takes the tax of the sum before it was rounded."""
    firm = half_cent_firm(tmp_path / "firm", "half_up")
    async with tryton_scene(tmp_path, own_tryton, firm=firm, project=PROJECT) as stage:
        posted = await _posted(stage.engagement)
    with clerk_at(own_tryton) as clerk:
        [booked] = clerk.invoices(f"INV:{posted.id}")

    assert _lines(posted) == [Decimal("515.62")] * 3
    assert _expected(posted) == _amounts("1546.86", "293.91", "1840.77")
    assert posted.posted == posted.expected
    assert (booked.net, booked.tax, booked.gross) == _expected(posted)
    assert (booked.number, booked.state) == (posted.number, "posted")


async def _posted(engagement: Engagement) -> InvoiceView:
    """Carry the firm's month from the won deal to the posted invoice."""
    await engagement.set_up()
    await engagement.first_check()
    await engagement.at(EVENING)
    await engagement.approve("project_manager", "invoice of")
    return await engagement.invoice(InvoiceStage.POSTED)


def _lines(invoice: InvoiceView) -> list[Decimal]:
    return [each.net.value for each in invoice.lines]


def _expected(invoice: InvoiceView) -> Totals:
    return invoice.net.value, invoice.tax.value, invoice.expected.value


def _amounts(net: str, tax: str, gross: str) -> Totals:
    return Decimal(net), Decimal(tax), Decimal(gross)
