"""The page of the canonical model, in Markdown: written by a command, kept fresh by a test."""

from collections.abc import Iterator
from itertools import groupby

from governance.canonical_model import CanonicalModel, Entity, StateMachine

# The records that the domain handbook names, in its order; its assignment is our booking.
HANDBOOK = (
    *("legal_entity", "business_unit", "fx_rate", "client", "contact", "employee", "skill"),
    *("employee_skill", "availability", "vendor", "opportunity", "contract", "rate_card"),
    *("change_request", "project_template", "project", "milestone", "task", "staffing_request"),
    *("booking", "time_entry", "timesheet", "expense_report", "expense_line", "approval"),
    *("billing_event", "billing_allocation", "invoice", "revenue_schedule", "payment"),
    *("purchase_order", "service_receipt", "vendor_bill", "exception", "audit_event"),
)
_TOP = """# The canonical model

The firm's nouns as every API above a connector speaks them. This page is made from the code by
`strata catalog model --write docs/canonical-model.md`; a test fails when it is stale. The JSON
Schema (2020-12) of each record is served at `/governance/v1/canonical-model/{entity}`, the list of
them at `/governance/v1/canonical-model`, both under the scope `governance:catalog:read`.

Amounts travel as decimal text with their currency, hours as decimal text, dates as `YYYY-MM-DD`,
instants as RFC 3339 in UTC. What Strata itself keeps (billing events, allocations, approvals,
exceptions, the audit) is at the end; it lives with the processes that own it, not in
`system_apis/canonical`. Enumerations are listed where they are used. A record that no API takes or
gives yet is defined and checked all the same.
"""
# Ours, in the machine's words, and why they differ.
_MAPPING = (
    (
        "billing event: planned, blocked, ready",
        "planned, due, then blocked or ready",
        "falling due is an event that starts the check; it is not kept as a state",
    ),
    (
        "billing event: ready, invoiced",
        "ready, approved, invoiced",
        "the approval is given on the draft invoice",
    ),
    (
        "billing event: returned",
        "due",
        "an approver sent the draft back; a person asks for it to be checked and drafted anew",
    ),
    ("billing event: nothing to bill", "cancelled", "the period had no billable work"),
    (
        "client invoice: pending approval, posting",
        "pending_approval, approved, posting",
        "the last approval sets the invoice to posting at once",
    ),
    (
        "client invoice: rejected",
        "void",
        "the draft was sent back before it was posted; its sources are unbilled again",
    ),
    (
        "project: archived in the PSA",
        "pending_approval",
        "a set-up that failed was taken back; the PSA shows its project as cancelled",
    ),
)


def page(model: CanonicalModel) -> str:
    """Return the whole page."""
    parts = [_TOP, _overview(model), _authorities(model)]
    for module, entities in groupby(model.entities, key=lambda one: one.module):
        parts.append("\n".join(_room(module, list(entities))))
    machines = "\n\n".join(_machine(each) for each in model.state_machines)
    parts.append(f"## State machines\n\nWhat is not listed is not allowed.\n\n{machines}\n")
    parts.append(_mapping())
    return "\n".join(parts)


def _overview(model: CanonicalModel) -> str:
    known = {each.name: each for each in model.entities}
    rows = [
        f"| {f'[{name}](#{name})' if name in known else name} | {_standing(known.get(name))} |"
        for name in HANDBOOK
    ]
    head = "## The handbook's records\n\n| Record | Served by |\n|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _authorities(model: CanonicalModel) -> str:
    rows = [
        f"| {each.record} | {each.group} | {', '.join(each.fields)} | {each.system} |"
        for each in model.authorities
    ]
    head = [
        "## Who owns which fields",
        "",
        "The system of record of each group of fields, as long as a firm says nothing else for a",
        "company (`authority`). A change of a client's fields in a system that does not own them",
        "is decided by a steward, and never written over what the owner has.",
        "",
        "| Record | Group | Fields | Owner |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _standing(entity: Entity | None) -> str:
    if entity is None:
        return "not defined yet"
    return _served(entity)


def _room(module: str, entities: list[Entity]) -> Iterator[str]:
    yield f"## `{module}`\n"
    yield f"{entities[0].room}\n"
    for each in entities:
        yield _entity(each)


def _entity(entity: Entity) -> str:
    lines = [f"### {entity.name}", "", entity.meaning, "", f"Served by: {_served(entity)}.", ""]
    lines += ["| Field | Holds | Required | Meaning |", "|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.holds} | {'yes' if each.required else 'no'} | {each.meaning} |"
        for each in entity.fields
    ]
    if entity.invariants:
        lines += ["", "It holds that:", "", *(f"- {each}" for each in entity.invariants)]
    if entity.state_machine:
        lines += ["", f"It moves by the machine [{entity.name}](#machine-{entity.name})."]
    return "\n".join([*lines, ""])


def _served(entity: Entity) -> str:
    return ", ".join(f"`{each}`" for each in entity.served_by) or "not served yet"


def _machine(machine: StateMachine) -> str:
    rows = [f"| {each.before} | {each.after} | {each.note} |" for each in machine.moves]
    head = f"### machine {machine.name}\n\nIt begins as {machine.begins}.\n"
    return "\n".join([head, "| From | To | Note |", "|---|---|---|", *rows])


def _mapping() -> str:
    rows = [f"| {ours} | {theirs} | {why} |" for ours, theirs, why in _MAPPING]
    head = ["## How our own stages follow the machines", "", "| Ours | In the machine | Why |"]
    return "\n".join([*head, "|---|---|---|", *rows, ""])
