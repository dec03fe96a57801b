"""What is written off is shown as lost, and no more as held."""

from datetime import date

from msgspec.structs import replace

from experience_apis.delivery.billing import Facts, figures
from experience_apis.finance.views import held
from process_apis.project_to_cash.records import EventStatus
from process_apis.project_to_cash.rules import prepare
from tests.process_apis.billing.test_writing_off import usd
from tests.process_apis.billing_facts import HALF_UP, MONTH_END, contract, entry, facts
from tests.process_apis.test_verification_write_offs import OFF

START = date(2026, 10, 1)
AGREED = contract(cap="1500", tax="0.19")
SEEN = facts(entry("8"), agreed=AGREED)
GONE = replace(OFF, draft=prepare(SEEN, HALF_UP).draft)


def test_a_month_that_is_written_off_is_lost_without_tax_and_over_its_cap() -> None:
    """A month without any tells of none, which is absent."""
    known = Facts(contract=AGREED, worked=(), invoices=(), credits=(), write_offs=(GONE,))

    lost = figures(known, START, MONTH_END).leakage
    none = figures(replace(known, write_offs=()), START, MONTH_END).leakage

    assert (lost.write_off, lost.over_cap) == (usd("1500"), usd("740"))
    assert (none.write_off, none.over_cap) == (None, None)


def test_what_is_over_a_cap_is_held_until_it_is_given_up() -> None:
    """Or cancelled."""
    over = replace(SEEN.event, status=EventStatus.BLOCKED, over_cap=usd("740"))
    gone = replace(over, status=EventStatus.WRITTEN_OFF)
    cancelled = replace(over, status=EventStatus.CANCELLED)

    assert [each.amount for each in held([over, gone, cancelled], [])] == [usd("740")]
