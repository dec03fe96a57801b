"""How much a company posts in a day: a bound that holds whoever approved, and whatever is away.

Rate limits bound calls, and may be switched off while their store is away. This one bounds
money, and is counted in the transaction that lets an invoice go to the books.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, delete, insert, select

from governance.access import current_caller
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.tables import posting_pace
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from process_apis.project_to_cash.rules import ApprovalPolicy, in_reporting_currency
from store.database import Store
from system_apis.errors import Refused

table = posting_pace


class PaceLimits(Struct, frozen=True, kw_only=True):
    """The most that each company posts in a day (UTC); None: without limit.

    `amount` is gross, in the reporting currency.
    """

    invoices: int | None = None
    amount: Decimal | None = None


class PostingPace(Struct, frozen=True):
    """Lets invoices go to the books as fast as the firm allows, and no faster."""

    store: Store
    billing: BillingLedger
    limits: PaceLimits
    policy: ApprovalPolicy
    clock: Callable[[], datetime]

    async def reserve(self, invoice: ClientInvoice) -> ClientInvoice:
        """Move an invoice to `posting`, and count it, in one transaction.

        Raises `Refused` with code `TOO_MUCH_IN_A_DAY`, and counts nothing.
        """
        by, day = current_caller(), self.clock().date()
        reserved = replace(invoice, stage=InvoiceStage.POSTING)

        def work(connection: Connection) -> ClientInvoice:
            self._count(connection, invoice, day)
            return self.billing.move(connection, reserved, seen=invoice, by=by)

        return await self.store.write(work)

    def _count(self, connection: Connection, invoice: ClientInvoice, day: date) -> None:
        company, gross = invoice.draft.legal_entity, invoice.draft.gross
        worth = in_reporting_currency(gross, self.policy)
        if worth is None and self.limits.amount is not None:
            raise self._refused(invoice, f"{gross.currency} has no rate to {self.policy.currency}")
        of_day = (table.c.legal_entity == company) & (table.c.day == day)
        row = connection.execute(select(table).where(of_day)).first()
        invoices = (row.invoices if row else 0) + 1
        amount = (Decimal(row.amount) if row else Decimal(0)) + (worth or 0)
        self._check(invoice, invoices, amount)
        connection.execute(delete(table).where(of_day))
        counted = {"invoices": invoices, "amount": str(amount)}
        connection.execute(insert(table).values(legal_entity=company, day=day, **counted))

    def _check(self, invoice: ClientInvoice, invoices: int, amount: Decimal) -> None:
        limits, currency = self.limits, self.policy.currency
        if limits.invoices is not None and invoices > limits.invoices:
            reason = f"it would be invoice {invoices} of the day, of at most {limits.invoices}"
            raise self._refused(invoice, reason)
        if limits.amount is not None and amount > limits.amount:
            reason = f"the day would come to {amount} {currency}, of at most {limits.amount}"
            raise self._refused(invoice, reason)

    def _refused(self, invoice: ClientInvoice, reason: str) -> Refused:
        company, gross = invoice.draft.legal_entity, invoice.draft.gross
        said = f"{company} does not post {gross} more today: {reason}"
        return Refused("strata", said, code="TOO_MUCH_IN_A_DAY")
