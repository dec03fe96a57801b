"""The figures of the story in the shape of `expected.json`, and where they differ from it."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeAlias

from experience_apis.delivery.projects import ProjectView, SetUpView
from experience_apis.finance.views import InvoiceLineView, InvoiceView, ReadinessView
from gateway.demo.facts import SetUpCase
from process_apis.opportunity_to_project.set_up_time import Wait, set_up_time
from process_apis.project_to_cash.records import Blocker
from system_apis.canonical.billing import LineKind
from system_apis.canonical.money import Money

Figure: TypeAlias = "str | int | bool | Mapping[str, Figure] | Sequence[Figure] | None"


def figures(
    invoices: Sequence[InvoiceView],
    projects: Sequence[ProjectView],
    events: Sequence[ReadinessView],
    clients: Mapping[str, str],
) -> dict[str, Figure]:
    """Return what the story worked out; `clients` are the firm's own numbers by project."""
    return {
        "invoices": [_invoice(each, clients) for each in invoices],
        "projects": {
            each.project_number: _project(
                each, [one for one in invoices if one.project_number == each.project_number]
            )
            for each in projects
            if each.margin
        },
        "readiness": _readiness(events),
    }


def project_setup(case: SetUpCase, seen: SetUpView) -> dict[str, Figure]:
    """Return how long a recorded set-up took, and what the live one of the same deal stopped at."""
    waits = [Wait(each.requested_at, each.decided_at) for each in case.approvals]
    took = set_up_time(case.closed_won_at, case.ready_at, waits)
    apart = seen.price_difference_pct
    told: dict[str, Figure] = {
        "hours": str(took.hours),
        "human_seconds": took.human_seconds,
        "machine_seconds": took.machine_seconds,
        "human_touches": took.human_touches,
        "price_difference_pct": None if apart is None else str(apart),
        "stops_at": seen.stops_at,
    }
    return {"project_setup": told}


def _readiness(events: Sequence[ReadinessView]) -> dict[str, Figure]:
    """Return how much of what fell due was ready at its first check, and what held the rest."""
    ready = [each for each in events if each.ready_at_first_check]
    return {
        "events_due": len(events),
        "ready_at_first_check": len(ready),
        "rate": _share(Decimal(len(ready)), Decimal(len(events))),
        "blockers": {
            each.project_number: [_blocker(one) for one in each.first_blockers]
            for each in events
            if each.first_blockers
        },
    }


def _blocker(blocker: Blocker) -> dict[str, Figure]:
    told: dict[str, Figure] = {"code": blocker.code, "reason": blocker.reason}
    if blocker.amount_at_risk:
        told["amount_at_risk"] = blocker.amount_at_risk.amount
    return told


def _invoice(invoice: InvoiceView, clients: Mapping[str, str]) -> dict[str, Figure]:
    return {
        "project": invoice.project_number,
        "issue_date": invoice.issue_date.isoformat(),
        "client": clients.get(invoice.project_number, invoice.client_number),
        "legal_entity": invoice.legal_entity,
        "currency": invoice.net.currency,
        "kind": "invoice",
        "lines": [_line(each) for each in invoice.lines],
        "net": invoice.net.amount,
        "tax": invoice.tax.amount,
        "gross": (invoice.posted or invoice.expected).amount,
        "tax_category": invoice.tax_category,
    }


def _line(line: InvoiceLineView) -> dict[str, Figure]:
    told: dict[str, Figure] = {"kind": line.kind}
    if line.employee:
        told["employee"] = line.employee
    if line.milestone:
        told["milestone"] = line.milestone
    if line.quantity is not None:
        told |= {"quantity": str(line.quantity), "rate": str(line.rate)}
    return told | {"net": line.net.amount}


def _project(project: ProjectView, invoices: Sequence[InvoiceView]) -> dict[str, Figure]:
    margin = project.margin
    if margin is None:
        return {}
    lines = [line for each in invoices for line in each.lines]
    fees = _sum(lines, LineKind.TIME, project.currency)
    adjusted = _sum(lines, LineKind.NTE_ADJUSTMENT, project.currency)
    spent = _sum(lines, LineKind.EXPENSES, project.currency)
    cost = margin.labor_cost + margin.expenses
    figure: dict[str, Figure] = {
        "gross_fees": fees.amount,
        "nte_adjustment": adjusted.amount,
        "fees_billed": (fees + adjusted).amount,
        "expenses": spent.amount,
        "currency": project.currency,
        "revenue": margin.revenue.amount,
        "labor_cost": margin.labor_cost.amount,
        "total_cost": cost.amount,
        "margin": margin.margin.amount,
        "margin_pct": _share(margin.margin.value, margin.revenue.value),
    }
    if fees:
        billed = (fees + adjusted).value / fees.value
        figure["billing_realization"] = _share(billed, Decimal(1))
    if adjusted:
        figure["leakage"] = {"over_cap": (-adjusted).amount}
    return figure


def _sum(lines: Sequence[InvoiceLineView], kind: LineKind, currency: str) -> Money:
    return Money.total((line.net for line in lines if line.kind is kind), currency)


def _share(part: Decimal, whole: Decimal) -> str | None:
    if not whole:
        return None
    return str((part / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP))


class Comparison:
    """What differs from the expected results, and what of them was not computed."""

    def __init__(self, computed: Figure, expected: Figure) -> None:
        self.differences: list[str] = []
        self.not_computed: list[str] = []
        self._compare(computed, expected, "")

    def _compare(self, computed: Figure, expected: Figure, path: str) -> None:
        if isinstance(expected, Mapping) and isinstance(computed, Mapping):
            self._compare_fields(computed, expected, path)
        elif _is_list(expected) and _is_list(computed):
            self._compare_lists(computed, expected, path)
        elif not _same(computed, expected):
            self.differences.append(f"{path}: {computed!r}, expected {expected!r}")

    def _compare_fields(
        self, computed: Mapping[str, Figure], expected: Mapping[str, Figure], path: str
    ) -> None:
        for name, value in expected.items():
            here = f"{path}.{name}".lstrip(".")
            if name not in computed:
                self.not_computed.append(here)
            else:
                self._compare(computed[name], value, here)
        extra = sorted(set(computed) - set(expected))
        self.differences += [f"{path}.{name}: not expected".lstrip(".") for name in extra]

    def _compare_lists(self, computed: Figure, expected: Figure, path: str) -> None:
        """Compare in any order: what names itself by its name, the rest by their likeness."""
        ours, theirs = _named(computed), _named(expected)
        if ours is not None and theirs is not None:
            self._compare_fields(ours, theirs, path)
            return
        left = list(_items(computed))
        for item in _items(expected):
            match = next((one for one in left if not _differs(one, item)), None)
            if match is None:
                self.differences.append(f"{path}: lacks {item!r}")
            else:
                left.remove(match)
        self.differences += [f"{path}: {one!r} is not expected" for one in left]


def _differs(computed: Figure, expected: Figure) -> bool:
    found = Comparison(computed, expected)
    return bool(found.differences or found.not_computed)


def _items(value: Figure) -> Sequence[Figure]:
    return value if _is_list(value) and not isinstance(value, str | Mapping) else []  # type: ignore[return-value]  # narrowed by _is_list


def _is_list(value: Figure) -> bool:
    return isinstance(value, list | tuple)


def _named(value: Figure) -> dict[str, Figure] | None:
    """Return documents by the project that they are about, when all of them name one."""
    named: dict[str, Figure] = {}
    for item in _items(value):
        if not isinstance(item, Mapping) or "project" not in item:
            return None
        named[f"{item['project']}"] = item
    return named if len(named) == len(_items(value)) else None


def _same(computed: Figure, expected: Figure) -> bool:
    if computed == expected:
        return True
    try:
        return Decimal(str(computed)) == Decimal(str(expected))
    except InvalidOperation:
        return False
