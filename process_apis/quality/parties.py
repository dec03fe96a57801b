"""Looks at clients."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.client_matching.register import MatchRegister
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.pages import every
from process_apis.quality.parents import parents
from process_apis.quality.seen import Seen, told
from process_apis.quality.stakes import Stakes
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.party import Client, ClientStatus, LegalEntity
from system_apis.canonical.quality.client import ClientFacts
from system_apis.erp.interface import Erp
from system_apis.systems import Systems

ANYWHERE = frozenset({"DQ-C1", "DQ-C2", "DQ-C4"})
# A prospect of the CRM has no terms and no address yet; the ledger's clients do. Only a ledger
# finds clients by tax id.
IN_A_LEDGER = frozenset({"DQ-C3", "DQ-C5", "DQ-C6"})
# What not every system tells.
WHERE_TOLD = frozenset({"DQ-C7", "DQ-C9", "DQ-C10"})
CLIENT_RULES = ANYWHERE | IN_A_LEDGER | WHERE_TOLD


class Parties(Struct, frozen=True):
    """Looks at clients, in the CRM and in every ledger."""

    systems: Systems
    register: MatchRegister
    stakes: Stakes
    law: ElectronicInvoicing
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def client(self, instance: str, client_id: str) -> tuple[Seen, ...]:
        """Look at a client as one system has it."""
        erp, risk = self.systems.erps.get(instance), self.stakes.of_client
        client = await (erp or self.systems.crm).client(client_id)
        named = await parents(self.systems, instance, client)
        valid = client.tax_id is None or is_valid_tax_id(client.tax_id, client.country)
        facts = ClientFacts(
            client=client,
            undecided=await self._undecided(client),
            tax_id_valid=valid,
            parent=named.in_sales,
            ledger_parent=named.in_ledger,
        )
        decided = ANYWHERE | {"DQ-C9"} if named.known else ANYWHERE
        seen = Seen(facts=facts, decided=decided, at_risk=lambda: risk(client.id))
        return (await self._in_ledger(erp, seen, facts) if erp else seen,)

    async def _in_ledger(self, erp: Erp, seen: Seen, facts: ClientFacts) -> Seen:
        """Return what was seen of a client, and what its ledger says of it besides."""
        client, today = facts.client, self.clock().date()
        companies = self.systems.entities_of(erp.instance)
        billed = await self.stakes.currencies_of(client.id, companies)
        taken = await told(erp.currencies()) if billed else None
        begins, tells = self._bound_since(client, companies), client.einvoice_endpoints is not None
        known = {"DQ-C7": taken is not None or not billed, "DQ-C10": tells}
        return replace(
            seen,
            facts=replace(
                facts,
                others=await self._of_its_tax_id(erp, client),
                currencies=billed,
                ledger_currencies=taken,
                electronic_invoice_mandated=begins is not None and begins <= today,
            ),
            decided=seen.decided
            | IN_A_LEDGER
            | {rule for rule, is_known in known.items() if is_known},
            changes_with_days=client.einvoice_endpoints == () and begins is not None,
        )

    def _bound_since(self, client: Client, companies: frozenset[str]) -> date | None:
        """Return from when on one of the companies must bill a client electronically."""
        sellers = {self.entities[each].country for each in companies if each in self.entities}
        return min(
            filter(None, (self.law.since(each, client.country) for each in sellers)), default=None
        )

    async def _of_its_tax_id(self, erp: Erp, client: Client) -> tuple[Client, ...]:
        number = client.tax_id
        if number is None or client.status is not ClientStatus.ACTIVE:
            return ()
        return tuple(await every(lambda at: erp.clients(tax_id=number, cursor=at)))

    async def _undecided(self, client: Client) -> tuple[str, ...]:
        """Return the records of which a steward has not said yet whether they are this client."""
        own = (client.source.instance, client.source.record_id)
        found = []
        for each in await self.register.undecided(client.id):
            left = (each.left_system, each.left_record)
            right = (each.right_system, each.right_record)
            if own == left:
                found.append(f"{each.right_name} in {each.right_system}")
            elif own == right:
                found.append(f"{each.left_name} in {each.left_system}")
        return tuple(found)
