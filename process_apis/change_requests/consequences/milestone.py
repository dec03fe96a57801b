"""The plan of a milestone that moves: each consequence judged by itself. Pure decisions."""

from collections.abc import Iterable, Iterator
from datetime import date

from process_apis.change_requests.consequences import acceptance, scope, timing
from process_apis.change_requests.consequences.days import (
    working_days_before,
    working_days_between,
)
from process_apis.change_requests.consequences.facts import Judged, MilestoneFacts
from process_apis.change_requests.consequences.orders import order_changes, orders
from process_apis.change_requests.consequences.staff import extensions, over_allocated, staff
from process_apis.change_requests.records import (
    Action,
    Consequence,
    Domain,
    Happening,
    MilestoneFigures,
    MilestonePlan,
)
from process_apis.change_requests.terms import ChangeTerms


def milestone_plan(facts: MilestoneFacts, judged: Judged) -> MilestonePlan:
    """Return all that happens when a milestone moves."""
    terms, as_of = judged.terms, judged.as_of
    found = tuple(consequences(facts, terms, as_of))
    return MilestonePlan(
        project_number=facts.contract.project_number,
        contract_number=facts.contract.number,
        legal_entity=facts.contract.legal_entity,
        milestone=facts.milestone.number,
        what=facts.asked.what,
        billing_event_id=facts.event.id if facts.event else None,
        as_of=as_of,
        terms_version=judged.terms_version,
        figures=figures(facts, terms, as_of),
        consequences=found,
        approvers=approvers(found),
        applies_by_itself=all(each.action in {Action.AUTO, Action.TOLD} for each in found),
        ground=judged.ground,
    )


def consequences(facts: MilestoneFacts, terms: ChangeTerms, as_of: date) -> Iterator[Consequence]:
    """Yield the consequences of what happens to a milestone, domain by domain."""
    match facts.asked.what:
        case Happening.SCOPE:
            yield from scope.consequences(facts, terms)
        case Happening.ACCEPTED:
            yield from acceptance.accepted(facts)
        case Happening.REOPENED:
            yield from acceptance.reopened(facts)
        case Happening.DATE:
            yield from _moved(facts, terms, as_of)


def _moved(facts: MilestoneFacts, terms: ChangeTerms, as_of: date) -> Iterator[Consequence]:
    yield from _contract(facts)
    yield from timing.invoice(facts, terms)
    yield from timing.client_order(facts)
    yield from timing.revenue(facts, as_of)
    yield from staff(facts, terms)
    yield from orders(facts, terms)
    yield from timing.cash(facts, terms)
    yield from _notice(facts, terms)


def figures(facts: MilestoneFacts, terms: ChangeTerms, as_of: date) -> MilestoneFigures:
    """Return what it all comes to."""
    changes, days = order_changes(facts, terms), notice_days(facts, terms)
    return MilestoneFigures(
        net=facts.milestone.amount,
        gross=timing.gross(facts),
        date_before=facts.before,
        date_after=facts.after,
        due_before=timing.due(facts, facts.before),
        due_after=timing.due(facts, facts.after),
        cash_crosses_month=timing.crosses_month(facts),
        cash_crosses_quarter=timing.crosses_quarter(facts),
        cash_crosses_fiscal_year=timing.crosses_fiscal_year(facts),
        revenue_to_date_change=timing.revenue_to_date_change(facts, as_of),
        revenue_moved=timing.revenue_moved(facts),
        working_days_added=working_days_between(facts.company, facts.before, facts.after),
        extensions=extensions(facts),
        over_allocated=over_allocated(facts, terms),
        orders=changes,
        client_notice_business_days=days,
        client_notice_by=working_days_before(facts.company, min(facts.before, facts.after), days),
    )


def notice_days(facts: MilestoneFacts, terms: ChangeTerms) -> int:
    """Return how many working days before a change its client is to be told of it."""
    agreed = facts.contract.notice_business_days
    return terms.notice_business_days if agreed is None else agreed


def approvers(found: Iterable[Consequence]) -> tuple[str, ...]:
    """Return every role that must approve something, in the order of the consequences."""
    roles = [role for each in found for role in each.approvers]
    return tuple(dict.fromkeys(roles))


def _contract(facts: MilestoneFacts) -> Iterator[Consequence]:
    """Yield that the contract ends before the milestone, which only an amendment changes."""
    if facts.after > facts.contract.effective_to:
        yield Consequence(
            domain=Domain.CONTRACT,
            code="BEYOND_THE_CONTRACT",
            effect="the contract ends before: its term is to be changed first",
            action=Action.BLOCKED,
            reversible=False,
            subject=facts.contract.number,
            before=facts.contract.effective_to,
            after=facts.after,
        )


def _notice(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield the message to the client, which is drafted here and sent by a person."""
    if facts.after == facts.before:
        return
    days = notice_days(facts, terms)
    later = facts.after > facts.before
    yield Consequence(
        domain=Domain.CLIENT_NOTICE,
        code="CLIENT_TOLD" if later else "CLIENT_MAY_BE_TOLD",
        effect=f"the client is told {days} working days before; somebody sends the draft",
        action=Action.AUTO,
        reversible=True,
        subject=facts.milestone.number,
        before=facts.before,
        after=facts.after,
    )
