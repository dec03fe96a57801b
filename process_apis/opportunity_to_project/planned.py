"""The billing events that a contract's plan becomes. Pure decisions."""

from process_apis.opportunity_to_project import rules
from process_apis.project_to_cash.identifiers import billing_event_id
from process_apis.project_to_cash.records import BillingEvent, BillingKind, EventStatus
from system_apis.canonical.contracts import BillingModel, Contract

KINDS = {
    BillingModel.TIME_AND_MATERIALS: BillingKind.TIME,
    BillingModel.FIXED_FEE: BillingKind.MILESTONE,
    BillingModel.RETAINER: BillingKind.RETAINER,
    BillingModel.SUBSCRIPTION: BillingKind.SUBSCRIPTION,
}


def planned_events(contract: Contract, client_number: str) -> list[BillingEvent]:
    """Return what is to be billed of a contract; the client's number is the ERP's own."""
    return [
        BillingEvent(
            id=billing_event_id(contract.id, planned.start, planned.milestone),
            kind=BillingKind.DOWN_PAYMENT
            if planned.is_down_payment
            else KINDS[contract.billing_model],
            milestone=planned.milestone,
            contract_id=contract.id,
            contract_number=contract.number,
            project_number=contract.project_number,
            legal_entity=contract.legal_entity,
            client_number=client_number,
            currency=contract.currency,
            period_start=planned.start,
            period_end=planned.end,
            planned_date=planned.planned_date,
            status=EventStatus.PLANNED,
        )
        for planned in rules.billing_plan(contract)
    ]
