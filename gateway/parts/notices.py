"""The parts of notices put together: the channels, whom they reach, and what is looked for."""

from collections.abc import Mapping

from msgspec import Struct

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from governance.roles import Role, scopes_of
from governance.signed_links import LinkKeys
from process_apis.engine import Process
from process_apis.notices import process as notices_process
from process_apis.notices.looking import Telling
from process_apis.notices.records import Member
from process_apis.notices.register import NoticeRegister
from process_apis.notices.terms import NoticeTerms
from store.clock import wall_clock
from system_apis.messaging.channels import ChannelSettings
from system_apis.messaging.interface import Channel
from system_apis.messaging.outgoing import Outgoing

# A role that nobody gives scopes to is told nothing.
_ROLES = frozenset(map(str, Role))
MESSAGING, SANDBOX_DOMAIN = "messaging", "firm.example"


class Ways(Struct, frozen=True):
    """The channels that the firm tells things by, where links begin, and how letters leave."""

    channels: Mapping[str, Channel]
    public_url: str
    letters: str | None


def telling_of(firm: Firm, base: Foundation, ways: Ways) -> Telling:
    """Make what knows whom to tell, and how."""
    return Telling(
        members=_members(firm),
        terms=Editions(NoticeTerms(), firm.terms.notices),
        outgoing=Outgoing(ways.channels, base.store, base.audit, base.metrics, wall_clock),
        register=NoticeRegister(base.store, base.audit),
        links=LinkKeys(base.keys, wall_clock),
        public_url=ways.public_url,
        letters=ways.letters,
    )


def processes_of(base: Foundation, telling: Telling) -> list[Process]:
    """Return what sends messages."""
    told = notices_process.Notices(telling.outgoing, telling.register, base.clock.now)
    return notices_process.processes(told)


def sandbox_channels(firm: Firm, base_url: str) -> dict[str, ChannelSettings]:
    """Return the sandbox's mail to all people, where the firm of the sandbox has an outbox."""
    addresses = {each.id: f"{each.id.lower()}@{SANDBOX_DOMAIN}" for each in firm.people}
    outboxes = [each.id for each in firm.systems if each.kind == MESSAGING]
    if not outboxes:
        return {}
    connection = {"base_url": f"{base_url}/{outboxes[0]}", "timeout_ms": 2000}
    config: dict[str, object] = {"connection": connection, "addresses": addresses}
    return {"mail": ChannelSettings("sandbox", config)}


def _members(firm: Firm) -> list[Member]:
    """Return the firm's people, each by the calendar of the first company that they act for."""
    companies = firm.legal_entities()
    found = []
    for each in firm.people:
        home = companies.get(each.entities[0]) if each.entities else None
        found.append(
            Member(
                id=each.id,
                roles=frozenset(each.roles),
                scopes=scopes_of(_ROLES.intersection(each.roles)),
                entities=frozenset(each.entities),
                units=firm.units_with_those_below(frozenset(each.units)) if each.units else None,
                timezone=home.timezone if home else "UTC",
                holidays=frozenset(home.holidays) if home else frozenset(),
            )
        )
    return found
