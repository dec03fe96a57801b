"""Opening balances: a running project with what was billed of it, all of it or nothing."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from governance.access import Caller, acting_as
from governance.audit import Audit, AuditEntry
from governance.once import done_before, once
from process_apis.adoption import documents, opening, rules
from process_apis.adoption.balances import (
    ImportReport,
    Obstacle,
    OpeningBook,
    OpeningInvoice,
    OpeningProject,
    Outcome,
    ProjectReport,
)
from process_apis.adoption.desk import Desk, reader_for
from process_apis.adoption.findings import finding_id
from process_apis.adoption.links import ClientLinks
from process_apis.adoption.opening import Balance, Listed
from process_apis.adoption.running import RunningProject
from process_apis.adoption.sources import SourceReader
from process_apis.errors import NoSuchRecord
from process_apis.pages import every
from process_apis.project_to_cash.identifiers import adopted_event_id, invoice_id
from process_apis.project_to_cash.records import AdoptedDocument, ClientInvoice
from store.database import Store
from system_apis.canonical.billing import Invoice
from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Page
from system_apis.effect_ledger import is_ours
from system_apis.erp.interface import Erp
from system_apis.systems import SystemKind


class Imports(Struct, frozen=True):
    """Compares opening balances with the systems, and takes them over."""

    desk: Desk
    store: Store
    audit: Audit

    @property
    def links(self) -> ClientLinks:
        """Where clients of several systems are said to be one."""
        return ClientLinks(self.desk.systems, self.store)

    async def run(self, book: OpeningBook, *, by: Caller, dry_run: bool) -> ImportReport:
        """Return what an import does, or would do; each project is taken over whole or not."""
        reports = []
        for each in book.projects:
            with acting_as(reader_for(by)):
                contract = await self._contract(each, by)
                balance = await self._balance(each, contract) if contract else None
            known = await self.store.read(done_before(ProjectReport, each.project_number))
            report = known or await self._settle(each, balance, by=by, dry_run=dry_run)
            if report.outcome is Outcome.IMPORTED and balance and balance.client.link:
                await self.links.write(balance.client.link, by=by)
            reports.append(report)
        return ImportReport(dry_run, tuple(reports))

    async def _settle(
        self, project: OpeningProject, balance: Balance | None, *, by: Caller, dry_run: bool
    ) -> ProjectReport:
        """Write a balance that nothing stands against, unless this is a dry run."""
        number = project.project_number
        if balance is None:
            return ProjectReport(
                project_number=number,
                outcome=Outcome.CONFLICT,
                obstacles=(opening.unknown_contract(project),),
            )
        wrong = opening.obstacles(project, balance)
        if wrong:
            return ProjectReport(
                project_number=number, outcome=Outcome.CONFLICT, obstacles=tuple(wrong)
            )
        writes = opening.writes(balance)
        if not writes:
            return ProjectReport(project_number=number, outcome=Outcome.UNCHANGED)
        outcome = Outcome.WOULD_IMPORT if dry_run else Outcome.IMPORTED
        report = ProjectReport(project_number=number, outcome=outcome, writes=writes)
        if dry_run:
            return report

        def work(connection: Connection) -> ProjectReport:
            self._write(connection, balance, by)
            return report

        return await self.store.write(once(ProjectReport, work, number))

    def _write(self, connection: Connection, balance: Balance, by: Caller) -> None:
        engagement = balance.running.engagement
        if engagement and not balance.carried:
            self.desk.engagements.adopt(connection, engagement, by)
            self.desk.billing.plan_in(connection, balance.running.planned, by)
        for document in balance.documents:
            self.desk.billing.adopt(connection, document, by)
        for each in balance.finding_ids:
            self.desk.findings.settle_in(connection, each, by=by, at=self.desk.clock())
        contract = balance.contract
        entry = AuditEntry.by(
            by,
            "opening_balance.imported",
            contract.project_number,
            legal_entity=contract.legal_entity,
            reason=", ".join(opening.writes(balance)),
        )
        self.audit.append(connection, entry)

    async def _contract(self, project: OpeningProject, by: Caller) -> Contract | None:
        """Return the contract that a project names, unless it is none of the caller's."""
        found = (await self.desk.systems.contracts.contracts(number=project.contract_number)).items
        return found[0] if found and by.sees(found[0].legal_entity) else None

    async def _balance(self, project: OpeningProject, contract: Contract) -> Balance:
        engagement = await self.desk.engagements.find(contract.project_number)
        carried = engagement is not None and engagement.is_carried
        running = await self.desk.running.of(contract)
        erp = self.desk.systems.erp(contract.legal_entity, on=contract.effective_from)
        booked = await self._booked(erp, contract)
        listed = [await self._listed(each, contract, booked) for each in project.invoices]
        taken_over, wrong = await self._documents(listed, contract, erp)
        return Balance(
            contract=contract,
            running=RunningProject(None, None, (), None, ()) if carried else running,
            client=await self.links.state_of(running.link),
            project_finding=running.finding_id,
            carried=carried,
            booked=tuple(booked),
            listed=tuple(listed),
            documents=taken_over,
            missing=wrong,
        )

    async def _booked(self, erp: Erp, contract: Contract) -> list[Invoice]:
        """Return what stands in the ERP on the project and was not written by us."""

        async def pages(cursor: str | None) -> Page[Invoice]:
            return await erp.invoices(legal_entity=contract.legal_entity, cursor=cursor)

        found = [
            each
            for each in await every(pages)
            if each.project_number == contract.project_number and each.status in rules.STAGES
        ]
        return [each for each in found if not await self._is_ours(erp.instance, each)]

    async def _is_ours(self, instance: str, invoice: Invoice) -> bool:
        if invoice.reference is None:
            return False
        return await is_ours(
            self.store, SystemKind.ERP, instance, "create_invoice", invoice.reference
        )

    async def _listed(
        self, wish: OpeningInvoice, contract: Contract, booked: Iterable[Invoice]
    ) -> Listed:
        invoice = next((each for each in booked if each.number == wish.number), None)
        if invoice is None:
            return Listed(wish, None, None, None)
        found = await self.desk.findings.find(finding_id(invoice.source.instance, invoice.id))
        return Listed(wish, invoice, await self._known(contract, invoice), found)

    async def _known(self, contract: Contract, invoice: Invoice) -> ClientInvoice | None:
        try:
            event = await self.desk.billing.event(adopted_event_id(contract.id, invoice.id))
            return await self.desk.billing.invoice(invoice_id(event))
        except NoSuchRecord:
            return None

    async def _documents(
        self, listed: list[Listed], contract: Contract, erp: Erp
    ) -> tuple[tuple[AdoptedDocument, ...], tuple[Obstacle, ...]]:
        """Return what is to be taken over; a source that one invoice bills, no other does."""
        reader = SourceReader(self.desk.systems, self.desk.billing)
        taken_over: list[AdoptedDocument] = []
        wrong: list[Obstacle] = []
        taken: set[str] = set()
        for count, each in enumerate(listed):
            wish, invoice = each.wish, each.invoice
            if invoice is None or each.known is not None:
                continue
            unbilled = await reader.unbilled(contract, wish.period_start, wish.period_end)
            sources, missing = rules.named(rules.without(unbilled, taken), wish)
            found = rules.worth(contract, sources, erp.posting_terms)
            missing += documents.obstacles(contract, invoice, found, difference=wish.difference)
            wrong += [replace(one, at=f"/invoices/{count}") for one in missing]
            if not missing:
                taken |= rules.ids_of(sources)
                document = documents.adopted(contract, invoice, found, wish, instance=erp.instance)
                taken_over.append(document)
        return tuple(taken_over), tuple(wrong)
