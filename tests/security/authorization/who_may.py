"""Who may do what in the firm, written from the other side: scope by scope, the roles.

It was first copied from `governance/roles.py`, and then held against what the firm's handbook
says of each role: who approves what (its 3: set-up, time, billing, procurement), who owns which
exception and blocker (3d, 5), who may see cost rates (1.2), and the threat model's actors. A role
that only approves has what it needs to look, and keys nothing in. Where the two said different
things the narrower one was kept; what the handbook does not speak of (the auditor, the CFO and
the audit, a steward's and an operator's reads) is as it was decided in `governance/roles.py`.
A change is made in both, for a reason that is not the other file.
"""

from governance.roles import Role

_DECIDERS = (
    "project_manager line_manager resource_manager finance finance_director cfo"
    " sales_operations sales_director procurement steward"
)
_HOLDERS = {
    "experience:delivery:read": (
        "project_manager line_manager resource_manager finance finance_director cfo executive"
    ),
    "experience:executive:read": "finance finance_director cfo executive",
    "experience:executive:read_personal": "cfo",
    "experience:finance:read": "finance finance_director cfo executive",
    "experience:operations:read": "operator",
    "experience:operations:replay": "operator",
    "experience:staffing:read": "project_manager resource_manager finance finance_director cfo",
    "experience:worklist:read": f"{_DECIDERS} executive operator",
    "governance:access:read": "operator auditor",
    "governance:access:write": "operator",
    "governance:audit:read": "cfo operator auditor",
    "governance:catalog:read": f"{_DECIDERS} employee executive operator integrator auditor",
    "governance:clock:read": f"{_DECIDERS} employee executive operator auditor",
    "governance:clock:write": "operator",
    "governance:lifecycle:read": "operator auditor",
    "governance:lifecycle:write": "operator",
    "governance:limits:read": "operator integrator",
    "governance:metrics:read": "operator",
    "governance:quality:read": (
        "project_manager line_manager resource_manager finance sales_operations procurement"
        " steward operator auditor"
    ),
    "governance:quality:waive": (
        "project_manager line_manager resource_manager finance sales_operations procurement"
        " steward operator"
    ),
    "governance:usage:read": "operator auditor",
    "process:adoption:decide": "project_manager finance",
    "process:adoption:import": "finance operator",
    "process:adoption:read": "project_manager finance operator",
    "process:approvals:decide": _DECIDERS,
    "process:approvals:read": f"{_DECIDERS} auditor",
    "process:change-requests:apply": "project_manager finance",
    "process:change-requests:read": "project_manager finance finance_director",
    "process:client-matching:merge": "finance steward",
    "process:client-matching:read": "finance steward",
    "process:client-matching:start": "steward",
    "process:exceptions:read": (
        "project_manager resource_manager finance sales_operations procurement steward"
        " operator auditor"
    ),
    "process:exceptions:resolve": (
        "project_manager resource_manager finance sales_operations procurement steward operator"
    ),
    "process:intake:write": "integrator",
    "process:notices:prefer": f"{_DECIDERS} operator",
    "process:notices:read": f"{_DECIDERS} operator",
    "process:opportunity-to-project:read": (
        "project_manager resource_manager finance finance_director sales_operations sales_director"
    ),
    "process:opportunity-to-project:start": "sales_operations",
    "process:procure-to-pay:clear_vendor": "finance procurement",
    "process:procure-to-pay:credit_bill": "finance",
    "process:procure-to-pay:read": (
        "project_manager resource_manager finance finance_director procurement"
    ),
    "process:procure-to-pay:receive": "project_manager procurement",
    "process:procure-to-pay:request": "project_manager resource_manager procurement",
    "process:procure-to-pay:take_bill_in": "finance procurement",
    "process:project-to-cash:apply_cash": "finance",
    "process:project-to-cash:credit": "finance",
    "process:project-to-cash:dispute": "project_manager finance",
    "process:project-to-cash:read": "project_manager finance finance_director cfo",
    "process:project-to-cash:resolve_dispute": "finance",
    "process:project-to-cash:start": "project_manager finance",
    "process:project-to-cash:write_off": "finance",
    "process:read-models:read": "operator auditor",
    "process:read-models:rebuild": "operator",
    "process:resource-to-revenue:book": "project_manager resource_manager",
    "process:resource-to-revenue:buy": "project_manager resource_manager",
    "process:resource-to-revenue:read": (
        "project_manager resource_manager finance finance_director cfo"
    ),
    "process:revenue:close": "finance",
    "process:revenue:read": "finance finance_director cfo",
    "process:revenue:recognize": "finance",
    "process:revenue:reopen": "finance",
    "process:shadow:read": "finance operator",
    "process:subscriptions:read": "operator integrator",
    "process:subscriptions:write": "operator integrator",
    "process:time-and-expense:delegate": "project_manager line_manager finance",
    "process:time-and-expense:hand_in": "employee finance integrator",
    "process:time-and-expense:pay": "finance",
    "process:time-and-expense:read": ("employee project_manager line_manager finance integrator"),
    "process:time-and-expense:read_pay": "finance",
    "process:verification:read": "finance cfo operator auditor",
    "system:contracts:file": "project_manager integrator",
    "system:contracts:read": (
        "project_manager finance finance_director sales_operations"
        " sales_director procurement steward integrator"
    ),
    "system:contracts:record_change": "project_manager sales_operations integrator",
    "system:contracts:write": "integrator",
    "system:crm:read": (
        "project_manager finance finance_director sales_operations"
        " sales_director steward integrator"
    ),
    "system:crm:write": "sales_operations steward integrator",
    "system:erp:read": "finance finance_director cfo steward integrator",
    "system:erp:record_journal": "integrator",
    "system:erp:record_payable": "finance integrator",
    "system:erp:record_payment": "finance integrator",
    "system:erp:write": "integrator",
    "system:hr:read": "line_manager resource_manager finance finance_director cfo integrator",
    "system:hr:read_cost": "finance finance_director cfo",
    "system:procurement:read": (
        "project_manager resource_manager finance finance_director procurement integrator"
    ),
    "system:hr:read_leave_type": "line_manager",
    "system:procurement:read_bank": "finance procurement",
    "system:procurement:read_tax_id": "finance procurement",
    "system:procurement:record_bill": "finance procurement integrator",
    "system:procurement:write": "integrator",
    "system:psa:correct_time": "project_manager integrator",
    "system:psa:read": (
        "project_manager resource_manager finance finance_director cfo steward integrator"
    ),
    "system:psa:read_cost": "finance finance_director cfo",
    "system:psa:write": "integrator",
}
HOLDERS = {
    scope: frozenset(Role(name) for name in names.split()) for scope, names in _HOLDERS.items()
}


def may(role: Role, scope: str) -> bool:
    """Whether the firm lets a role do what asks for a scope; some are our processes' alone."""
    return role in HOLDERS.get(scope, frozenset())
