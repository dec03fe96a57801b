"""Posting in Tryton: what is an invoice and what a credit note, and why one is refused."""

from datetime import date

from system_apis.tryton.books import Books
from system_apis.tryton.periods import open_period
from system_apis.tryton.values import Day, Told

MODEL = "account.invoice"
OUTGOING = ["type", "=", "out"]
INCOMING = ["type", "=", "in"]
# Tryton knows one kind of document, and numbers those below nothing as credit notes.
BILLS = ["total_amount", ">=", 0]
CREDITS = ["total_amount", "<", 0]
UNPOSTED = {"draft", "validated"}


class Document(Told, frozen=True, kw_only=True):
    """What companies and others owe each other: an invoice, a credit note or a vendor's bill."""

    invoice_date: Day | None

    @property
    def issued(self) -> date:
        """Its day; until somebody names one, the day it was written."""
        return self.invoice_date.value if self.invoice_date else self.create_date.value.date()


async def explain(books: Books, company: int, issued: Day | None, kind: list[object]) -> None:
    """Raise `Refused` with the reason that the books themselves give for not posting."""
    if issued is None:
        return
    period = await open_period(books, company, issued.value)
    same_year = ["move.period.fiscalyear", "=", period.fiscalyear]
    numbered = [["company", "=", company], OUTGOING, kind, ["number", "!=", None]]
    later = [*numbered, ["invoice_date", ">", issued], same_year]
    if await books.wire.ids(MODEL, later, company=company):
        reason = f"a document of a day after {issued.value} has its number already"
        raise books.refusal(reason, "NUMBER_ORDER")
