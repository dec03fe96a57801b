"""The parents that the CRM and the ledgers name of a client, where these are two firms.

A parent that the other system does not know cannot be named there: then nothing is said.
"""

from collections.abc import Awaitable

from msgspec import Struct

from process_apis.quality.seen import told
from system_apis.canonical.party import Client
from system_apis.crm.interface import Crm
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound
from system_apis.systems import Systems


class Parents(Struct, frozen=True):
    """Whether it is known that two systems name one parent, and which two it is if not."""

    known: bool
    in_sales: Client | None = None
    in_ledger: Client | None = None


ALIKE, UNSAID = Parents(known=True), Parents(known=False)


async def parents(systems: Systems, instance: str, client: Client) -> Parents:
    """Return what the CRM and a ledger, or all of them, say of a client's parent.

    A client that names none contradicts nobody.
    """
    if client.parent_client_id is None:
        return ALIKE
    crm, ledger = systems.crm, systems.erps.get(instance)
    if ledger is not None:
        return await _of_two(crm, await _found(crm.client(client.id)), ledger, client)
    said = [
        await _of_two(crm, client, erp, await _found(erp.client(client.id)))
        for erp in systems.erps.values()
    ]
    apart = [each for each in said if each.in_sales]
    return next(iter([*apart, *(each for each in said if each.known)]), UNSAID)


async def _of_two(crm: Crm, sold: Client | None, erp: Erp, billed: Client | None) -> Parents:
    if sold is None or billed is None:
        return UNSAID
    ours, theirs = sold.parent_client_id, billed.parent_client_id
    if ours is None or theirs is None or ours == theirs:
        return ALIKE
    if not (await _found(erp.client(ours)) or await _found(crm.client(theirs))):
        return UNSAID
    return Parents(True, await crm.client(ours), await erp.client(theirs))


async def _found(reading: Awaitable[Client]) -> Client | None:
    try:
        return await told(reading)
    except NotFound:
        return None
