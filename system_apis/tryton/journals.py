"""Journal entries in Tryton: moves of a journal of their own, found again by our key.

A move is written as a draft and then posted; what its description begins with is our key.
"""

from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.journals import Journal, JournalDraft, JournalLine
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.tryton.books import Books, Company, Ledger
from system_apis.tryton.payment_moves import BETWEEN
from system_apis.tryton.periods import open_period
from system_apis.tryton.values import Coded, Created, Day, Number, Told
from system_apis.tryton.wire import escaped

_POSTED = ["state", "=", "posted"]


class EntrySide(Struct, frozen=True):
    """One side of an entry; its description is the project that bears it."""

    debit: Number
    credit: Number
    account: Coded
    description: str | None


class _Own(Struct, frozen=True):
    id: int
    currency: Coded


class EntryMove(Told, frozen=True, kw_only=True):
    """An entry as Tryton has it."""

    model: ClassVar[str] = "account.move"
    fields: ClassVar[tuple[str, ...]] = (
        *("number", "date", "state", "description", "company.currency.code"),
        *("lines.debit", "lines.credit", "lines.account.code", "lines.description"),
        *("create_date", "write_date"),
    )

    number: str | None
    date: Day
    state: str
    description: str | None
    company: _Own
    lines: list[EntrySide]

    @property
    def key(self) -> str:
        """The key that it was booked with."""
        return (self.description or "").partition(BETWEEN)[0]

    def canonical(
        self, journal_id: str, instance: str, legal_entity: str, ledger: Ledger
    ) -> Journal:
        """Say the same in our words."""
        currency = self.company.currency.code or ""
        named = {code: account for account, code in ledger.accounts.items()}
        return Journal(
            id=journal_id,
            number=self.number,
            reference=self.key,
            legal_entity=legal_entity,
            date=self.date.value,
            description=(self.description or "").partition(BETWEEN)[2],
            currency=currency,
            lines=tuple(
                JournalLine(
                    account=named[each.account.code or ""],
                    project_number=each.description,
                    debit=Money.of(each.debit.value, currency),
                    credit=Money.of(each.credit.value, currency),
                )
                for each in sorted(self.lines, key=lambda line: line.credit.value > 0)
            ),
            source=self.source(instance, "journal"),
            version=self.version,
        )


class _NewSide(Struct, frozen=True):
    account: int
    debit: Number
    credit: Number
    description: str | None


class _NewEntry(Struct, frozen=True):
    company: int
    journal: int
    period: int
    date: Day
    description: str
    lines: tuple[tuple[str, list[_NewSide]]]


class Journals:
    """What is booked in the companies' books without a document."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def one(self, journal_id: str) -> Journal:
        """Return one entry, or raise `NotFound`."""
        record_id = await self._books.record("journal", journal_id)
        domain = [*self._domain(), _POSTED]
        return await self._canonical(await self._books.the(EntryMove, record_id, *domain))

    async def page(self, legal_entity: str | None, cursor: str | None) -> Page[Journal]:
        """Return entries in the order they were written, a page at a time."""
        domain = [*self._domain(), _POSTED]
        if legal_entity is not None:
            domain.append(["company", "=", self._books.company(legal_entity).id])
        moves = await self._books.page(EntryMove, domain, cursor)
        return Page([await self._canonical(each) for each in moves.items], moves.next_cursor)

    async def by_key(self, key: str) -> Journal | None:
        """Return the posted entry that was booked with this key, if any."""
        found = [each for each in await self._written(key) if each.state == "posted"]
        return await self._canonical(found[0]) if found else None

    async def record(self, draft: JournalDraft, key: str) -> Journal:
        """Book an entry once: as a draft that our key finds again, which is then posted."""
        company = self._books.company(draft.legal_entity)
        written = await self._written(key)
        if not written:
            new = await self._new(company, draft, key)
            reply = await self._books.wire.create(EntryMove.model, new, company=company.id)
            reply.read(Created)
            written = await self._written(key)
        [move] = written[:1]
        if move.state != "posted":
            wire = self._books.wire
            reply = await wire.act(EntryMove.model, move.id, "post", company=company.id)
            [move] = (await self._written(key))[:1]
            if move.state != "posted":
                reply.read(Created)
        return await self._canonical(move)

    async def _new(self, company: Company, draft: JournalDraft, key: str) -> _NewEntry:
        """Return the entry to write, or raise `Refused` naming what is not set up."""
        books, ledger = self._books, company.ledger
        if ledger is None:
            reason = f"book {draft.description} of {draft.legal_entity} by hand"
            raise books.refusal(reason, "NOT_OFFERED")
        ours = [["id", "=", company.id], ["currency.code", "=", draft.currency]]
        if not await books.wire.ids("company.company", ours):
            reason = f"{draft.legal_entity} does not keep its books in {draft.currency}"
            raise books.refusal(reason, "CURRENCY_MISMATCH")
        period = await open_period(books, company.id, draft.date)
        sides = [await self._side(company, ledger, each) for each in draft.lines]
        return _NewEntry(
            company=company.id,
            journal=await self._journal(ledger),
            period=period.id,
            date=Day.of(draft.date),
            description=f"{key}{BETWEEN}{draft.description}",
            lines=(("create", sides),),
        )

    async def _side(self, company: Company, ledger: Ledger, line: JournalLine) -> _NewSide:
        code = ledger.accounts.get(line.account, "")
        domain = [["company", "=", company.id], ["code", "=", code]]
        named = f"account {code} for {line.account}"
        return _NewSide(
            account=await self._books.only("account.account", domain, named, company),
            debit=Number(line.debit.amount),
            credit=Number(line.credit.amount),
            description=line.project_number,
        )

    async def _journal(self, ledger: Ledger) -> int:
        named = [["code", "=", ledger.journal]]
        return await self._books.only("account.journal", named, f"journal {ledger.journal}")

    def _domain(self) -> list[object]:
        """Return the domain of the entries of companies whose ledger we were told."""
        keeping = [each for each in self._books.companies if each.ledger]
        codes = sorted({each.ledger.journal for each in keeping if each.ledger})
        ids = [each.id for each in keeping]
        return [["company", "in", ids], ["journal.code", "in", codes]]

    async def _written(self, key: str) -> list[EntryMove]:
        said = ["description", "like", escaped(key + BETWEEN) + "%"]
        found = await self._books.wire.search(EntryMove, [*self._domain(), said])
        return [each for each in found if each.key == key]

    async def _canonical(self, move: EntryMove) -> Journal:
        (id_,) = await self._books.references.ids_of("journal", [str(move.id)])
        entity = self._books.legal_entity(move.company.id)
        ledger = self._books.company(entity).ledger or Ledger(journal="", accounts={})
        return move.canonical(id_, self._books.instance, entity, ledger)
