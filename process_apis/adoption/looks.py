"""Looks at what a change feed told: ours, before our time, or a finding for a person."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.adoption import rules
from process_apis.adoption.findings import Findings, finding_id
from process_apis.adoption.records import Finding, FindingKind, FindingStatus, SeenPayment
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.identifiers import adopted_event_id
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.database import Store
from system_apis.canonical.billing import Invoice, InvoiceStatus
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.effect_ledger import is_ours
from system_apis.errors import Refused
from system_apis.systems import SystemKind, Systems

OVER = {ProjectStatus.CANCELLED, ProjectStatus.FINANCIALLY_CLOSED}


class Looks(Struct, frozen=True):
    """The steps that look at a record of another hand."""

    systems: Systems
    findings: Findings
    engagements: Engagements
    billing: BillingLedger
    billed: BilledEvents
    store: Store
    clock: Callable[[], datetime]

    async def invoice(self, instance: str, invoice_id: str) -> None:
        """Write an invoice down as a finding, unless it is ours or from before our time.

        Raises `Refused` with code `ADOPTED_IS_VOID` when an adopted one is gone from the books.
        """
        invoice = await self.systems.by_erp_instance(instance).invoice(invoice_id)
        if invoice.reference and await is_ours(
            self.store, SystemKind.ERP, instance, "create_invoice", invoice.reference
        ):
            return
        known = await self.findings.find(finding_id(instance, invoice_id))
        if invoice.status is InvoiceStatus.VOID:
            await self._void(known, instance)
            return
        contract = await self._contract(invoice)
        if contract and await self._is_in_the_ledger(contract, invoice):
            return
        if known is None and await self._is_before_us(invoice, contract):
            return
        await self.findings.seen(await self._invoice_finding(instance, invoice, contract))

    async def project(self, instance: str, project_id: str) -> None:
        """Write a project down as a finding, unless we carry its engagement or it is over."""
        project = await self.systems.by_psa_instance(instance).project(project_id)
        found = finding_id(instance, project_id)
        engagement = await self.engagements.find(project.number)
        if engagement and engagement.is_carried:
            await self.findings.close(found, reason="its engagement is ours")
        elif project.status in OVER:
            await self.findings.close(found, reason=f"it is {project.status}")
        else:
            await self.findings.seen(await self._project_finding(instance, project))

    async def _void(self, known: Finding | None, instance: str) -> None:
        if known and known.status is FindingStatus.ADOPTED:
            reason = f"{known.number} was adopted, and is void in the books"
            raise Refused(instance, reason, code="ADOPTED_IS_VOID")
        if known:
            await self.findings.close(known.id, reason="it is void in the books")

    async def _is_before_us(self, invoice: Invoice, contract: Contract | None) -> bool:
        """Whether it is from before we took its contract on, or any work of its client."""
        if contract:
            return rules.is_before_us(invoice, contract, None)
        opened = await self.billed.taken_on(invoice.legal_entity, invoice.client_number)
        return rules.is_before_us(invoice, None, opened.date() if opened else None)

    async def _is_in_the_ledger(self, contract: Contract, invoice: Invoice) -> bool:
        """Whether it was adopted or imported; what is paid on it is told by its payments."""
        try:
            await self.billing.event(adopted_event_id(contract.id, invoice.id))
        except NoSuchRecord:
            return False
        return True

    async def _contract(self, invoice: Invoice) -> Contract | None:
        """Return the contract of the project that an invoice names."""
        number = invoice.project_number
        if number is None:
            return None
        engagement = await self.engagements.find(number)
        if engagement:
            return await self.systems.contracts.contract(engagement.contract_id)
        psa = self.systems.psa(invoice.legal_entity, on=invoice.issue_date)
        running = (await psa.projects(number=number)).items
        if not running:
            return None
        found = await self.systems.contracts.contracts(number=running[0].contract_number)
        return found.items[0] if found.items else None

    async def _invoice_finding(
        self, instance: str, invoice: Invoice, contract: Contract | None
    ) -> Finding:
        erp = self.systems.by_erp_instance(instance)
        paid = (await erp.payments(invoice_number=invoice.number)).items if invoice.number else []
        remedy = (
            "adopt it with what it bills, or dispute it and have it voided"
            if contract
            else "have its project put right in the ERP, or dispute it"
        )
        return Finding(
            id=finding_id(instance, invoice.id),
            kind=FindingKind.INVOICE,
            instance=instance,
            record_id=invoice.id,
            number=invoice.number,
            legal_entity=invoice.legal_entity,
            project_number=invoice.project_number,
            contract_number=contract.number if contract else None,
            issue_date=invoice.issue_date,
            net=invoice.net,
            gross=invoice.gross,
            paid=invoice.paid,
            payments=tuple(
                SeenPayment(each.id, each.date, each.amount)
                for each in paid
                if each.legal_entity == invoice.legal_entity
            ),
            role="finance",
            project_manager=contract.project_manager if contract else None,
            remedy=remedy,
            seen_version=invoice.version,
            found_at=self.clock(),
        )

    async def _project_finding(self, instance: str, project: Project) -> Finding:
        found = await self.systems.contracts.contracts(number=project.contract_number)
        contract = found.items[0] if found.items else None
        remedy = (
            "adopt it, or dispute it and have it archived"
            if contract
            else f"have contract {project.contract_number} filed, then adopt it"
        )
        return Finding(
            id=finding_id(instance, project.id),
            kind=FindingKind.PROJECT,
            instance=instance,
            record_id=project.id,
            number=project.number,
            legal_entity=project.legal_entity,
            project_number=project.number,
            contract_number=contract.number if contract else None,
            role="project_manager",
            project_manager=project.project_manager,
            remedy=remedy,
            seen_version=project.version,
            found_at=self.clock(),
        )
