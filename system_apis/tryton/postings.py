"""Posting in Tryton: what is an invoice and what a credit note, and why one is refused."""

from system_apis.tryton.books import Books
from system_apis.tryton.periods import periods
from system_apis.tryton.values import Day

MODEL = "account.invoice"
OUTGOING = ["type", "=", "out"]
INCOMING = ["type", "=", "in"]
# Tryton knows one kind of document, and numbers those below nothing as credit notes.
BILLS = ["total_amount", ">=", 0]
CREDITS = ["total_amount", "<", 0]
UNPOSTED = {"draft", "validated"}


async def explain(books: Books, company: int, issued: Day | None, kind: list[object]) -> None:
    """Raise `Refused` with the reason that the books themselves give for not posting."""
    if issued is None:
        return
    found = await periods(books.wire, company, issued.value)
    if not any(each.is_open for each in found):
        raise books.refusal(f"no open period on {issued.value}", "PERIOD_CLOSED")
    same_year = ["move.period.fiscalyear", "=", found[0].fiscalyear]
    numbered = [["company", "=", company], OUTGOING, kind, ["number", "!=", None]]
    later = [*numbered, ["invoice_date", ">", issued], same_year]
    if await books.wire.ids(MODEL, later, company=company):
        reason = f"a document of a day after {issued.value} has its number already"
        raise books.refusal(reason, "NUMBER_ORDER")
