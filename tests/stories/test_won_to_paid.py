"""The engagement of Northwind's month, through public HTTP alone and compared to the cent."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from experience_apis.finance.views import InvoiceView
from process_apis.project_to_cash.records import Blocker, InvoiceStage
from tests.stories.books import BookedInvoice, done_twice
from tests.stories.engagement import EVENING, scene
from tests.stories.programs import NORTHWIND

PROJECT = "P-1001"


class ExpectedLine(Struct):
    """One line of an invoice."""

    kind: str
    net: Decimal
    employee: str | None = None
    quantity: Decimal | None = None
    rate: Decimal | None = None


class ExpectedInvoice(Struct):
    """An invoice as it must come out."""

    project: str
    issue_date: str
    client: str
    legal_entity: str
    currency: str
    lines: list[ExpectedLine]
    net: Decimal
    tax: Decimal
    gross: Decimal
    tax_category: str


class ExpectedProject(Struct):
    """What a project earned and cost."""

    currency: str
    revenue: Decimal
    labor_cost: Decimal
    margin: Decimal
    margin_pct: Decimal
    expenses: Decimal | None = None


class ExpectedBlocker(Struct):
    """Why an event was not ready."""

    code: str
    reason: str
    amount_at_risk: Decimal | None = None


class ExpectedReadiness(Struct):
    """The blockers by project."""

    blockers: dict[str, list[ExpectedBlocker]]


class Expected(Struct):
    """The firm's expected results, as far as this story tells them."""

    invoices: list[ExpectedInvoice]
    projects: dict[str, ExpectedProject]
    readiness: ExpectedReadiness


@pytest.fixture(scope="module")
def expected() -> Expected:
    """Read what the firm expects."""
    return msgspec.json.decode((NORTHWIND / "expected.json").read_bytes(), type=Expected)


async def test_a_won_deal_becomes_a_paid_invoice_for_the_expected_amounts(
    tmp_path: Path, expected: Expected
) -> None:
    """Every amount on the way is the expected one, and the ERP's own books say the same."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        set_up = (await engagement.set_up()).set_up
        blocked = await engagement.first_check()
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        await engagement.approved_by_all()
        posted = await engagement.invoice(InvoiceStage.POSTED)
        before_payment = await stage.posted_once()
        paid = await engagement.paid()
        path = f"/experience/delivery/v1/projects/{PROJECT}/progress"
        project = msgspec.json.decode(
            (await stage.people.call("finance", "GET", path)).body, type=_Progress
        )
        books = await stage.operator.books()
        code, said = await stage.gateway.run("verify")

    [invoice] = [each for each in expected.invoices if each.project == PROJECT]
    assert set_up is not None
    assert set_up.human_touches == 0
    assert set_up.machine_seconds is not None
    assert _told(blocked.first_blockers) == expected.readiness.blockers[PROJECT]
    assert _told_invoice(posted, project.client_number) == invoice
    assert (posted.expected, posted.posted) == (paid.expected, paid.paid)
    assert posted.difference is not None
    assert posted.difference.value == 0
    assert (before_payment.total, before_payment.amount_due) == (invoice.gross, invoice.gross)
    assert _booked(before_payment) == [
        (each.kind, each.employee, each.net) for each in invoice.lines
    ]
    assert (before_payment.subtotal, before_payment.tax_total) == (invoice.net, invoice.tax)
    assert before_payment.other_ref_num == "PO-77812"
    assert project.margin.told() == expected.projects[PROJECT]
    [booked] = books.invoices(PROJECT)
    [payment] = books.payments(PROJECT)
    assert (booked.status, booked.amount_due) == ("Paid In Full", Decimal(0))
    assert payment.payment == invoice.gross
    assert (len(books.workspaces(PROJECT)), len(books.jobs(PROJECT))) == (1, 1)
    assert done_twice(books) == []
    assert code == 0, said


class _Amount(Struct):
    amount: str
    currency: str


class _Margin(Struct):
    revenue: _Amount
    labor_cost: _Amount
    expenses: _Amount
    margin: _Amount
    margin_share: Decimal

    def told(self) -> ExpectedProject:
        """Return the figures in the expected shape."""
        return ExpectedProject(
            currency=self.revenue.currency,
            revenue=Decimal(self.revenue.amount),
            labor_cost=Decimal(self.labor_cost.amount),
            margin=Decimal(self.margin.amount),
            margin_pct=self.margin_share,
            expenses=Decimal(self.expenses.amount),
        )


class _Progress(Struct):
    client_number: str
    margin: _Margin


def _told(found: tuple[Blocker, ...]) -> list[ExpectedBlocker]:
    return [
        ExpectedBlocker(
            code=each.code,
            reason=each.reason,
            amount_at_risk=each.amount_at_risk.value if each.amount_at_risk else None,
        )
        for each in found
    ]


def _told_invoice(seen: InvoiceView, client: str) -> ExpectedInvoice:
    """Return an invoice in the expected shape; the ERP has a client number of its own."""
    return ExpectedInvoice(
        project=seen.project_number,
        issue_date=str(seen.issue_date),
        client=client,
        legal_entity=seen.legal_entity,
        currency=seen.net.currency,
        lines=[
            ExpectedLine(line.kind, line.net.value, line.employee, line.quantity, line.rate)
            for line in seen.lines
        ],
        net=seen.net.value,
        tax=seen.tax.value,
        gross=seen.expected.value,
        tax_category=seen.tax_category,
    )


def _booked(invoice: BookedInvoice) -> list[tuple[str, str | None, Decimal]]:
    return [(each.kind, each.employee, each.amount) for each in invoice.items]
