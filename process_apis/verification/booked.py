"""Reads what the systems hold of some companies, under an identity of its own."""

from collections.abc import Awaitable, Iterable
from datetime import date
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from governance.access import Caller, acting_as
from process_apis.engagements import Engagement
from process_apis.pages import every
from process_apis.verification.evidence import Booked
from system_apis.canonical.record import Page
from system_apis.canonical.time import ExpenseLine, TimeEntry
from system_apis.systems import Systems


class _OfCompany(Protocol):
    """A record that says which company it is of."""

    @property
    def legal_entity(self) -> str:
        """The company's code."""


R = TypeVar("R", bound=_OfCompany)
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
_NAME = "process:verification"
_SCOPES = ("system:psa:read", "system:erp:read", "system:procurement:read")


class Reading(Struct, frozen=True):
    """Reads the firm's systems for verification; it may read nothing that costs."""

    systems: Systems

    async def of(self, entities: frozenset[str], engagements: Iterable[Engagement]) -> Booked:
        """Return what the systems hold of some companies, and of the work of engagements."""
        identity = Caller(
            subject=_NAME, client_id=_NAME, scopes=frozenset(_SCOPES), entities=entities
        )
        with acting_as(identity):
            return await self._read(entities, list(engagements))

    async def _read(self, entities: frozenset[str], engagements: list[Engagement]) -> Booked:
        bought = await self._bought(entities)
        work = [await self._worked(each) for each in engagements if each.project_id]
        erps = self.systems.erps.items()
        return msgspec.structs.replace(
            bought,
            invoices={name: await _whole(erp.invoices, entities) for name, erp in erps},
            credit_notes={name: await _whole(erp.credit_notes, entities) for name, erp in erps},
            payments={name: await _whole(erp.payments, entities) for name, erp in erps},
            payables={name: await _whole(erp.payables, entities) for name, erp in erps},
            projects={
                name: await _whole(psa.projects, entities)
                for name, psa in self.systems.psas.items()
            },
            entries=tuple(each for entries, _ in work for each in entries),
            expenses=tuple(each for _, lines in work for each in lines),
            routed={each: self.systems.entities_of(each) for each in self.systems.instances},
        )

    async def _bought(self, entities: frozenset[str]) -> Booked:
        """Return what was bought; a firm may run no procurement system."""
        for system in self.systems.procurements.values():
            return Booked(
                orders=await _whole(system.purchase_orders, entities),
                receipts=await _whole(system.receipts, entities),
                bills=await _whole(system.bills, entities),
            )
        return Booked()

    async def _worked(self, of: Engagement) -> tuple[list[TimeEntry], list[ExpenseLine]]:
        """Return every hour and expense of an engagement's project."""
        psa = self.systems.psa(of.legal_entity, on=of.opened_at.date())
        number = of.project_number

        async def entries(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=number, start=FIRST, end=LAST, cursor=cursor
            )

        async def expenses(cursor: str | None) -> Page[ExpenseLine]:
            return await psa.expense_lines(
                project_number=number, start=FIRST, end=LAST, cursor=cursor
            )

        return await every(entries), await every(expenses)


class _Listing(Protocol[R]):
    """A list of a system's records that is read a page at a time."""

    def __call__(self, *, cursor: str | None = None) -> Awaitable[Page[R]]:
        """Return one page."""


async def _whole(listing: _Listing[R], entities: frozenset[str]) -> tuple[R, ...]:
    """Return every record of some companies that a system lists."""
    found = await every(lambda cursor: listing(cursor=cursor))
    return tuple(each for each in found if each.legal_entity in entities)
