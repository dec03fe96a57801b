"""The wizard by which Tryton books a payment; it is reached over JSON-RPC only."""

import msgspec
from msgspec import Struct

from system_apis.tryton.values import Day, Number
from system_apis.tryton.wire import Wire

WIZARD = "wizard.account.invoice.pay"


class PayStart(Struct, frozen=True):
    """What the wizard is told first."""

    payee: int
    payees: list[int]
    company: int
    currency: int
    invoice_account: int
    amount: Number
    date: Day
    payment_method: int
    description: str


class PayAsk(Struct, frozen=True):
    """What the wizard is told when less comes in than is owed."""

    amount: Number
    amount_writeoff: Number
    company: int
    currency: int
    invoice: int
    lines: tuple[()] = ()
    lines_to_pay: tuple[()] = ()
    payment_lines: tuple[()] = ()
    type: str = "partial"


class View(Struct, frozen=True):
    """A form that the wizard shows."""

    state: str


class Shown(Struct, frozen=True):
    """What the wizard answers: another form, or nothing when it is done."""

    view: View | None = None


async def book(wire: Wire, invoice_id: int, start: PayStart) -> None:
    """Book money that came in; the rest of the invoice stays owed."""
    context = {
        "company": start.company,
        "active_model": "account.invoice",
        "active_id": invoice_id,
        "active_ids": [invoice_id],
    }
    made = await wire.call(tuple[int, str, str], f"{WIZARD}.create", [context], writes=False)
    session = made[0]
    execute = f"{WIZARD}.execute"
    told: dict[str, PayStart | PayAsk] = {"start": start}
    shown = await wire.call(Shown, execute, [session, told, "choice", context], writes=True)
    if shown.view and shown.view.state == "ask":
        zero = Number("0")
        ask = PayAsk(start.amount, zero, start.company, start.currency, invoice_id)
        told["ask"] = ask
        await wire.call(Shown, execute, [session, told, "pay", context], writes=True)
    await wire.call(msgspec.Raw, f"{WIZARD}.delete", [session, context], writes=True)
