"""Service levels: a missed one of a period is credited on the invoice of that period."""

from msgspec import Struct

from process_apis.pages import every
from process_apis.project_to_cash.credit_records import (
    ClientCreditNote,
    CreditedLine,
    ServiceCreditCheck,
)
from process_apis.project_to_cash.credits import service_levels
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from system_apis.canonical.contracts import ServiceLevelReport
from system_apis.errors import NotFound
from system_apis.systems import Systems


class Servicing(Struct, frozen=True):
    """The steps from a service-level report to the draft of its credit."""

    systems: Systems
    billing: BillingLedger
    crediting: Crediting

    async def credit_service(self, report_id: str) -> ClientCreditNote | None:
        """Draft the credit of a report, if it says that the service was not as promised.

        An invoice that is not posted yet is credited when it is: see `credit_posted`.
        """
        report = await self._report(report_id)
        if not service_levels.is_missed(report):
            return None
        invoice = await self._invoice(report)
        return await self.crediting.service(invoice, report) if invoice else None

    async def credit_posted(self, invoice_id: str) -> ClientCreditNote | None:
        """Draft the credit of a report that came before the invoice of its period was posted."""
        invoice = await self.billing.invoice(invoice_id)
        event = await self.billing.event(invoice.billing_event_id)
        if event.kind not in service_levels.OF_A_PERIOD:
            return None
        report = await self._report_of(event)
        if report is None or not service_levels.is_missed(report):
            return None
        return await self.crediting.service(invoice, report)

    async def check(self, invoice: ClientInvoice) -> ServiceCreditCheck:
        """Return what is to be credited for an invoiced period's service, and what blocks it."""
        event = await self.billing.event(invoice.billing_event_id)
        report = await self._report_of(event)
        lines: list[CreditedLine] = []
        if report is not None and service_levels.is_missed(report):
            lines = await self.crediting.service_lines(invoice, report)
        return service_levels.check(invoice, event, report, lines)

    async def _invoice(self, report: ServiceLevelReport) -> ClientInvoice | None:
        entities = frozenset({report.legal_entity})
        planned = await self.billing.events(
            entities=entities, contract_number=report.contract_number
        )
        events = service_levels.events_of(report, planned)
        billing = {each.id for each in events}
        invoices = await self.billing.invoices(
            contract_number=report.contract_number, stages=service_levels.CREDITABLE
        )
        return next((each for each in invoices if each.billing_event_id in billing), None)

    async def _report_of(self, event: BillingEvent) -> ServiceLevelReport | None:
        page = await self.systems.contracts.service_level_reports(
            contract_number=event.contract_number, period=f"{event.period_start:%Y-%m}"
        )
        return page.items[-1] if page.items else None

    async def _report(self, report_id: str) -> ServiceLevelReport:
        contracts = self.systems.contracts
        reports = await every(lambda cursor: contracts.service_level_reports(cursor=cursor))
        for each in reports:
            if each.id == report_id:
                return each
        raise NotFound(contracts.instance, f"no service level report {report_id}")
