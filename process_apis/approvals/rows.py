"""Approvals as rows: how a request is written down, and how it is read back with its consents."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.engine import Row

from process_apis.approvals.requests import Approval, ApprovalRequest, ApprovalStatus, Consent
from process_apis.approvals.tables import approval_consents, approvals
from system_apis.canonical.money import Money


def columns_of(request: ApprovalRequest) -> dict[str, object]:
    """Return a request as the row that waits for an answer."""
    fields: dict[str, object] = {n: getattr(request, n) for n in request.__struct_fields__}
    fields["amount"] = msgspec.json.encode(request.amount).decode() if request.amount else None
    fields["if_approved"] = msgspec.json.encode(request.if_approved).decode()
    fields["if_rejected"] = (
        msgspec.json.encode(request.if_rejected).decode() if request.if_rejected else None
    )
    fields["further_roles"] = msgspec.json.encode(request.further_roles).decode()
    return fields | {"id": request.id, "status": ApprovalStatus.PENDING, "continued": 0}


def find_row(connection: Connection, approval_id: str) -> Row[tuple[object, ...]] | None:
    """Return the row of an approval, if it was ever asked."""
    return connection.execute(select(approvals).where(approvals.c.id == approval_id)).first()


def approvals_of(connection: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> list[Approval]:
    """Return rows as approvals, with the consents that were given to them."""
    given: dict[str, list[Consent]] = {row.id: [] for row in rows}
    ids = list(given)
    for start in range(0, len(ids), 500):
        consents = (
            select(approval_consents)
            .where(approval_consents.c.approval_id.in_(ids[start : start + 500]))
            .order_by(approval_consents.c.at, approval_consents.c.role)
        )
        for each in connection.execute(consents):
            consent = Consent(role=each.role, person=each.person, at=each.at)
            given[each.approval_id].append(consent)
    return [_as_it_stands(row, tuple(given[row.id])) for row in rows]


def approval_of(connection: Connection, row: Row[tuple[object, ...]]) -> Approval:
    """Return a row as an approval, with the consents that were given to it."""
    [approval] = approvals_of(connection, [row])
    return approval


def _as_it_stands(row: Row[tuple[object, ...]], given: tuple[Consent, ...]) -> Approval:
    said = set(Approval.__struct_fields__) - {"consents"}
    fields = {name: getattr(row, name) for name in said}
    fields["status"] = ApprovalStatus(row.status)
    fields["amount"] = msgspec.json.decode(row.amount, type=Money) if row.amount else None
    fields["further_roles"] = msgspec.json.decode(row.further_roles, type=tuple[str, ...])
    return Approval(**fields, consents=given)
