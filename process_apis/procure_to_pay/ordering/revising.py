"""Revisions of orders: what rises too much is approved anew, before it goes to its vendor."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from governance.editions import Editions
from process_apis.procure_to_pay import rules
from process_apis.procure_to_pay.ordering.requests import HeldRevision
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.canonical.procurement import OrderStatus, PurchaseOrder
from system_apis.systems import Systems


class Revising(Struct, frozen=True):
    """The steps between an order that was revised and one that its vendor has."""

    systems: Systems
    terms: Editions[ProcureToPayTerms]
    exchange: Exchange
    clock: Callable[[], datetime]

    async def look_at_revision(self, purchase_order_id: str) -> HeldRevision | None:
        """Return a revision that waits for an approval, or None for any other order."""
        order = await self.systems.procurement.purchase_order(purchase_order_id)
        return held(order, self.terms.on(self.clock().date()).terms, self.exchange)

    async def approve_revision(self, purchase_order_id: str, revision: int) -> None:
        """Tell the procurement system that a revision is approved, unless there is a newer one."""
        order = await self.systems.procurement.purchase_order(purchase_order_id)
        if order.status is OrderStatus.PENDING_APPROVAL and order.revision == revision:
            key = f"approve:{purchase_order_id}:{revision}"
            await self.systems.procurement.approve_purchase_order(
                purchase_order_id, revision=revision, key=key
            )

    async def send_revision(self, purchase_order_id: str, revision: int) -> None:
        """Send an approved revision to its vendor."""
        order = await self.systems.procurement.purchase_order(purchase_order_id)
        if order.status is OrderStatus.APPROVED and order.revision == revision:
            key = f"send:{purchase_order_id}:{revision}"
            await self.systems.procurement.send_purchase_order(purchase_order_id, key=key)


def held(order: PurchaseOrder, terms: ProcureToPayTerms, exchange: Exchange) -> HeldRevision | None:
    """Return a revision that waits, with who approves it: nobody where it changes too little."""
    before = order.approved_total
    if order.status is not OrderStatus.PENDING_APPROVAL or before is None:
        return None
    rise, allowed = (order.total - before).value, terms.revision_share * before.value
    tier = rules.approvers(order.total, terms, exchange)
    anew = abs(rise) > allowed or tier != rules.approvers(before, terms, exchange)
    projects = {each.project_number for each in order.lines}
    return HeldRevision(
        purchase_order_id=order.id,
        number=order.number,
        revision=order.revision,
        legal_entity=order.legal_entity,
        project_number=projects.pop() if len(projects) == 1 else None,
        approved=before,
        total=order.total,
        approvers=tier if anew else (),
    )
