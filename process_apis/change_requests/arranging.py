"""Arranging: people, orders and the client's notice, once what was agreed is another thing."""

from collections.abc import Callable
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import asdict

from process_apis.change_requests.amending import key_of
from process_apis.change_requests.applications import Applications
from process_apis.change_requests.consequences import notice
from process_apis.change_requests.records import ApplicationState, OrderChange, PlannedChange
from process_apis.engagements import Engagements
from system_apis.canonical.procurement import (
    OrderLine,
    OrderLineDraft,
    OrderRevision,
    OrderStatus,
    PurchaseOrder,
)
from system_apis.canonical.team import StaffingRequestDraft, TaskDraft
from system_apis.systems import Systems

_FINAL = {OrderStatus.CLOSED, OrderStatus.CANCELLED}


class Arranging(Struct, frozen=True):
    """The steps that ask people and vendors for what the plan says; each is done once."""

    systems: Systems
    engagements: Engagements
    applications: Applications
    clock: Callable[[], datetime]

    async def staff(self, change: PlannedChange) -> None:
        """Ask for the people who work longer, or for the hours of a role that come on top."""
        for count, draft in enumerate(await self._wanted(change)):
            psa = self.systems.psa(change.legal_entity, on=draft.start)
            await psa.open_staffing_request(draft, key=key_of(change, f"staff:{count}"))

    async def reorder(self, change: PlannedChange) -> None:
        """Ask for the orders to reach as far as the work does."""
        if change.milestone is None:
            return
        by_order: dict[str, list[OrderChange]] = {}
        for each in change.milestone.figures.orders:
            by_order.setdefault(each.purchase_order_id, []).append(each)
        for order_id, changes in by_order.items():
            await self._revise(change, order_id, changes)

    async def tell(self, change: PlannedChange) -> None:
        """Give the project manager the draft of what the client is told, to be sent."""
        engagement = await self.engagements.find(change.project_number)
        today = self.clock().date()
        draft = TaskDraft(
            project_number=change.project_number,
            legal_entity=change.legal_entity,
            name=f"Tell the client: {change.subject} of {change.contract_number}",
            owner=engagement.project_manager if engagement else change.asked_by,
            due=_told_by(change, today),
        )
        psa = self.systems.psa(change.legal_entity, on=today)
        await psa.create_task(draft, key=key_of(change, "notice"))

    async def end(self, change: PlannedChange) -> PlannedChange:
        """Write down that a plan is carried out, with the draft of the notice."""
        if change.milestone is not None:
            text = notice.of_milestone(change.milestone)
        else:
            text = notice.of_change(change.change) if change.change else ""
        return await self.applications.turn(change.id, ApplicationState.APPLIED, notice=text)

    async def _wanted(self, change: PlannedChange) -> list[StaffingRequestDraft]:
        if change.milestone is not None:
            return [
                StaffingRequestDraft(
                    project_number=change.project_number,
                    legal_entity=each.legal_entity,
                    role=each.role,
                    start=each.start,
                    end=each.end,
                    percent=each.percent,
                    person=each.employee,
                )
                for each in change.milestone.figures.extensions
            ]
        if change.change is None:
            return []
        request = await self.systems.contracts.change_request(change.change.change_request_id)
        [contract] = (await self.systems.contracts.contracts(number=change.contract_number)).items
        return [
            StaffingRequestDraft(
                project_number=change.project_number,
                legal_entity=change.legal_entity,
                role=each.role,
                start=change.change.as_of,
                end=max(contract.effective_to, change.change.as_of),
                hours=each.hours,
            )
            for each in request.deltas.hours_by_role
            if each.hours > 0
        ]

    async def _revise(
        self, change: PlannedChange, order_id: str, changes: list[OrderChange]
    ) -> PurchaseOrder:
        """Put longer lines in the place of an order's own, as they were when it was planned."""
        buying = self.systems.procurement
        order = await buying.purchase_order(order_id)
        wanted = {each.line: each for each in changes}
        lines = tuple(_line(each, wanted.get(each.number)) for each in order.lines)
        if order.status in _FINAL or lines == tuple(_line(each, None) for each in order.lines):
            return order
        revision = OrderRevision(
            of_revision=changes[0].revision,
            lines=lines,
            needs_approval=any(each.needs_reapproval for each in changes),
        )
        key = key_of(change, f"order:{order.number}")
        revised = await buying.revise_purchase_order(order_id, revision, key=key)
        if revised.status is not OrderStatus.PENDING_APPROVAL:
            return revised
        # The plan was approved by everybody who approves an order of this amount.
        approved = await buying.approve_purchase_order(
            order_id, revision=revised.revision, key=f"{key}:approval"
        )
        return await buying.send_purchase_order(approved.id, key=f"{key}:sending")


def _line(line: OrderLine, change: OrderChange | None) -> OrderLineDraft:
    said = {name: asdict(line)[name] for name in OrderLineDraft.__struct_fields__}
    if change is not None:
        said["end"] = change.end_after
        said["quantity"] = change.quantity_after
    return OrderLineDraft(**said)


def _told_by(change: PlannedChange, today: date) -> date:
    """Return the day until which the client is to be told, today at the earliest."""
    return max(today, change.milestone.figures.client_notice_by) if change.milestone else today
