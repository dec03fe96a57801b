"""How work goes: once of a kind, answered alike, to its end, and among the companies it is of."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

import msgspec
from msgspec import Struct

from process_apis.commands import CommandStatus
from process_apis.exceptions.queue import ExceptionStatus
from process_apis.project_to_cash.ledger.allocations import DONE
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from process_apis.resource_to_revenue.questions import LENDING
from process_apis.revenue.records import REVENUE
from process_apis.verification.evidence import Booked, Kept
from process_apis.verification.looks.telling import looked
from process_apis.verification.records import Break, Looked
from system_apis.canonical.money import Money
from system_apis.effect_ledger import EffectState

# How long work may be under way before it counts as stuck; a lease and a few rounds are shorter.
DRAINED_WITHIN = timedelta(minutes=15)
_UNDER_WAY = {EffectState.INTENDED, EffectState.SENT, EffectState.UNCERTAIN}
_LEDGER = "/process/revenue/v1/entries"


def one_of_a_kind(kept: Kept, booked: Booked) -> Looked:
    """Count projects by deal, invoices by billing event, receipts by period, revenue by month."""
    deals = [each.opportunity_id for each in kept.engagements if each.opportunity_id]
    bills = [
        each.billing_event_id
        for each in kept.invoices
        if each.stage is not InvoiceStage.REJECTED and each.credited is None
    ]
    received = [
        f"{each.purchase_order_number} line {each.line}, {each.start} to {each.end}"
        f" of {', '.join(sorted(each.evidence))}"
        for each in booked.receipts
        if each.reference and not each.is_reversed
    ]
    breaks = [
        *_second(deals, "two projects are of this opportunity", "/experience/delivery/v1/projects"),
        *_second(bills, "two invoices bill this event", "/experience/finance/v1/invoices"),
        *_second(received, "two receipts are of it", "/system/procurement/v1/receipts"),
        *_revenue(kept),
    ]
    return looked(
        breaks, engagements=deals, invoices=bills, receipts=received, revenue_entries=kept.revenue
    )


def _second(keys: list[str], reason: str, look_at: str) -> Iterator[Break]:
    for key, count in Counter(keys).items():
        if count > 1:
            yield Break(subject=key, reason=reason, look_at=look_at)


def _revenue(kept: Kept) -> Iterator[Break]:
    """Yield each entry whose running total does not follow from those before it.

    A month that was booked again after later ones has a total of its own up to that month.
    """
    known: dict[tuple[str, bool], list[tuple[str, Money]]] = defaultdict(list)
    in_order = sorted(kept.revenue, key=lambda each: (each.booked_at, each.month, each.sequence))
    for each in in_order:
        of_kind = known[each.project_number, each.kind in REVENUE]
        of_kind.append((each.month, each.amount))
        until = Money.total(
            (amount for month, amount in of_kind if month <= each.month), each.amount.currency
        )
        if until != each.cumulative:
            yield Break(
                subject=each.id,
                reason=f"{each.project_number} {each.month} says {each.cumulative} so far,"
                f" and its entries come to {until}",
                look_at=f"{_LEDGER}?month={each.month}",
                legal_entity=each.legal_entity,
                amount=until - each.cumulative,
            )


def answers_stay(kept: Kept, _: Booked) -> Looked:
    """Look whether each kept answer is whole, and is one that was given when it was asked."""
    given = {(each.actor, each.action, each.reason) for each in kept.audit}
    asked = [each for each in kept.answers if each.is_kept]
    breaks = []
    for each in asked:
        if each.status is None:
            reason = "its kept answer cannot be read"
        elif each.kept_until != each.until:
            reason = "its kept answer is another than was kept for it"
        elif (each.subject, each.operation, str(each.status)) not in given:
            reason = f"its kept answer is {each.status}, and nobody was answered so"
        else:
            continue
        breaks.append(
            Break(
                subject=each.key,
                reason=f"{each.operation} by {each.subject}: {reason}",
                look_at=f"/governance/v1/audit?actor={each.subject}&action={each.operation}",
            )
        )
    return looked(breaks, kept_answers=asked)


def work_comes_to_an_end(kept: Kept, _: Booked) -> Looked:
    """Look for work that stands still with nobody asked about it."""
    breaks = [*_commands(kept), *_cases(kept), *_effects(kept), *_events(kept), *_carried_on(kept)]
    return looked(
        breaks,
        commands=kept.commands,
        exceptions=kept.cases,
        effects=kept.effects,
        billing_events=kept.events,
        approvals=kept.approvals,
    )


def _commands(kept: Kept) -> Iterator[Break]:
    asked = {
        each.case.command_key
        for each in kept.cases
        if each.case.status is ExceptionStatus.OPEN or not each.resumed
    }
    for each in kept.commands:
        command, late = each.command, kept.now - DRAINED_WITHIN
        if not kept.span.has(command.accepted_at):
            continue
        under_way = command.status in {CommandStatus.ACCEPTED, CommandStatus.RUNNING}
        if under_way and command.accepted_at < late:
            reason = f"{command.status} since {command.accepted_at.isoformat()}"
        elif command.status is CommandStatus.PARKED and command.key not in asked:
            reason = f"it is parked ({command.outcome}), and nobody is asked about it"
        else:
            continue
        yield Break(
            subject=command.key,
            reason=f"{command.process}: {reason}",
            look_at="/process/exceptions/v1",
            legal_entity=each.legal_entity,
        )


def _cases(kept: Kept) -> Iterator[Break]:
    for each in kept.cases:
        case = each.case
        if case.status is ExceptionStatus.OPEN and not (case.owner_role and case.reason):
            yield Break(
                subject=case.id,
                reason="it is open without an owner or a reason",
                look_at="/process/exceptions/v1",
                legal_entity=case.legal_entity,
            )


def _effects(kept: Kept) -> Iterator[Break]:
    """Yield each write that was begun, is held by nobody, and of which no command is under way."""
    busy = any(each.command.status is not CommandStatus.DONE for each in kept.commands)
    for each in kept.effects:
        stuck = each.state in _UNDER_WAY and each.lease_until < kept.now - DRAINED_WITHIN
        if stuck and not busy:
            yield Break(
                subject=each.key,
                reason=f"{each.action} at {each.instance} is {each.state} since"
                f" {each.updated_at.isoformat()}, and nothing carries it on",
                look_at=f"{each.instance}, for {each.key}",
            )


def _events(kept: Kept) -> Iterator[Break]:
    late = kept.business_now.date() - timedelta(days=1)
    for each in kept.events:
        planned = each.status is EventStatus.PLANNED
        if planned and each.planned_date < late and kept.span.has(each.planned_date):
            yield Break(
                subject=each.id,
                reason=f"{each.project_number} was to be billed on {each.planned_date},"
                " and nobody has looked at it",
                look_at="/experience/finance/v1/readiness",
                legal_entity=each.legal_entity,
                amount=each.amount_expected,
            )


def _carried_on(kept: Kept) -> Iterator[Break]:
    for each in kept.approvals:
        asked = each.approval
        decided = asked.decided_at
        if each.continued or not each.continues or decided is None:
            continue
        if decided < kept.business_now - DRAINED_WITHIN:
            yield Break(
                subject=asked.id,
                reason=f"{asked.question} was decided, and nothing followed",
                look_at=f"/governance/v1/audit?subject={asked.id}",
                legal_entity=asked.legal_entity,
                amount=asked.amount,
            )


class _Told(Struct, frozen=True):
    legal_entity: str | None = None


class _Listed(Struct, frozen=True):
    legal_entity: str | None = None
    items: list[_Told] = []


def companies_are_apart(kept: Kept, booked: Booked) -> Looked:
    """Look for a record of one company on the project, in the books or an answer of another."""
    of_project = {each.project_number: each.legal_entity for each in kept.engagements}
    records = [
        *((e.id, e.draft.legal_entity, e.draft.project_number) for e in kept.invoices),
        *((e.id, e.draft.legal_entity, e.draft.project_number) for e in kept.credit_notes),
        *((e.id, e.legal_entity, e.project_number) for e in kept.events),
        *(
            (e.approval.id, e.approval.legal_entity, e.approval.project_number)
            for e in kept.approvals
            # A company that lends a person is asked about another's project.
            if e.approval.question != LENDING
        ),
        *((e.id, e.legal_entity, e.project_number) for e in kept.revenue),
        *((e.id, e.legal_entity, e.project_number) for e in kept.findings),
    ]
    breaks = [
        Break(
            subject=subject,
            reason=f"it is of {entity}, and its project {project} of {of_project[project]}",
            look_at=f"/governance/v1/audit?subject={subject}",
            legal_entity=entity,
        )
        for subject, entity, project in records
        if project in of_project and of_project[project] != entity
    ]
    breaks += [
        Break(
            subject=each.number or each.id,
            reason=f"{each.instance} has it, whose books are not those of"
            f" {each.draft.legal_entity}",
            look_at=f"/system/erp/v1/invoices?number={each.number}",
            legal_entity=each.draft.legal_entity,
            amount=each.posted,
        )
        for each in kept.invoices
        if each.stage in DONE
        and each.draft.legal_entity
        not in booked.routed.get(each.instance, {each.draft.legal_entity})
    ]
    breaks += [*_answers(kept)]
    return looked(breaks, records=records, kept_answers=kept.answers)


def _answers(kept: Kept) -> Iterator[Break]:
    """Yield each kept answer that tells of a company that its caller does not see."""
    for each in kept.answers:
        for entity in sorted(_told(each.body) - each.entities):
            yield Break(
                subject=each.key,
                reason=f"{each.subject} was answered about {entity} by {each.operation}",
                look_at=f"/governance/v1/audit?actor={each.subject}&action={each.operation}",
                legal_entity=entity,
            )


def _told(body: bytes) -> set[str]:
    """Return the companies that an answer names; one that is no record names none."""
    try:
        told = msgspec.json.decode(body, type=_Listed)
    except msgspec.MsgspecError:
        return set()
    named = {told.legal_entity, *(each.legal_entity for each in told.items)}
    return {each for each in named if each is not None}
