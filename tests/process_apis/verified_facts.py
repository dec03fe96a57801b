"""Books in which everything holds, since there is next to nothing in them; each test adds to it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from process_apis.approvals.requests import Approval, ApprovalStatus, Consent
from process_apis.commands import Command, CommandStatus
from process_apis.engagements import Engagement, EngagementStatus
from process_apis.project_to_cash.records import ClientInvoice
from process_apis.project_to_cash.rules import ApprovalPolicy, Tier
from process_apis.time_and_expense.directory import Directory
from process_apis.verification.evidence import (
    Allocated,
    Answered,
    Asked,
    Kept,
    Noted,
    Ordered,
    Written,
)
from process_apis.verification.records import Span
from system_apis.canonical.billing import Invoice, InvoiceStatus
from system_apis.canonical.money import Money
from system_apis.effect_ledger import EffectState
from tests.process_apis.billing_facts import SOURCE, id_of

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
POLICY = ApprovalPolicy(
    version=1,
    currency="USD",
    rates={},
    tiers=(Tier(Decimal(500), ("manager",)), Tier(None, ("manager", "finance"))),
)
NOTHING = Kept(
    now=NOW,
    business_now=NOW,
    span=Span(),
    whole=True,
    entities=frozenset({"US", "DE"}),
    policy=POLICY,
    directory=Directory(
        frozenset({("U-1", "manager", "US"), ("U-1", "finance", "US"), ("U-2", "finance", "US")})
    ),
    patience=400,
    commands=(),
    cases=(),
    effects=(),
    audit=(),
    audit_verdict=None,
    answers=(),
    invoices=(),
    credit_notes=(),
    events=(),
    allocations=(),
    approvals=(),
    engagements=(),
    findings=(),
    revenue=(),
    standings=(),
    references=(),
)


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money.of(amount, "USD")


def booked_invoice(ours: ClientInvoice, **more: object) -> Invoice:
    """Return an invoice of ours as the ERP has it."""
    draft = ours.draft
    found = Invoice(
        id=ours.ledger_id or id_of("inv", 99),
        number=ours.number,
        reference=ours.reference,
        legal_entity=draft.legal_entity,
        client_number=draft.client_number,
        project_number=draft.project_number,
        currency=draft.currency,
        status=InvoiceStatus.POSTED,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        net=draft.net,
        tax=draft.tax,
        gross=draft.gross,
        paid=usd("0"),
        source=SOURCE,
    )
    return replace(found, **more)


def allocated(ours: ClientInvoice, **more: object) -> Allocated:
    """Return what the first line of an invoice bills, whole."""
    whole = Allocated(
        id=1,
        source_type="milestone",
        source_id="M1",
        source_number="M1",
        document_id=ours.id,
        line=0,
        sign=1,
        quantity=Decimal(1),
        approved=Decimal(1),
        amount=ours.draft.net,
    )
    return replace(whole, **more)


def approved(about: str, role: str, person: str, **more: object) -> Asked:
    """Return an approval of one role that one person gave."""
    approval = Approval(
        id=f"apr_{about}_{role}",
        question="invoice_content",
        subject_type="invoice",
        subject_id=about,
        subject_version=1,
        process="project-to-cash",
        legal_entity="US",
        title="P-1: invoice",
        role=role,
        assignee=None,
        amount=None,
        requested_by="process:project-to-cash",
        requested_at=LONG_AGO,
        due_at=NOW,
        status=ApprovalStatus.APPROVED,
        decided_by=person,
        decided_at=LONG_AGO,
        comment="yes",
        consents=(Consent(role=role, person=person, at=LONG_AGO),),
    )
    return Asked(
        approval=replace(approval, **more), beneficiary=None, continues=True, continued=True
    )


def engaged() -> Engagement:
    """Return an engagement that is carried since September."""
    since = datetime(2026, 9, 1, tzinfo=UTC)
    return Engagement(
        project_number="P-1",
        name="Work",
        opportunity_id=id_of("opp"),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        legal_entity="US",
        client_id=id_of("cl"),
        client_number="CL-1",
        client_name="Client",
        currency="USD",
        billing_model="T&M",
        project_manager="U-1",
        command_key="o2p:1",
        status=EngagementStatus.ACTIVE,
        agreed_at=since,
        opened_at=since,
    )


def ordered(status: CommandStatus) -> Ordered:
    """Return a command that was accepted an hour ago."""
    command = Command(
        key="check:1", process="p", started_by="U-1", status=status, accepted_at=LONG_AGO
    )
    return Ordered(command=command, legal_entity="US")


def written(**more: object) -> Written:
    """Return an invoice that was written to the ERP."""
    effect = Written(
        system="erp",
        instance="erp",
        operation="create_invoice",
        key="INV:1",
        state=EffectState.DONE,
        attempts=1,
        record_id=None,
        lease_until=LONG_AGO,
        updated_at=LONG_AGO,
    )
    return replace(effect, **more)


def noted(action: str, subject: str = "inv", **more: object) -> Noted:
    """Return an entry of the audit."""
    entry = Noted(
        sequence=1,
        stream="records",
        actor="U-1",
        action=action,
        subject=subject,
        legal_entity="US",
        reason=None,
        trace_id=None,
    )
    return replace(entry, **more)


def answered(**more: object) -> Answered:
    """Return an answer that was given to somebody of one company, and is kept."""
    kept = Answered(
        subject="U-1",
        operation="/system/erp/v1:record_payment",
        key="k",
        entities=frozenset({"US"}),
        until=1,
        is_kept=True,
        status=201,
        kept_until=1,
        body=b'{"legal_entity":"US"}',
    )
    return replace(kept, **more)


GIVEN = noted("/system/erp/v1:record_payment", reason="201")
MONTH_END = date(2026, 10, 31)
