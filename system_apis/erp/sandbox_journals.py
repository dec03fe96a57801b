"""Journal entries of the sandbox ERP, in NetSuite's own words, and how they say the same in ours.

NetSuite's words: https://system.netsuite.com/help/helpcenter/en_US/APIs/REST_API_Browser
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.journals import Journal, JournalDraft, JournalLine, LedgerAccount
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page, Source
from system_apis.connector import References, worded
from system_apis.erp.sandbox_wire import Wire, next_cursor, only, seen

# The chart of accounts of the sandbox firm's subsidiaries.
_ACCOUNTS = {
    "5100": LedgerAccount.SUBCONTRACT_COST,
    "2150": LedgerAccount.ACCRUED_LIABILITY,
}
_NUMBERS = {ours: theirs for theirs, ours in _ACCOUNTS.items()}
_RECORD = "journalEntry"


class EntryLine(Struct, frozen=True, rename="camel"):
    """One side of an entry; `job` is the project that bears it."""

    account: str
    job: str | None
    debit: Decimal
    credit: Decimal


class JournalEntry(Struct, frozen=True, rename="camel"):
    """A posted entry."""

    id: str
    transaction_number: str
    external_id: str | None
    subsidiary: str
    currency: str
    tran_date: date
    memo: str
    lines: tuple[EntryLine, ...]
    revision: int
    last_modified_date: datetime

    def canonical(self, journal_id: str, instance: str) -> Journal:
        """Say the same in our words."""
        return Journal(
            id=journal_id,
            number=self.transaction_number,
            reference=self.external_id,
            legal_entity=self.subsidiary,
            date=self.tran_date,
            description=self.memo,
            currency=self.currency,
            lines=tuple(
                JournalLine(
                    account=worded(_ACCOUNTS, each.account, field="account", system=instance),
                    project_number=each.job,
                    debit=Money.of(each.debit, self.currency),
                    credit=Money.of(each.credit, self.currency),
                )
                for each in self.lines
            ),
            source=Source("erp", instance, "journal", self.id, self.last_modified_date),
            version=self.revision,
        )


class JournalEntries(Struct, frozen=True, rename="camel"):
    """A page of entries."""

    items: list[JournalEntry]
    offset: int
    has_more: bool


class NewEntry(Struct, frozen=True, rename="camel"):
    """An entry that is to be posted."""

    external_id: str
    subsidiary: str
    currency: str
    tran_date: date
    memo: str
    lines: tuple[EntryLine, ...]

    @classmethod
    def of(cls, draft: JournalDraft, key: str) -> "NewEntry":
        """Say a draft in NetSuite's words."""
        sides = [
            EntryLine(
                _NUMBERS[each.account], each.project_number, each.debit.value, each.credit.value
            )
            for each in draft.lines
        ]
        told = (draft.legal_entity, draft.currency, draft.date, draft.description)
        return cls(key, *told, tuple(sides))


class Journals:
    """The entries of one ERP."""

    def __init__(self, wire: Wire, references: References, instance: str, page_size: int) -> None:
        self._wire, self._references = wire, references
        self._instance, self._page_size = instance, page_size

    async def one(self, journal_id: str) -> Journal:
        """Return one entry, or raise `NotFound`."""
        record_id = await self._references.record_of("journal", journal_id)
        found = await self._wire.one("journal", _RECORD, record_id, JournalEntry)
        return found.canonical(journal_id, self._instance)

    async def page(self, legal_entity: str | None, cursor: str | None) -> Page[Journal]:
        """Return entries in the order they were posted, a page at a time."""
        asked = {"subsidiary": legal_entity, "offset": cursor}
        page = await self._wire.page("journals", _RECORD, asked, JournalEntries)
        return Page(await self._ours(page.items), next_cursor(page, self._page_size))

    async def by_key(self, key: str) -> Journal | None:
        """Return the entry whose external id is this key, if any."""
        page = await self._wire.page("journals", _RECORD, {"externalId": key}, JournalEntries)
        return only(self._instance, await self._ours(page.items), key)

    async def record(self, draft: JournalDraft, key: str) -> Journal:
        """Post an entry, and return it as the ERP has it."""
        wish = NewEntry.of(draft, key)
        await self._wire.create("record_journal", _RECORD, wish, JournalEntry)
        return await seen(self._instance, self.by_key(key), key)

    async def _ours(self, found: Sequence[JournalEntry]) -> list[Journal]:
        ids = await self._references.ids_of("journal", [each.id for each in found])
        return [r.canonical(i, self._instance) for r, i in zip(found, ids, strict=True)]
