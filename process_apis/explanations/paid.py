"""Why a client's money is where it is: the invoices that it pays, and what waits. Pure."""

from collections.abc import Sequence

from process_apis.explanations.tree import Part, facts
from process_apis.project_to_cash.receivables import Receipt


def why_payment(receipt: Receipt, trail: Sequence[Part]) -> Part:
    """Return what a payment pays, and how each part was found to belong there."""
    waits = receipt.unapplied
    return Part(
        what=f"payment {receipt.id}",
        amount=receipt.amount,
        facts=facts(
            company=receipt.legal_entity,
            client=receipt.client_number,
            on=receipt.date,
            remittance=receipt.remittance,
            booked_in=receipt.instance,
            noted_at=receipt.noted_at.isoformat(),
            as_of=receipt.as_of.isoformat() if receipt.as_of else None,
        ),
        parts=(
            *(
                Part(
                    what=f"invoice {each.invoice_number}",
                    amount=each.amount,
                    facts=facts(found_by=each.match, ask=_asked_by(each.invoice_number)),
                )
                for each in receipt.applications
            ),
            *((Part(what="on account, of no invoice yet", amount=waits),) if waits else ()),
        ),
        because=tuple(trail),
    )


def _asked_by(number: str) -> str:
    return f"strata why invoice {number}"
