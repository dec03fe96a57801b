"""From a client's changed record to a steward's decision; the owner's value is never overwritten.

A steward keeps what the owner has, or refers the change to the owner's people, who make it
in their own system.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, ApprovalStatus
from process_apis.client_authority.rules import Conflict, differences
from process_apis.engine import Process, step
from process_apis.events.clients import ClientChanged, ClientChangeReferred
from system_apis.canonical.authority import Authorities, FieldGroup, SystemOfRecord
from system_apis.canonical.party import Client
from system_apis.crm.interface import Crm
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from system_apis.systems import Systems

NAME = "client-authority"
REFERRED = "client-change-referred"
STEWARD = "steward"
ANSWER_WITHIN = timedelta(days=2)
# Whose case it is to make a change that was referred to the system they own.
_CODES = {
    SystemOfRecord.ERP: "CLIENT_CHANGE_FOR_FINANCE",
    SystemOfRecord.CRM: "CLIENT_CHANGE_FOR_SALES",
}


class ClientAuthority(Struct, frozen=True):
    """The process with what it needs at hand."""

    systems: Systems
    approvals: Approvals
    authorities: Authorities
    clock: Callable[[], datetime]

    async def look(self, event: ClientChanged) -> None:
        """Ask a steward about a change of fields that another system owns."""
        found = await step(self.compare, event.instance, event.client_id)
        await step(self.ask_steward, found)

    async def refer(self, event: ClientChangeReferred) -> None:
        """Have the owner's people make a change, or say that they will not."""
        await step(self.ask_owner, event)

    async def compare(self, instance: str, client_id: str) -> list[Conflict]:
        """Return where a client's record in one system differs from its fields' owner."""
        found = []
        crm = self.systems.crm
        sold = await _client(crm, client_id)
        for erp in self.systems.erps.values():
            if sold is None or instance not in {crm.instance, erp.instance}:
                continue
            booked = await _client(erp, client_id)
            if booked is not None:
                changed_in_crm = instance == crm.instance
                pair = (sold, booked) if changed_in_crm else (booked, sold)
                found += self._conflicts(*pair, books=erp.instance)
        return found

    async def ask_steward(self, found: list[Conflict]) -> int:
        """Ask about every conflict that is not answered yet, and return how many these are."""
        asked = 0
        for each in found:
            known = await self.approvals.about(each.client_id)
            said = [one for one in known if one.status is not ApprovalStatus.CANCELLED]
            if each.title not in {one.title for one in said}:
                await self.approvals.ask(self._request(each))
                asked += 1
        return asked

    async def ask_owner(self, event: ClientChangeReferred) -> None:
        """Stop at the owner's people for as long as their system says otherwise."""
        for each in await self.compare(event.instance, event.client_id):
            if (each.group, each.owner) == (event.group, event.owner):
                is_crm = event.owner == self.systems.crm.instance
                code = _CODES[SystemOfRecord.CRM if is_crm else SystemOfRecord.ERP]
                raise Refused(event.owner, each.title, code=code)

    def _conflicts(self, changed: Client, other: Client, *, books: str) -> list[Conflict]:
        found = []
        for group in self.authorities.groups_of("client"):
            entity = self._entity_owning(group, other, books)
            said = differences(changed, other, group)
            if entity is not None and said:
                conflict = Conflict(
                    client_id=changed.id,
                    client_number=changed.number,
                    group=group.name,
                    changed_in=changed.source.instance,
                    owner=other.source.instance,
                    legal_entity=entity,
                    version=changed.version,
                    differences=said,
                )
                found.append(conflict)
        return found

    def _entity_owning(self, group: FieldGroup, other: Client, books: str) -> str | None:
        """Return a company of the books in which the other record's system owns a group."""
        is_crm = other.source.instance == self.systems.crm.instance
        kind = SystemOfRecord.CRM if is_crm else SystemOfRecord.ERP
        served = sorted(self.systems.entities_of(books))
        return next((each for each in served if self.authorities.owner(group, each) is kind), None)

    def _request(self, conflict: Conflict) -> ApprovalRequest:
        now = self.clock()
        return ApprovalRequest(
            question=f"client_conflict:{conflict.group}:{conflict.changed_in}:{conflict.owner}",
            subject_type="client",
            subject_id=conflict.client_id,
            subject_version=conflict.version,
            process=NAME,
            legal_entity=conflict.legal_entity,
            title=conflict.title,
            role=STEWARD,
            requested_by=f"process:{NAME}",
            requested_at=now,
            due_at=now + ANSWER_WITHIN,
            if_approved=ClientChangeReferred(
                instance=conflict.changed_in,
                client_id=conflict.client_id,
                group=conflict.group,
                owner=conflict.owner,
                version=conflict.version,
                legal_entity=conflict.legal_entity,
            ),
        )


async def _client(system: Crm | Erp, client_id: str) -> Client | None:
    """Return a client as a system has it, if it is linked there."""
    try:
        return await system.client(client_id)
    except NotFound:
        return None


def processes(process: ClientAuthority) -> list[Process]:
    """Return what of client authority happens on which event."""
    reading = frozenset({"system:crm:read", "system:erp:read"})
    return [
        Process(name=NAME, on=ClientChanged, run=process.look, scopes=reading),
        Process(
            name="client-change-referred",
            on=ClientChangeReferred,
            run=process.refer,
            scopes=reading,
        ),
    ]
