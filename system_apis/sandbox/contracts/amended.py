"""An agreement as it is once an amendment takes effect."""

from decimal import Decimal

from msgspec import structs

from system_apis.sandbox.contracts.records import (
    Agreement,
    Amendment,
    Commercials,
    Deliverable,
    DeliverableDelta,
    Deltas,
    NotToExceed,
)


def amended(agreement: Agreement, amendment: Amendment) -> Agreement:
    """Return an agreement with what an amendment changes.

    What of the price no deliverable takes up is a deliverable of its own, by the amendment's
    number, and is planned for the last day of all.
    """
    deltas, lifecycle = amendment.deltas, agreement.lifecycle
    if deltas.effective_to is not None:
        lifecycle = structs.replace(lifecycle, effective_to=deltas.effective_to)
    return structs.replace(
        agreement,
        lifecycle=lifecycle,
        commercials=_commercials(agreement.commercials, deltas),
        deliverables=_deliverables(agreement, amendment),
    )


def _commercials(terms: Commercials, deltas: Deltas) -> Commercials:
    cap = terms.not_to_exceed
    if deltas.not_to_exceed is not None:
        cap = NotToExceed(deltas.not_to_exceed, cap.scope if cap else "fees")
    return structs.replace(
        terms,
        not_to_exceed=cap,
        total_value=_more(terms.total_value, deltas.price),
        planned_cost=_more(terms.planned_cost, deltas.cost),
    )


def _deliverables(agreement: Agreement, amendment: Amendment) -> tuple[Deliverable, ...]:
    deltas, before = amendment.deltas, agreement.deliverables
    changes = {each.deliverable_id: each for each in deltas.deliverables}
    after = [_changed(each, changes.get(each.deliverable_id)) for each in before]
    rest = (deltas.price or Decimal(0)) + _sum(before) - _sum(after)
    if before and rest and deltas.price is not None:
        day = deltas.effective_to or max(each.planned_date for each in after)
        after.append(Deliverable(amendment.amendment_number, rest, day))
    return tuple(after)


def _changed(there: Deliverable, change: DeliverableDelta | None) -> Deliverable:
    if change is None:
        return there
    return structs.replace(
        there,
        amount=there.amount if change.amount is None else change.amount,
        planned_date=change.planned_date or there.planned_date,
    )


def _sum(deliverables: tuple[Deliverable, ...] | list[Deliverable]) -> Decimal:
    return sum((each.amount for each in deliverables), start=Decimal(0))


def _more(there: Decimal | None, delta: Decimal | None) -> Decimal | None:
    return there if there is None or delta is None else there + delta
