"""What a bill rests on is judged at its readiness check, and what is in quarantine holds it.

Time and expenses are judged here, where their project, its bookings and the contract are at
hand. A finding holds the bill until the record is right, or its owner waives it.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct

from governance.quality.findings import QualityFinding, QualityFindings
from governance.quality.rules import Action, AtRisk, Judgement, Kind
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.worked import standing
from process_apis.project_to_cash.records import Blocker
from process_apis.quality.called import called
from process_apis.quality.judging import verdicts
from process_apis.quality.table import RULES
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money
from system_apis.canonical.quality.expense import ExpenseFacts, needs_receipt
from system_apis.canonical.quality.people_time import EntryFacts
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry

Row = TypeVar("Row", TimeEntry, ExpenseLine)
BILLING = "billing"
INSPECTED = tuple(each for each in RULES if each.facts in {EntryFacts, ExpenseFacts})
# What these find is waited for by other means: a blocker of its own, and set-up's question.
_ELSEWHERE = frozenset({"DQ-C2", "DQ-K7"})
_RULES = {each.rule.id: each.rule for each in RULES if each.rule.id not in _ELSEWHERE}
_ROWS = frozenset({Kind.TIME_ENTRY, Kind.EXPENSE})


class BillingInspection(Struct, frozen=True):
    """Judges what a billing event would bill, and says what keeps it back."""

    findings: QualityFindings

    async def __call__(self, facts: BillingFacts) -> tuple[Blocker, ...]:
        """Write down what is wrong with the rows, and return a blocker for each that holds."""
        judged = list(judgements(facts))
        await self.findings.judged(*judged)
        about = {each.subject for each in judged} | _ground(facts)
        found = await self.findings.open_about(about)
        return tuple(_blocker(each) for each in found if holds(each))


def judgements(facts: BillingFacts) -> Iterator[Judgement]:
    """Yield what the rules say of every row that is to be billed."""
    if not facts.event.bills_work:
        return
    entries = list(_to_bill(facts, standing(facts.entries)))
    for entry in entries:
        said = _entry_facts(facts, entry, entries)
        yield _judged(facts, Kind.TIME_ENTRY, entry, said, _worth(entry, facts.contract))
    expenses = list(_to_bill(facts, facts.expenses)) if facts.contract.expenses_billable else []
    for line in expenses:
        yield _judged(facts, Kind.EXPENSE, line, _expense_facts(facts, line), line.amount)


def holds(finding: QualityFinding) -> bool:
    """Whether a bill waits for what was found: any grave fault of a row, else a quarantine."""
    rule = _RULES.get(finding.rule)
    if rule is None:
        return False
    action = rule.acts_at(BILLING)
    return action is Action.QUARANTINE or (action is Action.BLOCK and finding.kind in _ROWS)


def _to_bill(facts: BillingFacts, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        open_still = row.status is not EntryStatus.REJECTED and row.id not in facts.billed_sources
        if row.billable and open_still:
            yield row


def _entry_facts(facts: BillingFacts, entry: TimeEntry, entries: Iterable[TimeEntry]) -> EntryFacts:
    person, day = entry.employee, entry.work_date
    booked = [each for each in facts.bookings if each.employee == person]
    assigned = any(each.start <= day <= each.end for each in booked)
    return EntryFacts(
        entry=entry,
        same_day=tuple(
            each
            for each in entries
            if each.id != entry.id and (each.employee, each.work_date) == (person, day)
        ),
        is_assigned=assigned if facts.bookings else None,
        project_begins=facts.project.start if facts.project else None,
        project_ends=facts.project.end if facts.project else None,
    )


def _expense_facts(facts: BillingFacts, line: ExpenseLine) -> ExpenseFacts:
    """An expense in another currency than the contract's has no agreed rate to bill it by."""
    return ExpenseFacts(
        expense=line,
        others=tuple(each for each in facts.expenses if each.status is not EntryStatus.REJECTED),
        receipt_needed=needs_receipt(line),
        project_currency=facts.contract.currency,
        rate_known=line.amount.currency == facts.contract.currency,
    )


def _judged(
    facts: BillingFacts,
    kind: Kind,
    row: TimeEntry | ExpenseLine,
    said: EntryFacts | ExpenseFacts,
    worth: Money | None,
) -> Judgement:
    return Judgement(
        kind=kind,
        subject=row.id,
        called=called(said),
        version=row.version,
        system=row.source.instance,
        legal_entity=facts.event.legal_entity,
        business_unit=facts.contract.business_unit,
        at_risk=AtRisk(worth.amount, worth.currency) if worth else None,
        verdicts=verdicts(INSPECTED, said),
    )


def _worth(entry: TimeEntry, contract: Contract) -> Money | None:
    """Return what an entry would be billed with, where it is billed by the hour."""
    rates = [each.rate for each in contract.rates if each.role == entry.role]
    return Money.of(entry.hours * rates[0].value, rates[0].currency) if rates else None


def _ground(facts: BillingFacts) -> set[str]:
    """Return the records that the whole bill rests on."""
    known = (facts.client, facts.project, facts.ledger_project)
    return {facts.contract.id, *(each.id for each in known if each is not None)}


def _blocker(finding: QualityFinding) -> Blocker:
    risk = finding.at_risk
    return Blocker(
        code=finding.rule,
        reason="IN_QUARANTINE",
        owner=finding.owner,
        remedy=f"{finding.remedy} ({finding.detail}), or have the finding waived",
        amount_at_risk=Money(risk.amount, risk.currency) if risk else None,
        finding_id=finding.id,
    )
