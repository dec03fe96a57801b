"""A month is not closed over a case of its company, also where only the system of it is known."""

import pytest

from process_apis.durable.steps import Stopped
from process_apis.events.billing import BillingFallenDue, PaymentBooked
from process_apis.events.event import Event
from process_apis.exceptions.cases import case_of, may_be_of
from tests.process_apis.billing_facts import id_of
from tests.process_apis.test_waiting import NOW

SERVED = {"erp-a": frozenset({"NWA-US", "NWA-UK"}), "erp-b": frozenset({"NWA-DE"})}
DUE = BillingFallenDue(billing_event_id=id_of("bev", 1), occasion="planned", legal_entity="NWA-US")


@pytest.mark.parametrize(
    ("event", "companies"),
    [
        (DUE, {"NWA-US"}),
        (PaymentBooked(instance="erp-a", payment_id=id_of("pay", 1)), {"NWA-US", "NWA-UK"}),
        (PaymentBooked(instance="erp-b", payment_id=id_of("pay", 1)), {"NWA-DE"}),
        (PaymentBooked(instance="erp-z", payment_id=id_of("pay", 1)), set()),
    ],
)
def test_a_case_of_no_known_company_waits_for_all_that_its_system_keeps_books_of(
    event: Event, companies: set[str]
) -> None:
    """Money that came in is of one of them; which one, only the case itself will tell."""
    stopped = Stopped(1, "apply", "OVERPAYMENT", "more than is due", NOW)
    case = case_of(stopped, event, process="p", command_key="k", on_behalf_of="U-9")

    def served(instance: str) -> frozenset[str]:
        return SERVED.get(instance, frozenset())

    every = frozenset[str]().union(*SERVED.values())
    assert {each for each in every if may_be_of(case, each, served)} == companies
