"""A bookkeeper at the same Tryton, who uses its official client and none of our code."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct
from naiad import Client, Record  # type: ignore[import-untyped] # it has no types

from tests.real.tryton.documents import Document, posted
from tests.real.tryton.server import Tryton


class Booked(Struct, frozen=True):
    """An invoice as it stands in Tryton's books."""

    number: str | None
    state: str
    net: Decimal
    tax: Decimal
    gross: Decimal


class Clerk:
    """What only a person does in the books, and what a person sees there."""

    def __init__(self, client: Client, tryton: Tryton) -> None:
        self._client = client
        self._companies = tryton.seeded.companies

    def invoices(self, reference: str) -> list[Booked]:
        """Return the invoices of a reference."""
        fields = ["number", "state", "untaxed_amount", "tax_amount", "total_amount"]
        found = self._client.search(
            "account.invoice", [("reference", "=", reference)], fields=fields
        )
        return [
            Booked(each.number, each.state, each.untaxed_amount, each.tax_amount, each.total_amount)
            for each in found
        ]

    def documents(self) -> list[Document]:
        """Return all that was ever posted to clients, company by company as it is numbered."""
        return posted(self._client, self._companies)

    def owed(self, reference: str) -> Decimal:
        """Return what a client still has to pay on the invoice of a reference."""
        (found,) = self._client.search(
            "account.invoice", [("reference", "=", reference)], fields=["amount_to_pay"]
        )
        return Decimal(found.amount_to_pay)

    def bookings(self, key: str) -> list[str]:
        """Return the states of the bookings that were made with a key of ours."""
        found = self._client.search(
            "account.move", [("description", "like", f"{key} |%")], fields=["state"]
        )
        return [each.state for each in found]

    def give_back(self, legal_entity: str, client: str, amount: Decimal, on: date) -> None:
        """Send money on account back to the client, as a bookkeeper does by hand."""
        company = self._companies[legal_entity]
        period = self._period(legal_entity, on).id
        [kept] = self._way(company.on_account or "", company.id)
        [bank] = self._way(company.payment_method, company.id)
        [party] = self._client.search("party.party", [("code", "=", client)])
        sides = [
            {
                "account": kept.debit_account,
                "debit": amount,
                "credit": Decimal(0),
                "party": party.id,
            },
            {"account": bank.credit_account, "debit": Decimal(0), "credit": amount},
        ]
        move = self._client.create(
            "account.move",
            {
                "company": company.id,
                "journal": bank.journal,
                "period": period,
                "date": on,
                "lines": [("create", sides)],
            },
        )
        self._client.action("account.move", "post", id=move.id)

    def _way(self, name: str, company: int) -> list[Record]:
        fields = ["journal", "debit_account", "credit_account"]
        named = [("name", "=", name), ("company", "=", company)]
        return list(self._client.search("account.invoice.payment.method", named, fields=fields))

    def revenue_of(self, project_number: str) -> Decimal:
        """Return what a project earned according to its analytic account."""
        (account,) = self._client.search(
            "analytic_account.account", [("code", "=", project_number)], fields=["balance"]
        )
        return Decimal(account.balance)

    def party_codes(self, code: str) -> list[str]:
        """Return the codes of the parties with this code."""
        found = self._client.search("party.party", [("code", "=", code)], fields=["code"])
        return [each.code for each in found]

    def delete_draft(self, reference: str) -> None:
        """Delete the draft invoice of a reference, as if it had never been."""
        (draft,) = self._client.search("account.invoice", [("reference", "=", reference)])
        self._client.delete(draft)

    def close_period(self, legal_entity: str, on: date) -> None:
        """Close the month that a date falls in."""
        self._client.action(self._period(legal_entity, on), "close")

    def _period(self, legal_entity: str, on: date) -> Record:
        within = [("start_date", "<=", on), ("end_date", ">", on - timedelta(days=1))]
        company = ("company", "=", self._companies[legal_entity].id)
        (period,) = self._client.search("account.period", [company, *within])
        return period


@contextmanager
def clerk_at(tryton: Tryton) -> Iterator[Clerk]:
    """Give a bookkeeper a seat at a running Tryton, until the block ends."""
    ids = [company.id for company in tryton.seeded.companies.values()]
    client = Client(
        f"{tryton.base_url}/{tryton.seeded.database}",
        tryton.seeded.clerk_key,
        context={"company": ids[0], "companies": ids},
        timeout=60,
    )
    try:
        yield Clerk(client, tryton)
    finally:
        client.client.close()
