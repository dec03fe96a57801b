"""Who may see an approval, and who may decide it."""

from sqlalchemy import ColumnElement, Connection, exists, func, or_, select

from governance.access import Caller, Forbidden
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.approvals.rows import approvals_of
from process_apis.approvals.tables import approval_consents, approvals
from process_apis.listing import Listing


def may_see(caller: Caller, approval: Approval) -> bool:
    """The roles that are asked see it, in their own legal entities."""
    return caller.sees(approval.legal_entity) and bool(set(approval.roles) & caller.roles)


def shown_to(caller: Caller, status: ApprovalStatus) -> Listing[Approval]:
    """Return the list of the approvals that the caller may decide or decided, oldest first."""
    further = [
        approvals.c.further_roles.contains(f'"{role}"', autoescape=True) for role in caller.roles
    ]
    return Listing(
        name="approvals",
        order=(approvals.c.requested_at, approvals.c.id),
        read=approvals_of,
        wanted=(
            approvals.c.status == status,
            or_(approvals.c.role.in_(sorted(caller.roles)), *further),
        ),
    )


def role_to_decide(connection: Connection, asked: Approval, by: Caller) -> str | None:
    """Return the role in which a caller decides, None when nothing is asked of them any more.

    Requester, approver and beneficiary differ, and nobody gives two of the approvals needed.
    """
    if not set(asked.roles) & by.roles:
        raise Forbidden(f"this approval is for the role {' and '.join(asked.roles)}")
    if {asked.role} == set(asked.roles) & by.roles and asked.assignee not in {None, by.subject}:
        raise Forbidden("this approval is for another person of that role")
    this = select(approvals.c.id).where(approvals.c.id == asked.id)
    if connection.execute(this.where(_gains_by_it(by.subject))).first():
        raise Forbidden("the requester or beneficiary of an approval may not decide it")
    if connection.execute(this.where(_gave_another(by.subject))).first():
        raise Forbidden("another person must give the second approval of the same subject")
    return asked.asks(by.subject, by.roles)


def is_barred(person: str) -> ColumnElement[bool]:
    """Whether a person must leave an approval to another one."""
    return or_(_gains_by_it(person), _gave_another(person))


def _gains_by_it(person: str) -> ColumnElement[bool]:
    """Whether a person asked for what is to be approved, or gains by it."""
    beneficiary = func.coalesce(approvals.c.beneficiary, "")
    return or_(approvals.c.requested_by == person, beneficiary == person)


def _gave_another(person: str) -> ColumnElement[bool]:
    """Whether a person decided, or consented to, another approval of the same subject."""
    other = approvals.alias()
    consented = select(approval_consents.c.approval_id).where(approval_consents.c.person == person)
    return exists().where(
        other.c.subject_id == approvals.c.subject_id,
        other.c.subject_version == approvals.c.subject_version,
        other.c.id != approvals.c.id,
        or_(other.c.decided_by == person, other.c.id.in_(consented)),
    )
