"""The desk where people adopt what others keyed in: our ledger takes it over, in one go."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from governance.access import Caller, acting_as
from process_apis.adoption import documents, rules
from process_apis.adoption.balances import Obstacle
from process_apis.adoption.findings import Findings, check_may_adopt
from process_apis.adoption.records import Finding, FindingKind, FindingStatus, NamedSources
from process_apis.adoption.running import RunningProjects
from process_apis.adoption.sources import SourceReader
from process_apis.engagements import Engagements
from process_apis.errors import Conflict
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import AdoptedDocument
from system_apis.canonical.contracts import Contract
from system_apis.systems import Systems

READING = frozenset(f"system:{each}:read" for each in ("crm", "contracts", "psa", "erp"))


def reader_for(caller: Caller) -> Caller:
    """Return the identity that looks things up for a caller: it may read, and write nothing."""
    return Caller(
        subject="process:adoption",
        client_id="process:adoption",
        scopes=READING,
        entities=caller.entities,
        units=caller.units,
        on_behalf_of=caller.subject,
    )


class Desk(Struct, frozen=True):
    """Adopts findings and disputes them."""

    systems: Systems
    findings: Findings
    engagements: Engagements
    billing: BillingLedger
    clock: Callable[[], datetime]

    @property
    def running(self) -> RunningProjects:
        """Where running projects are looked up."""
        return RunningProjects(self.systems, self.clock)

    async def adopt_project(self, finding: Finding, *, reason: str, by: Caller) -> Finding:
        """Carry a project on that somebody opened in the PSA, under its contract.

        Raises `Conflict` with what to put right first.
        """
        check_may_adopt(finding, by)
        if finding.status is FindingStatus.ADOPTED:
            return finding
        _expect(finding, FindingKind.PROJECT)
        with acting_as(reader_for(by)):
            psa = self.systems.by_psa_instance(finding.instance)
            project = await psa.project(finding.record_id)
            contract = await self._contract(project.contract_number)
            found = await self.running.of(contract)
        engagement = found.engagement
        if engagement is None:
            raise Conflict(told(found.obstacles))

        def take_over(connection: Connection) -> None:
            self.engagements.adopt(connection, engagement, by)
            self.billing.plan_in(connection, found.planned, by)

        return await self.findings.adopted(
            finding, reason=reason, by=by, at=self.clock(), take_over=take_over
        )

    async def adopt_invoice(
        self,
        finding: Finding,
        wish: NamedSources,
        *,
        difference: str | None,
        reason: str,
        by: Caller,
    ) -> Finding:
        """Take an invoice over that somebody wrote in the ERP, with the sources that it bills.

        Raises `Conflict` with what to put right first.
        """
        check_may_adopt(finding, by)
        if finding.status is FindingStatus.ADOPTED:
            return finding
        _expect(finding, FindingKind.INVOICE)
        with acting_as(reader_for(by)):
            document = await self._document(finding, wish, difference)

        def take_over(connection: Connection) -> None:
            self.billing.adopt(connection, document, by)

        return await self.findings.adopted(
            finding, reason=reason, by=by, at=self.clock(), take_over=take_over
        )

    async def dispute(self, finding: Finding, *, reason: str, by: Caller) -> Finding:
        """Write down that a finding is wrong, and why."""
        return await self.findings.disputed(finding, reason=reason, by=by, at=self.clock())

    async def _document(
        self, finding: Finding, wish: NamedSources, difference: str | None
    ) -> AdoptedDocument:
        engagement = await self.engagements.find(finding.project_number or "")
        if engagement is None:
            raise Conflict(f"{finding.project_number} is not carried here: adopt the project first")
        contract = await self.systems.contracts.contract(engagement.contract_id)
        erp = self.systems.by_erp_instance(finding.instance)
        invoice = await erp.invoice(finding.record_id)
        reader = SourceReader(self.systems, self.billing)
        unbilled = await reader.unbilled(contract, wish.period_start, wish.period_end)
        sources, missing = rules.named(unbilled, wish)
        found = rules.worth(contract, sources, erp.posting_terms)
        wrong = missing or documents.obstacles(contract, invoice, found, difference=difference)
        if wrong:
            raise Conflict(told(wrong))
        return documents.adopted(contract, invoice, found, wish, instance=erp.instance)

    async def _contract(self, number: str) -> Contract:
        found = (await self.systems.contracts.contracts(number=number)).items
        if not found:
            raise Conflict(f"there is no contract {number}: file it in the contract system first")
        return found[0]


def told(obstacles: list[Obstacle] | tuple[Obstacle, ...]) -> str:
    """Return obstacles with their remedies in one line."""
    return "; ".join(f"{each.reason} ({each.code}): {each.remedy}" for each in obstacles)


def _expect(finding: Finding, kind: FindingKind) -> None:
    if finding.kind is not kind:
        raise Conflict(f"{finding.number} is no {kind} but a {finding.kind}")
