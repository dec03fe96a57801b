"""Money that names no invoice, in a real ERP over a line that loses answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.audit import Audit
from store.clock import wall_clock
from system_apis.canonical.billing import Payment, PaymentApplication, PaymentDraft
from system_apis.canonical.money import Money
from system_apis.dedupe import LookUpFirst
from system_apis.effect_ledger import Effect
from system_apis.effects import Effects
from system_apis.erp.interface import Erp
from system_apis.errors import Refused, TryAgain, Unknown
from tests.real.lossy_proxy import Loss, LossyProxy
from tests.real.tryton.clerk import Clerk
from tests.real.tryton.connected import tryton_erp
from tests.real.tryton.drafts import TODAY, engagement, german_invoice
from tests.real.tryton.server import Tryton
from tests.real.tryton_scene import LONGEST_REQUEST_SECONDS
from tests.stores import empty_store
from tests.system_apis.contract.walking import every

pytestmark = pytest.mark.real
CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())


def _money(name: str, amount: str, currency: str = "EUR", on: date = TODAY) -> PaymentDraft:
    return PaymentDraft(
        legal_entity="NWA-DE",
        client_number=f"CL-{name}",
        date=on,
        amount=Money.of(amount, currency),
        reference="many thanks",
    )


class Guarded(Struct, frozen=True):
    """An ERP whose writes are guarded as the gateway guards them."""

    erp: Erp
    effects: Effects

    async def once(
        self, operation: str, key: str, write: Callable[[Erp], Awaitable[Payment]]
    ) -> Payment:
        """Ask until the effect is there, as the durable engine would."""
        mode = self.erp.writes[operation]
        assert isinstance(mode, LookUpFirst)
        effect = Effect(
            system="erp", instance="erp-a", operation=operation, key=key, input_hash="same"
        )
        while True:
            try:
                with acting_as(CALLER):
                    return await self.effects.once(
                        effect,
                        mode,
                        find=lambda: getattr(self.erp, mode.find)(key),
                        write=lambda: write(self.erp),
                    )
            except (Unknown, TryAgain) as later:
                pause = later.settles_after if isinstance(later, Unknown) else later.after
                await asyncio.sleep(min(pause.total_seconds(), LONGEST_REQUEST_SECONDS) + 0.01)


@asynccontextmanager
async def _guarded(tryton: Tryton, line: LossyProxy, directory: Path) -> AsyncIterator[Guarded]:
    store = empty_store(directory / "effects.sqlite")
    config = tryton.config()
    config = replace(
        config,
        connection=replace(config.connection, base_url=line.base_url),
        longest_request_seconds=LONGEST_REQUEST_SECONDS,
    )
    async with tryton_erp(tryton, directory, config) as erp:
        audit = Audit(store, wall_clock, directory / "heads.jsonl")
        yield Guarded(erp, Effects(store, wall_clock, audit))
    store.close()


@pytest.mark.parametrize("loss", [Loss.ANSWER, Loss.LATE_COMMIT])
async def test_money_is_booked_once_and_applied_once_though_the_answers_are_lost(
    tryton: Tryton, clerk: Clerk, erp: Erp, tmp_path: Path, loss: Loss
) -> None:
    """The draft of the booking is found and posted; the part is found by its own key."""
    name = f"LOST-{loss.name}"
    await engagement(erp, name)
    draft = await erp.create_invoice(german_invoice(name, ("10", "100")), key=f"invoice:{name}")
    invoice = await erp.post_invoice(draft.id, key=f"post:{name}")
    part = PaymentApplication(str(invoice.number), Money("400.00", "EUR"))
    root = f"/{tryton.seeded.database}"
    moves, calls = f"{root}/rest/model/account.move", f"{root}/rpc/"
    line = LossyProxy(tryton.base_url, {moves: [loss], calls: [None, None, None, loss]})
    async with line.serving(), _guarded(tryton, line, tmp_path) as guard:
        booked = await guard.once(
            "record_payment",
            f"bank:{name}",
            lambda erp: erp.record_payment(_money(name, "500"), key=f"bank:{name}"),
        )
        placed = await guard.once(
            "apply_payment",
            f"cash:{name}",
            lambda erp: erp.apply_payment(booked.id, part, key=f"cash:{name}"),
        )

    assert line.unheard == [200, 200], "an answer that was not lost proves nothing"
    assert (booked.client_number, booked.unapplied.amount) == (f"CL-{name}", "500.00")
    assert (placed.applications, placed.unapplied.amount) == ((part,), "100.00")
    assert (await erp.invoice(invoice.id)).paid.amount == "400.00"
    assert clerk.owed(f"invoice:{name}") == Decimal("790.00")
    assert clerk.bookings(f"bank:{name}") == clerk.bookings(f"cash:{name}") == ["posted"]


async def test_money_that_was_given_back_is_not_applied(erp: Erp, clerk: Clerk) -> None:
    """A bookkeeper who knows no gateway sends a part back, which is no payment of the client's."""
    await engagement(erp, "BACK")
    draft = await erp.create_invoice(german_invoice("BACK", ("10", "100")), key="invoice:BACK")
    invoice = await erp.post_invoice(draft.id, key="post:BACK")
    booked = await erp.record_payment(_money("BACK", "500"), key="bank:BACK")
    clerk.give_back("NWA-DE", "CL-BACK", Decimal(200), TODAY)
    more = PaymentApplication(str(invoice.number), Money("300.01", "EUR"))
    rest = PaymentApplication(str(invoice.number), Money("300.00", "EUR"))

    with pytest.raises(Refused) as refused:
        await erp.apply_payment(booked.id, more, key="cash:BACK:more")
    placed = await erp.apply_payment(booked.id, rest, key="cash:BACK")
    listed = await every(lambda cursor: erp.payments(cursor=cursor))

    assert refused.value.code == "NOTHING_LEFT"
    assert placed.applications == (rest,)
    assert [each for each in listed if each.client_number == "CL-BACK"] == [placed]


async def test_money_on_account_is_kept_in_the_companys_own_currency(erp: Erp) -> None:
    """What it is worth on which day is for a person to say."""
    await engagement(erp, "DOLLARS")

    with pytest.raises(Refused) as refused:
        await erp.record_payment(_money("DOLLARS", "5", "USD"), key="bank:dollars")

    assert refused.value.code == "CURRENCY_MISMATCH"


async def test_no_money_is_booked_in_a_month_that_the_books_do_not_have(erp: Erp) -> None:
    """As an invoice is not."""
    await engagement(erp, "BEFORE")

    with pytest.raises(Refused) as refused:
        await erp.record_payment(_money("BEFORE", "5", on=date(2025, 12, 31)), key="bank:before")

    assert refused.value.code == "PERIOD_CLOSED"


async def test_where_no_account_is_kept_for_it_money_names_its_invoice(
    tryton: Tryton, tmp_path: Path
) -> None:
    """A company without a payment method for money on account refuses it with what is missing."""
    config = tryton.config()
    companies = {code: replace(each, on_account=None) for code, each in config.companies.items()}
    async with tryton_erp(tryton, tmp_path, replace(config, companies=companies)) as erp:
        await engagement(erp, "NOWHERE")
        with pytest.raises(Refused, match="on_account") as refused:
            await erp.record_payment(_money("NOWHERE", "5"), key="bank:nowhere")

    assert refused.value.code == "INVOICE_REQUIRED"
