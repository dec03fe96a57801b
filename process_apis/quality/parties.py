"""Looks at clients."""

from msgspec import Struct

from process_apis.client_matching.register import MatchRegister
from process_apis.pages import every
from process_apis.quality.seen import Seen
from process_apis.quality.stakes import Stakes
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.party import Client, ClientStatus
from system_apis.canonical.quality.client import ClientFacts
from system_apis.systems import Systems

ANYWHERE = frozenset({"DQ-C1", "DQ-C2", "DQ-C4"})
# A prospect of the CRM has no terms and no address yet; the ledger's clients do. Only a ledger
# finds clients by tax id.
IN_A_LEDGER = frozenset({"DQ-C3", "DQ-C5", "DQ-C6"})
CLIENT_RULES = ANYWHERE | IN_A_LEDGER


class Parties(Struct, frozen=True):
    """Looks at clients, in the CRM and in every ledger."""

    systems: Systems
    register: MatchRegister
    stakes: Stakes

    async def client(self, instance: str, client_id: str) -> tuple[Seen, ...]:
        """Look at a client as one system has it."""
        if instance in self.systems.erps:
            client = await self.systems.erps[instance].client(client_id)
            others, decided = await self._of_its_tax_id(instance, client), CLIENT_RULES
        else:
            client = await self.systems.crm.client(client_id)
            others, decided = (), ANYWHERE
        valid = client.tax_id is None or is_valid_tax_id(client.tax_id, client.country)
        facts = ClientFacts(
            client=client,
            others=others,
            undecided=await self._undecided(client),
            tax_id_valid=valid,
        )
        risk = self.stakes.of_client
        return (Seen(facts=facts, decided=decided, at_risk=lambda: risk(client.id)),)

    async def _of_its_tax_id(self, instance: str, client: Client) -> tuple[Client, ...]:
        number, erp = client.tax_id, self.systems.erps[instance]
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
