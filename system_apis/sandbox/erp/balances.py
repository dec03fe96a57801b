"""What a customer owes each subsidiary, as the ERP works it out of its documents."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from system_apis.sandbox.erp.crediting import Crediting
from system_apis.sandbox.erp.invoicing import Invoicing
from system_apis.sandbox.erp.masters import Masters
from system_apis.sandbox.erp.receivables import Receivables
from system_apis.sandbox.erp.records import CustomerSubsidiary
from system_apis.sandbox.exchange import Answer, Call, Route, numbers

_UNPOSTED = {"Draft", "Voided"}
Part = tuple[str, str, Decimal]


class BalanceList(Struct, frozen=True):
    """A customer's balances, one for each subsidiary and currency."""

    items: list[CustomerSubsidiary]


class Balances:
    """The balances of one ERP's customers."""

    def __init__(
        self, masters: Masters, invoicing: Invoicing, crediting: Crediting, received: Receivables
    ) -> None:
        self._masters, self._invoicing = masters, invoicing
        self._crediting, self._received = crediting, received

    def routes(self) -> list[Route]:
        """Return the address of balances."""
        return [Route("balances", "GET", "/record/v1/customerSubsidiaryRelationship", self._of)]

    def _of(self, call: Call) -> Answer:
        number = call.query.get("entityId", "")
        owed = defaultdict[tuple[str, str], Decimal](Decimal)
        for subsidiary, currency, amount in self._parts(number):
            owed[subsidiary, currency] += amount
        found = [
            CustomerSubsidiary(
                entity=customer.record.id, subsidiary=subsidiary, currency=currency, balance=balance
            )
            for customer in self._masters.customers.find({"entity_id": number})
            for (subsidiary, currency), balance in sorted(owed.items())
        ]
        return Answer(body=numbers(BalanceList(found)))

    def _parts(self, number: str) -> Iterator[Part]:
        """Yield what is due on each invoice, and what of credits and payments no invoice took."""
        for invoice in self._invoicing.invoices.find({"entity": number}):
            if invoice.record.status not in _UNPOSTED:
                yield invoice.record.subsidiary, invoice.record.currency, invoice.record.amount_due
        for memo in self._crediting.memos.find({"entity": number}):
            if memo.record.status not in _UNPOSTED:
                left = memo.record.total - memo.record.applied
                yield memo.record.subsidiary, memo.record.currency, -left
        for payment in self._received.payments.find({"customer": number}):
            yield payment.record.subsidiary, payment.record.currency, -payment.record.unapplied
