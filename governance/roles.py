"""What each role of the firm may ask for: role to scopes, least privilege.

A scope is `{layer}:{api}:{verb}`. Which records a caller sees is another question: see
`access.Caller.sees`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """A role that a person or a client application holds in the firm."""

    EMPLOYEE = "employee"
    PROJECT_MANAGER = "project_manager"
    LINE_MANAGER = "line_manager"
    RESOURCE_MANAGER = "resource_manager"
    FINANCE = "finance"
    FINANCE_DIRECTOR = "finance_director"
    CFO = "cfo"
    SALES_OPERATIONS = "sales_operations"
    SALES_DIRECTOR = "sales_director"
    PROCUREMENT = "procurement"
    STEWARD = "steward"
    EXECUTIVE = "executive"
    OPERATOR = "operator"
    INTEGRATOR = "integrator"
    AUDITOR = "auditor"


def _scopes(text: str) -> frozenset[str]:
    """Spell out `system:crm:read|write`, several of them parted by blanks."""
    pairs = (entry.rsplit(":", 1) for entry in text.split())
    return frozenset(f"{api}:{verb}" for api, verbs in pairs for verb in verbs.split("|"))


_EVERYONE = _scopes("experience:worklist:read governance:catalog:read governance:clock:read")
_TOLD = _scopes("process:notices:read|prefer")
_APPROVER = _TOLD | _scopes("process:approvals:read|decide")
_RESOLVER = _TOLD | _scopes("process:exceptions:read|resolve")
_DELIVERY = _scopes(
    "system:psa:read system:contracts:read process:opportunity-to-project:read"
    " experience:delivery:read"
)
_FINANCE_SEEN = _scopes(
    "system:crm:read system:erp:read system:psa:read|read_cost system:procurement:read"
    " system:contracts:read system:hr:read|read_cost process:opportunity-to-project:read"
    " process:project-to-cash:read process:revenue:read process:change-requests:read"
    " process:procure-to-pay:read"
    " experience:finance:read experience:delivery:read experience:executive:read"
)
_FINANCE = _FINANCE_SEEN | _scopes(
    "system:erp:record_payment|record_payable system:procurement:read_bank|read_tax_id|record_bill"
    " process:project-to-cash:start|credit|write_off|dispute|resolve_dispute|apply_cash"
    " process:revenue:recognize|close|reopen process:change-requests:apply"
    " process:procure-to-pay:take_bill_in|clear_vendor|credit_bill"
)
_STAFFING_SEEN = _scopes("process:resource-to-revenue:read experience:staffing:read")
_STAFFING = _STAFFING_SEEN | _scopes("process:resource-to-revenue:book|buy")
_QUALITY = _scopes("governance:quality:read|waive")
_SALES = _scopes("system:crm:read system:contracts:read process:opportunity-to-project:read")

_WORK_SEEN = _scopes("process:time-and-expense:read")
_WORK_JUDGED = _WORK_SEEN | _scopes("process:time-and-expense:delegate")

ROLE_SCOPES: Mapping[Role, frozenset[str]] = MappingProxyType(
    {
        Role.EMPLOYEE: _WORK_SEEN
        | _scopes("process:time-and-expense:hand_in governance:catalog:read governance:clock:read"),
        Role.PROJECT_MANAGER: _EVERYONE
        | _APPROVER
        | _WORK_JUDGED
        | _QUALITY
        | _RESOLVER
        | _DELIVERY
        | _STAFFING
        | _scopes(
            "system:crm:read system:contracts:file|record_change system:procurement:read"
            " system:psa:correct_time process:project-to-cash:read|start|dispute"
            " process:change-requests:read|apply"
            " process:procure-to-pay:read|request|receive"
            " process:adoption:read|decide"
        ),
        Role.LINE_MANAGER: _EVERYONE
        | _APPROVER
        | _WORK_JUDGED
        | _QUALITY
        | _scopes("experience:delivery:read system:hr:read|read_leave_type"),
        Role.RESOURCE_MANAGER: _EVERYONE
        | _APPROVER
        | _RESOLVER
        | _STAFFING
        | _QUALITY
        | _scopes(
            "system:psa:read system:hr:read process:opportunity-to-project:read"
            " system:procurement:read process:procure-to-pay:read|request"
            " experience:delivery:read"
        ),
        Role.FINANCE: _EVERYONE
        | _APPROVER
        | _WORK_JUDGED
        | _scopes("process:time-and-expense:hand_in|pay|read_pay")
        | _QUALITY
        | _RESOLVER
        | _STAFFING_SEEN
        | _FINANCE
        | _scopes(
            "process:adoption:read|decide|import process:shadow:read process:verification:read"
            " process:client-matching:read|merge"
        ),
        Role.FINANCE_DIRECTOR: _EVERYONE | _APPROVER | _STAFFING_SEEN | _FINANCE_SEEN,
        Role.CFO: _EVERYONE
        | _APPROVER
        | _STAFFING_SEEN
        | _scopes(
            "system:erp:read system:psa:read|read_cost process:project-to-cash:read"
            " process:revenue:read system:hr:read|read_cost"
            " experience:finance:read experience:delivery:read governance:audit:read"
            " experience:executive:read|read_personal process:verification:read"
        ),
        Role.SALES_OPERATIONS: _EVERYONE
        | _APPROVER
        | _QUALITY
        | _RESOLVER
        | _SALES
        | _scopes(
            "system:crm:write system:contracts:record_change process:opportunity-to-project:start"
        ),
        Role.SALES_DIRECTOR: _EVERYONE | _APPROVER | _SALES,
        Role.PROCUREMENT: _EVERYONE
        | _APPROVER
        | _RESOLVER
        | _QUALITY
        | _scopes(
            "system:contracts:read system:procurement:read|read_bank|read_tax_id|record_bill"
            " process:procure-to-pay:read|request|clear_vendor|receive|take_bill_in"
        ),
        Role.STEWARD: _EVERYONE
        | _APPROVER
        | _RESOLVER
        | _QUALITY
        | _scopes("process:client-matching:read|start|merge")
        | _scopes("system:crm:read|write system:psa:read system:erp:read system:contracts:read"),
        Role.EXECUTIVE: _EVERYONE
        | _scopes("experience:finance:read experience:delivery:read experience:executive:read"),
        Role.OPERATOR: _EVERYONE
        | _RESOLVER
        | _QUALITY
        | _scopes(
            "governance:clock:write governance:metrics:read governance:audit:read"
            " governance:limits:read governance:access:read|write"
            " governance:lifecycle:read|write governance:usage:read"
        )
        | _scopes(
            "process:adoption:read|import process:shadow:read process:verification:read"
            " process:read-models:read|rebuild"
            " process:subscriptions:read|write experience:operations:read|replay"
        ),
        Role.INTEGRATOR: _scopes(
            "system:crm:read|write system:erp:read|write|record_payment|record_payable"
            " system:erp:record_journal"
            " system:psa:read|write|correct_time"
            " system:contracts:read|write|file|record_change system:hr:read"
            " process:intake:write process:time-and-expense:hand_in|read"
            " system:procurement:read|write|record_bill process:subscriptions:read|write"
            " governance:catalog:read governance:limits:read"
        ),
        Role.AUDITOR: _scopes(
            "governance:audit:read governance:catalog:read governance:clock:read"
            " governance:access:read governance:lifecycle:read governance:usage:read"
            " governance:quality:read process:approvals:read process:exceptions:read"
            " process:verification:read process:read-models:read"
        ),
    }
)

ALL_SCOPES: frozenset[str] = frozenset().union(*ROLE_SCOPES.values())


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Return every scope that some roles give together, or raise `ValueError` for no role."""
    return frozenset().union(*(ROLE_SCOPES[Role(role)] for role in roles))
