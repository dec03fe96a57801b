"""Reads our own books at one moment: every table that verification looks at, in one snapshot."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar  # Any: a row's fields are of any type

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Table, select
from sqlalchemy.engine import Row

from governance import idempotency
from governance.audit_chain.entries import audit
from governance.audit_chain.heads import Heads
from governance.audit_chain.reading import verify
from governance.idempotency import KeptAnswer
from process_apis.adoption.records import Finding
from process_apis.adoption.tables import findings
from process_apis.approvals.requests import Approval, ApprovalStatus, Consent
from process_apis.approvals.tables import approval_consents, approvals
from process_apis.commands import Command, CommandStatus, commands
from process_apis.engagements import Engagement, EngagementStatus, engagements
from process_apis.exceptions.queue import ExceptionStatus, OpenException, Resolution, exceptions
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.ledger.tables import (
    billing_allocations,
    billing_events,
    client_credit_notes,
    client_invoices,
    write_offs,
)
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.project_to_cash.write_offs.records import WriteOff
from process_apis.revenue.books.tables import revenue_entries, revenue_standings
from process_apis.revenue.records import ProjectStanding, RevenueEntry
from process_apis.verification.evidence import (
    Allocated,
    Answered,
    Asked,
    Known,
    Noted,
    Ordered,
    Parked,
    Snapshot,
    Written,
)
from system_apis.canonical.money import Money
from system_apis.effect_ledger import EffectState, effects
from system_apis.known_records import cross_references

R = TypeVar("R", bound=Struct)
S = TypeVar("S", bound=Struct)
Fields = Mapping[str, Any]


def snapshot(connection: Connection, heads: Heads | None) -> Snapshot:
    """Return everything of our own that is looked at, as it is at one moment.

    The chains of the audit are walked when their heads are given.
    """
    return Snapshot(
        commands=tuple(_ordered(row) for row in _rows(connection, commands)),
        cases=tuple(_parked(row) for row in _rows(connection, exceptions)),
        effects=tuple(_written(row) for row in _rows(connection, effects)),
        audit=tuple(
            _of(Noted, row) for row in connection.execute(select(audit).order_by(audit.c.sequence))
        ),
        audit_verdict=None if heads is None else verify(connection, heads),
        answers=tuple(_answered(row) for row in _rows(connection, idempotency.TABLE)),
        invoices=_recorded(connection, client_invoices, ClientInvoice),
        credit_notes=_recorded(connection, client_credit_notes, ClientCreditNote),
        write_offs=_recorded(connection, write_offs, WriteOff),
        events=_recorded(connection, billing_events, BillingEvent),
        allocations=tuple(_allocated(row) for row in _rows(connection, billing_allocations)),
        approvals=_approvals(connection),
        engagements=tuple(_engagement(row) for row in _rows(connection, engagements)),
        findings=_recorded(connection, findings, Finding),
        revenue=_recorded(connection, revenue_entries, RevenueEntry),
        standings=_recorded(connection, revenue_standings, ProjectStanding),
        references=tuple(_of(Known, row) for row in _rows(connection, cross_references)),
    )


def _rows(connection: Connection, table: Table) -> list[Row[Any]]:
    return list(connection.execute(select(table)))


def _recorded(connection: Connection, table: Table, kind: type[R]) -> tuple[R, ...]:
    records = connection.execute(select(table.c.record)).scalars()
    return tuple(msgspec.json.decode(each, type=kind) for each in records)


def _of(kind: type[S], row: Row[Any], fields: Fields | None = None) -> S:
    """Return a row as a record of the same names, some of whose fields were read already."""
    told = dict(row._mapping) | dict(fields or {})
    return kind(**{name: told[name] for name in kind.__struct_fields__})


class _About(Struct, frozen=True):
    legal_entity: str | None = None


def _ordered(row: Row[Any]) -> Ordered:
    about = msgspec.json.decode(row.event, type=_About)
    command = _of(Command, row, {"status": CommandStatus(row.status)})
    return Ordered(command=command, legal_entity=about.legal_entity)


def _parked(row: Row[Any]) -> Parked:
    told = {
        "status": ExceptionStatus(row.status),
        "resolution": Resolution(row.resolution) if row.resolution else None,
    }
    return Parked(case=_of(OpenException, row, told), resumed=bool(row.resumed))


def _written(row: Row[Any]) -> Written:
    return _of(Written, row, {"state": EffectState(row.state)})


def _answered(row: Row[Any]) -> Answered:
    kept = _kept_answer(row.answer) if row.answer is not None else None
    return Answered(
        subject=row.subject,
        operation=row.operation,
        key=row.key,
        entities=frozenset(row.entities.split()),
        until=row.until,
        is_kept=row.answer is not None,
        status=kept.status if kept else None,
        kept_until=kept.until if kept else None,
        body=kept.body if kept else b"",
    )


def _kept_answer(answer: bytes) -> KeptAnswer | None:
    """Return an answer as it was kept; None when it cannot be read, which is what is looked for."""
    try:
        return msgspec.msgpack.decode(answer, type=KeptAnswer)
    except msgspec.MsgspecError:
        return None


def _allocated(row: Row[Any]) -> Allocated:
    told = {
        "document_id": row.invoice_id,
        "quantity": Decimal(row.quantity),
        "approved": Decimal(row.approved),
        "amount": Money(row.amount, row.currency),
    }
    return _of(Allocated, row, told)


def _approvals(connection: Connection) -> tuple[Asked, ...]:
    given: dict[str, list[Consent]] = {}
    for each in connection.execute(select(approval_consents).order_by(approval_consents.c.at)):
        consent = Consent(role=each.role, person=each.person, at=each.at)
        given.setdefault(each.approval_id, []).append(consent)
    return tuple(
        _asked(row, tuple(given.get(row.id, ())))
        for row in connection.execute(select(approvals).order_by(approvals.c.requested_at))
    )


def _asked(row: Row[Any], consents: tuple[Consent, ...]) -> Asked:
    told = {
        "status": ApprovalStatus(row.status),
        "amount": msgspec.json.decode(row.amount, type=Money) if row.amount else None,
        "further_roles": msgspec.json.decode(row.further_roles, type=tuple[str, ...]),
        "consents": consents,
    }
    rejected = row.status == ApprovalStatus.REJECTED
    return Asked(
        approval=_of(Approval, row, told),
        beneficiary=row.beneficiary,
        continues=not rejected or row.if_rejected is not None,
        continued=bool(row.continued),
    )


def _engagement(row: Row[Any]) -> Engagement:
    apart = row.price_difference
    told = {
        "status": EngagementStatus(row.status),
        "price_difference": None if apart is None else Decimal(apart),
    }
    return _of(Engagement, row, told)
