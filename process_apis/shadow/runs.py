"""A shadow run: under an identity that may read alone, whatever whoever asks may do."""

from datetime import date

from msgspec import Struct

from governance.access import Caller, acting_as
from process_apis.pages import every
from process_apis.shadow.invoices import InvoiceShadow
from process_apis.shadow.projects import ProjectShadow
from process_apis.shadow.records import Case, Shadowed, ShadowReport
from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Page
from system_apis.systems import Systems

READING = frozenset(f"system:{each}:read" for each in ("crm", "contracts", "psa", "erp"))


class Shadow(Struct, frozen=True):
    """Runs a process beside people."""

    systems: Systems
    invoices: InvoiceShadow
    projects: ProjectShadow

    async def run(self, process: Shadowed, start: date, end: date, *, by: Caller) -> ShadowReport:
        """Return where a process would have done otherwise than people did in a period."""
        with acting_as(_reader(by)):
            contracts = [
                each
                for each in await every(self._contracts)
                if by.sees(each.legal_entity) and each.signed_at is not None
            ]
            cases = await self._cases(process, contracts, start, end)
        return ShadowReport.of(process, start, end, cases)

    async def _cases(
        self, process: Shadowed, contracts: list[Contract], start: date, end: date
    ) -> list[Case]:
        match process:
            case Shadowed.PROJECT_TO_CASH:
                return await self.invoices.cases(contracts, start, end)
            case Shadowed.OPPORTUNITY_TO_PROJECT:
                return await self.projects.cases(contracts, start, end)

    async def _contracts(self, cursor: str | None) -> Page[Contract]:
        return await self.systems.contracts.contracts(cursor=cursor)


def _reader(caller: Caller) -> Caller:
    return Caller(
        subject="process:shadow",
        client_id="process:shadow",
        scopes=READING,
        entities=caller.entities,
        units=caller.units,
        on_behalf_of=caller.subject,
    )
