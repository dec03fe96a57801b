"""Records that changed are read from their systems and judged, each version once.

A rule is judged here when the record and its contract say enough; the docstring of each
predicate names the step that asks for the others.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from governance.access import Caller, acting_as
from governance.quality.findings import QualityFindings
from governance.quality.rules import AtRisk, Judgement, Kind, Verdict
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import EventStatus
from process_apis.quality.judging import verdicts
from process_apis.quality.table import RULES
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money
from system_apis.canonical.party import Client
from system_apis.canonical.quality_client import ClientFacts
from system_apis.canonical.quality_contract import ContractFacts
from system_apis.canonical.quality_finance import InvoiceFacts
from system_apis.canonical.quality_integration import ChangeFacts, RefusalFacts
from system_apis.canonical.quality_procurement import VendorFacts
from system_apis.canonical.quality_project import ProjectFacts
from system_apis.canonical.record import Change
from system_apis.errors import NotFound, Refused, Unreadable
from system_apis.systems import Systems

# Which rules the facts that are gathered here can decide; no other is said to hold.
DECIDED = {
    Kind.CLIENT: frozenset({"DQ-C1", "DQ-C2"}),
    Kind.CONTRACT: frozenset({"DQ-K1", "DQ-K2", "DQ-K3", "DQ-K8"}),
    Kind.PROJECT: frozenset({"DQ-P1", "DQ-P2", "DQ-P4"}),
    Kind.INVOICE: frozenset({"DQ-F1"}),
    Kind.VENDOR: frozenset({"DQ-V1", "DQ-V2"}),
}
_IN_A_LEDGER = DECIDED[Kind.CLIENT] | {"DQ-C5", "DQ-C6"}
_TO_BILL = (EventStatus.PLANNED, EventStatus.BLOCKED, EventStatus.READY)


class QualityLooks(Struct, frozen=True):
    """Judges what change feeds tell of."""

    systems: Systems
    findings: QualityFindings
    billing: BillingLedger
    clock: Callable[[], datetime]

    async def changed(self, instance: str, changes: Sequence[Change]) -> None:
        """Judge the last version of every record that changed, unless it was judged before."""
        newest = {(each.record_type, each.id): each for each in changes}
        for (record_type, record_id), change in newest.items():
            if record_type not in set(DECIDED):
                continue
            kind = Kind(record_type)
            judged = await self.findings.version_judged(kind, record_id, instance)
            if judged < change.version:
                await self._look(instance, change)

    async def end_waivers(self) -> None:
        """Open every finding again whose waiver has ended."""
        name = "process:quality"
        with acting_as(Caller(subject=name, client_id=name, scopes=frozenset())):
            await self.findings.lapse()

    async def _look(self, instance: str, change: Change) -> None:
        """Judge one record; one that is gone or cannot be read is a finding itself."""
        gone, unreadable = False, None
        try:
            await self._judge(instance, change)
        except NotFound:
            gone = True
        except (Unreadable, Refused) as failure:
            unreadable = failure.reason
        arrived = ChangeFacts(change=change, read_at=self.clock(), deleted_remotely=gone)
        decided = frozenset({"DQ-I2", "DQ-I4"})
        await self._told(instance, change, Kind.CHANGE, _only(decided, arrived))
        refused = _only(frozenset({"DQ-I6"}), RefusalFacts(unreadable=unreadable))
        await self._told(instance, change, Kind.ARRIVAL, refused)

    async def _judge(self, instance: str, change: Change) -> None:
        match change.record_type:
            case Kind.CLIENT:
                await self._client(instance, change)
            case Kind.CONTRACT:
                await self._contract(instance, change)
            case Kind.PROJECT:
                await self._project(instance, change)
            case Kind.INVOICE:
                await self._invoice(instance, change)
            case Kind.VENDOR:
                vendor = await self.systems.procurement.vendor(change.id)
                found = _only(DECIDED[Kind.VENDOR], VendorFacts(vendor=vendor, now=self.clock()))
                await self._told(instance, change, Kind.VENDOR, found)

    async def _client(self, instance: str, change: Change) -> None:
        """A prospect of the CRM has no terms yet; the ledger's clients do."""
        kept = instance in self.systems.erps
        client = await self._read_client(instance, change.id)
        valid = client.tax_id is None or is_valid_tax_id(client.tax_id, client.country)
        facts = ClientFacts(client=client, tax_id_valid=valid)
        decided = _IN_A_LEDGER if kept else DECIDED[Kind.CLIENT]
        await self._told(instance, change, Kind.CLIENT, _only(decided, facts))

    async def _read_client(self, instance: str, client_id: str) -> Client:
        if instance in self.systems.erps:
            return await self.systems.erps[instance].client(client_id)
        return await self.systems.crm.client(client_id)

    async def _contract(self, instance: str, change: Change) -> None:
        contract = await self.systems.contracts.contract(change.id)
        facts = ContractFacts(contract=contract, on=self.clock().date())
        found = _only(DECIDED[Kind.CONTRACT], facts)
        risk = await self._kept_back(contract) if any(each.detail for each in found) else None
        entity = contract.legal_entity
        await self._told(instance, change, Kind.CONTRACT, found, entity=entity, at_risk=risk)

    async def _project(self, instance: str, change: Change) -> None:
        project = await self.systems.by_psa_instance(instance).project(change.id)
        number = project.contract_number
        contracts = await every(
            lambda at: self.systems.contracts.contracts(number=number, cursor=at)
        )
        facts = ProjectFacts(
            project=project,
            on=self.clock().date(),
            contract_known=bool(contracts),
            contract_currency=contracts[0].currency if contracts else None,
        )
        found = _only(DECIDED[Kind.PROJECT], facts)
        await self._told(instance, change, Kind.PROJECT, found, entity=project.legal_entity)

    async def _invoice(self, instance: str, change: Change) -> None:
        invoice = await self.systems.by_erp_instance(instance).invoice(change.id)
        found = _only(DECIDED[Kind.INVOICE], InvoiceFacts(invoice=invoice))
        risk = AtRisk(invoice.gross.amount, invoice.currency)
        entity = invoice.legal_entity
        await self._told(instance, change, Kind.INVOICE, found, entity=entity, at_risk=risk)

    async def _kept_back(self, contract: Contract) -> AtRisk | None:
        """Return what is still to be billed under a contract, as far as it is known."""
        events = await self.billing.events(
            entities=frozenset({contract.legal_entity}),
            contract_number=contract.number,
            statuses=_TO_BILL,
        )
        known = [each.amount_expected for each in events if each.amount_expected]
        total = Money.total(known, contract.currency)
        return AtRisk(total.amount, total.currency) if total else None

    async def _told(
        self,
        instance: str,
        change: Change,
        kind: Kind,
        found: tuple[Verdict, ...],
        *,
        entity: str | None = None,
        at_risk: AtRisk | None = None,
    ) -> None:
        await self.findings.judged(
            Judgement(
                kind=kind,
                subject=change.id,
                version=change.version,
                system=instance,
                legal_entity=entity,
                at_risk=at_risk,
                verdicts=found,
            )
        )


def _only(decided: frozenset[str], facts: Struct) -> tuple[Verdict, ...]:
    return verdicts([each for each in RULES if each.rule.id in decided], facts)
