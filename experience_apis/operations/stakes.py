"""How much money a run is about, as far as the firm's own books know it."""

from msgspec import Struct, structs

from process_apis.errors import NoSuchRecord
from process_apis.events.event import Event
from process_apis.project_to_cash.ledger.billing import BillingLedger
from system_apis.canonical.money import Money


class Stake(Struct, frozen=True):
    """An amount that waits, and the subject that it belongs to: it is counted once for each."""

    subject: str
    amount: Money


async def stake_of(event: Event, ledger: BillingLedger) -> Stake | None:
    """Return what an event's work is about: what is billed, else the amount that it names."""
    named = structs.asdict(event)
    try:
        if isinstance(invoice_id := named.get("invoice_id"), str):
            invoice = await ledger.invoice(invoice_id)
            return Stake(invoice.billing_event_id, invoice.draft.gross)
        if isinstance(event_id := named.get("billing_event_id"), str):
            billed = await ledger.event(event_id)
            return Stake(billed.id, billed.amount_expected) if billed.amount_expected else None
    except NoSuchRecord:
        return None
    amount = next((each for each in named.values() if isinstance(each, Money)), None)
    return Stake(event.business_key, amount) if amount else None


def sums_of(stakes: list[Stake]) -> list[Money]:
    """Return the sum of each currency; what is counted twice of one subject counts once."""
    once = {each.subject: each.amount for each in stakes}
    sums: dict[str, Money] = {}
    for amount in once.values():
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    return [sums[currency] for currency in sorted(sums)]
