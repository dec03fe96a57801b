"""Whom a new project asks for, and what is to be done before it begins. Pure decisions."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from process_apis.opportunity_to_project.rules import Agreement, Gap, contract_price
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import ProjectTemplate, Resource
from system_apis.canonical.money import Price
from system_apis.canonical.team import (
    Booking,
    BookingKind,
    StaffingRequest,
    StaffingRequestDraft,
    Task,
    TaskDraft,
    TaskStatus,
)

CLIENTS_ACCOUNTS_PAYABLE = "client_accounts_payable"
_WHOLE_WEEK = Decimal(100)
_HOUR_PART = Decimal("0.01")


def presold(bookings: Sequence[Booking]) -> list[Booking]:
    """Return the people whom sales promised by name: those booked softly on the opportunity."""
    return [each for each in bookings if each.kind is BookingKind.SOFT]


def requests(
    agreement: Agreement, resources: Sequence[Resource], named: Sequence[Booking]
) -> list[StaffingRequestDraft]:
    """Return one request for each role and window (domain handbook, 3a.10).

    Whoever is named keeps their own window; every other role of the contract, or of the
    company where it names no rates, is asked for over the whole term in equal hours, as the
    budget plans it [P].
    """
    contract = agreement.contract
    promised = [
        StaffingRequestDraft(
            project_number=contract.project_number,
            legal_entity=contract.legal_entity,
            role=each.role,
            start=each.start,
            end=each.end,
            percent=each.percent,
            person=each.employee,
        )
        for each in named
    ]
    taken = {each.role for each in named}
    hours = _hours_each(agreement, resources)
    return promised + [
        StaffingRequestDraft(
            project_number=contract.project_number,
            legal_entity=contract.legal_entity,
            role=role,
            start=contract.effective_from,
            end=contract.effective_to,
            hours=hours,
            percent=None if hours else _WHOLE_WEEK,
        )
        for role in planned_roles(contract, resources)
        if role not in taken
    ]


def planned_roles(contract: Contract, resources: Sequence[Resource]) -> list[str]:
    """Return the roles that a project is planned with, each once."""
    if contract.rates:
        return list(dict.fromkeys(each.role for each in contract.rates))
    return list(dict.fromkeys(each.role for each in resources if each.list_rate))


def request_key(draft: StaffingRequestDraft) -> str:
    """Return the business key of a request: its project, role and window, and who is named."""
    window = f"{draft.role}:{draft.start}:{draft.end}"
    return f"staffing:{draft.project_number}:{window}:{draft.person or ''}"


def onboarding(agreement: Agreement, template: ProjectTemplate) -> list[TaskDraft]:
    """Return what is to be done when a project begins, and ask for an order that is missing."""
    contract = agreement.contract
    drafts = [
        TaskDraft(
            project_number=contract.project_number,
            legal_entity=contract.legal_entity,
            name=item.name,
            owner=item.owner,
            due=contract.effective_from + timedelta(days=item.due_in_days),
            is_mandatory=item.is_mandatory,
        )
        for item in template.checklist
    ]
    if contract.purchase_order_required and not contract.purchase_orders:
        drafts.append(
            TaskDraft(
                project_number=contract.project_number,
                legal_entity=contract.legal_entity,
                name="Purchase order number for the first invoice",
                owner=CLIENTS_ACCOUNTS_PAYABLE,
                due=contract.effective_from,
            )
        )
    return drafts


def task_key(draft: TaskDraft) -> str:
    """Return the business key of a task: its project and its name on the checklist."""
    return f"onboarding:{draft.project_number}:{draft.name}"


def unready(
    agreement: Agreement,
    template: ProjectTemplate,
    asked: Sequence[StaffingRequest],
    tasks: Sequence[Task],
) -> list[Gap]:
    """Return what of people and tasks a project still lacks before it may become active."""
    found = []
    if not asked:
        found.append(Gap("PROJECT_INCOMPLETE", "the project asks for nobody"))
    there = {each.name for each in tasks}
    missing = [each.name for each in onboarding(agreement, template) if each.name not in there]
    if missing:
        found.append(Gap("PROJECT_INCOMPLETE", f"no task for {', '.join(missing)}"))
    undone = [each.name for each in tasks if each.is_mandatory and each.status is TaskStatus.OPEN]
    if undone:
        found.append(Gap("CHECKLIST_OPEN", f"still to be done: {', '.join(undone)}"))
    return found


def _hours_each(agreement: Agreement, resources: Sequence[Resource]) -> Decimal | None:
    """Return the hours of each role when all work equally long, if the price tells them."""
    contract = agreement.contract
    price = contract_price(contract) or agreement.opportunity.amount
    rates = [each.rate for each in contract.rates] or _list_rates(resources)
    paid = sum((each.value for each in rates), start=Decimal(0))
    if not paid or any(each.currency != price.currency for each in rates):
        return None
    hours = (price.value / paid).quantize(_HOUR_PART, ROUND_HALF_UP)
    return hours if hours > 0 else None


def _list_rates(resources: Sequence[Resource]) -> list[Price]:
    """Return the list rate of each role, once."""
    by_role = {each.role: each.list_rate for each in resources if each.list_rate}
    return list(by_role.values())
