"""What changes in a real ERP that has no change feed of its own."""

import pytest

from system_apis.erp.interface import Erp
from tests.real.tryton.drafts import engagement, german_invoice, money_in

pytestmark = pytest.mark.real


async def test_every_change_is_told_in_order_and_once(own_erp: Erp) -> None:
    """What was told is not told again; what changed since is, with a later sequence."""
    await engagement(own_erp, "FEED")
    draft = await own_erp.create_invoice(german_invoice("FEED", ("1", "100")), key="invoice:feed")
    first = (await own_erp.changes(after=0)).items
    posted = await own_erp.post_invoice(draft.id, key="post:feed")
    payment = await own_erp.record_payment(money_in(posted, "19", "BANK-5"), key="pay:feed")
    second = (await own_erp.changes(after=first[-1].sequence)).items

    assert {each.record_type for each in first} == {"client", "invoice"}
    assert {(each.record_type, each.id) for each in second} == {
        ("invoice", posted.id),
        ("payment", payment.id),
    }
    sequences = [each.sequence for each in first + second]
    assert sequences == sorted(set(sequences))
    assert (await own_erp.changes(after=sequences[-1])).items == []


async def test_a_reader_who_starts_over_is_told_everything_again(own_erp: Erp) -> None:
    """The feed remembers for nobody but the reader who says how far it is."""
    await engagement(own_erp, "AGAIN")
    first = (await own_erp.changes(after=0)).items

    assert first
    assert (await own_erp.changes(after=0)).items == first
