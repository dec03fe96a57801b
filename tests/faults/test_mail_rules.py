"""Which invoices and credit notes are mailed, and in which words."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from governance.access import acting_as
from governance.audit_chain.entries import audit
from process_apis.approvals.requests import Decision
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.events.mails import MailApproved
from process_apis.project_to_cash.mailing import rules
from process_apis.project_to_cash.mailing.records import MailStatus
from tests.faults.changed_project import ChangedProject, changed_project, now, person
from tests.faults.mailed import CLIENT, Mailed

FINANCE = person("U-FI1", "finance")
MAIL = "Rhein Motor AG, P-2001: mail the invoice INV-1 of 100.00 EUR"
DRAFT, WITHDRAWN = MailStatus.DRAFT, MailStatus.WITHDRAWN


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[ChangedProject]:
    async with changed_project(tmp_path) as opened:
        yield opened


async def test_what_is_posted_is_mailed_where_the_firm_has_mail_for_letters(
    project: ChangedProject,
) -> None:
    """Not what was posted before it had, and nothing where it has none."""
    works = Mailed(project)
    invoice = await works.posted(1)
    await works.posted(2, ago=timedelta(days=8))
    without = await Mailed(project, channel=None).drafting.due()
    due = await works.drafting.due()
    await works.drafting.draft_invoice(invoice.id)
    note = await works.credited(invoice, "40")
    later = await works.drafting.due()

    assert without == []
    assert [each.business_key for each in due] == [f"mail-invoice:{invoice.id}"]
    assert [each.business_key for each in later] == [f"mail-credit-note:{note.id}"]


async def test_an_invoice_that_is_all_credited_before_it_is_sent_is_taken_back(
    project: ChangedProject,
) -> None:
    """Nobody is asked about it any more, and its credit note goes to nobody either."""
    works = Mailed(project)
    invoice = await works.posted(1)
    drafted = await works.drafting.draft_invoice(invoice.id)
    await works.sending.ask(invoice.id)
    before = await project.approvals.waiting(FINANCE)
    note = await works.credited(invoice)
    taken = await works.drafting.take_back(note.id)
    credit = await works.drafting.draft_credit(note.id)
    after = await project.approvals.waiting(FINANCE)
    await works.sending.ask(invoice.id)

    assert (drafted.status, credit.status) == (DRAFT, WITHDRAWN)
    assert taken is not None
    assert (taken.status, taken.reason) == (WITHDRAWN, rules.CREDITED)
    assert credit.reason == rules.NEVER_SENT
    assert [each.title for each in before] == [MAIL]
    assert after == await project.approvals.waiting(FINANCE) == []


async def test_an_invoice_that_is_credited_between_its_approval_and_its_mail_stays(
    project: ChangedProject,
) -> None:
    """All credited it does not leave; credited in part, it says so."""
    works = Mailed(project)
    whole, part = await works.posted(1), await works.posted(2)
    for each in (whole, part):
        await works.drafting.draft_invoice(each.id)
    approved = [await _approved(works, each.id) for each in (whole, part)]
    await works.credited(whole)
    note = await works.credited(part, "40")
    gone, left = [
        await works.sending.release(each.document_id, each.approval_id) for each in approved
    ]
    taken = await works.drafting.take_back(note.id)

    assert (gone.status, gone.reason) == (WITHDRAWN, rules.CREDITED)
    assert (left.status, left.approved_by) == (MailStatus.SENDING, "U-FI1")
    assert taken == left
    assert left.text[-2:] == (
        "Credited by C-INV-2: 40.00 EUR",
        "To be paid until 2026-11-30: 60.00 EUR",
    )
    assert "approved by U-FI1" in await _reasons(project, part.id)


async def test_what_the_law_wants_electronic_is_mailed_to_those_alone_who_want_both(
    project: ChangedProject,
) -> None:
    """The books send it; a client of the firm's choice has it by mail as well."""
    begins = {"DE": date(2026, 10, 31)}
    law = ElectronicInvoicing(begins=begins)
    both = ElectronicInvoicing(begins=begins, mailed_too=frozenset({CLIENT}))
    first, second, third = [await Mailed(project).posted(number) for number in (1, 2, 3)]
    electronic = await Mailed(project, law=law).drafting.draft_invoice(first.id)
    mailed = await Mailed(project, law=both).drafting.draft_invoice(second.id)
    tomorrow = ElectronicInvoicing(begins={"DE": date(2026, 11, 1)})
    before = await Mailed(project, law=tomorrow).drafting.draft_invoice(third.id)

    assert (electronic.status, electronic.reason) == (WITHDRAWN, rules.ELECTRONIC)
    assert (mailed.status, before.status) == (DRAFT, DRAFT)


async def _approved(works: Mailed, invoice_id: str) -> MailApproved:
    """Have finance send a draft, and return what follows."""
    approvals = works.project.approvals
    asked = await works.sending.ask(invoice_id)
    with acting_as(FINANCE):
        await approvals.decide(asked, Decision.APPROVE, version=1, comment="", by=FINANCE, at=now())
    found = [each.event for each in await approvals.continuations() if each.approval_id == asked]
    assert isinstance(found[0], MailApproved)
    return found[0]


async def _reasons(project: ChangedProject, subject: str) -> set[str | None]:
    """Return what the audit says of something."""
    query = select(audit.c.reason).where(audit.c.subject == subject)
    return await project.workshop.store.read(lambda c: set(c.execute(query).scalars()))
