"""A good body of every operation that takes one, and every way to spoil it."""

import json
from collections.abc import Callable, Iterator

Tree = dict[str, "Tree"] | list["Tree"] | str | int | bool | None
Spoiled = dict[str, bytes]

_USD: Tree = {"amount": "10.00", "currency": "USD"}
_ADDRESS: Tree = {"street": "1 Way", "city": "Town", "postal_code": "1", "country": "US"}
_LINE: Tree = {
    "kind": "time",
    "description": "An hour",
    "quantity": "1",
    "unit_price": _USD,
    "net": _USD,
}
_NO_USD: Tree = {"amount": "0.00", "currency": "USD"}
_ORDER_LINE: Tree = {
    "project_number": "P-1001",
    "role": "Specialist",
    "contractor": "C-9",
    "unit": "hours",
    "quantity": "10",
    "rate": _USD,
    "receipt_tolerance": "0.1",
    "start": "2026-10-01",
    "end": "2026-12-31",
}
_GOOD: dict[str, Tree] = {
    "POST /system/crm/v1/opportunities/{opportunity_id}/project": {"project_number": "P-9"},
    "POST /system/crm/v2/opportunities/{opportunity_id}/project": {"project_number": "P-9"},
    "POST /system/psa/v1/projects": {
        "number": "P-9001",
        "name": "Nine",
        "client_number": "CL-1",
        "client_name": "Contoso Health Inc.",
        "contract_number": "CT-1001",
        "legal_entity": "NWA-US",
        "billing_model": "T&M",
        "currency": "USD",
        "project_manager": "U-PM1",
        "template_code": "TM-STD",
        "template_version": 1,
        "start": "2026-10-01",
        "end": "2026-12-31",
    },
    "PUT /system/psa/v1/projects/{project_id}/budget": {
        "price": _USD,
        "cost": _USD,
        "margin": "0.5",
    },
    "PUT /system/psa/v1/projects/{project_id}/rate-card": {
        "rates": [{"role": "Principal", "rate": _USD}]
    },
    "POST /system/erp/v1/clients": {
        "legal_entity": "NWA-US",
        "on": "2026-10-31",
        "client": {
            "number": "CUST-9",
            "legal_name": "Nine Inc.",
            "country": "US",
            "tax_id": "9",
            "billing_address": _ADDRESS,
            "payment_terms_days": 30,
        },
    },
    "POST /system/erp/v1/ledger-projects": {
        "on": "2026-10-31",
        "project": {
            "number": "P-9001",
            "name": "Nine",
            "legal_entity": "NWA-US",
            "client_number": "CUST-1001",
        },
    },
    "POST /system/erp/v1/invoices": {
        "legal_entity": "NWA-US",
        "client_number": "CUST-1001",
        "project_number": "P-1001",
        "currency": "USD",
        "issue_date": "2026-10-31",
        "due_date": "2026-11-30",
        "purchase_order": "PO-9",
        "tax_category": "E",
        "tax_rate": "0",
        "lines": [_LINE],
        "net": _USD,
        "tax": {"amount": "0.00", "currency": "USD"},
        "gross": _USD,
    },
    "POST /system/erp/v1/payments": {
        "legal_entity": "NWA-US",
        "invoice_number": "INV-US-0901",
        "date": "2026-10-31",
        "amount": _USD,
        "reference": "BANK-9",
    },
    "POST /system/contracts/v1/contracts/{contract_id}/documents": {
        "title": "Acceptance of M9",
        "media_type": "text/plain",
        "content": "YWNjZXB0ZWQ=",
    },
    "POST /system/contracts/v1/contracts/{contract_id}/evidence": {
        "milestone": "M9",
        "type": "acceptance_certificate",
        "document_hash": "sha256:" + "0" * 64,
        "accepted_by": "Client 9",
        "accepted_at": "2026-10-31T10:00:00Z",
    },
    "POST /system/contracts/v1/contracts/{contract_id}/purchase-orders": {
        "number": "PO-9",
        "amount": _USD,
        "valid_to": "2026-12-31",
    },
    "POST /system/contracts/v1/contracts/{contract_id}/change-requests": {
        "number": "CR-9",
        "reason": "scope",
        "requested_by": "Client",
        "milestones": ["M9"],
        "deltas": {
            "price": _USD,
            "end_date": "2027-03-31",
            "hours_by_role": [{"role": "Principal", "hours": "10"}],
            "milestones": [{"number": "M9", "amount": _USD}],
        },
    },
    "PUT /system/contracts/v1/change-requests/{change_request_id}/status": {
        "status": "impact_assessed",
        "waived_by": "U-9",
    },
    "POST /system/procurement/v1/purchase-orders": {
        "vendor_id": "vn_00000000000000000000000000",
        "legal_entity": "NWA-US",
        "currency": "USD",
        "lines": [_ORDER_LINE],
    },
    "POST /system/procurement/v1/purchase-orders/{purchase_order_id}/revisions": {
        "of_revision": 1,
        "lines": [_ORDER_LINE],
        "needs_approval": True,
    },
    "POST /system/procurement/v1/purchase-orders/{purchase_order_id}/approval": {"revision": 1},
    "POST /system/procurement/v1/purchase-orders/{purchase_order_id}/receipts": {
        "line": 1,
        "start": "2026-10-01",
        "end": "2026-10-31",
        "quantity": "1",
        "rests_on": "time_entries",
        "evidence": ["TE-9"],
        "accepted_by": "U-PM1",
        "accepted_at": "2026-10-31T12:00:00Z",
    },
    "POST /system/procurement/v1/bills": {
        "vendor_id": "vn_00000000000000000000000000",
        "legal_entity": "NWA-US",
        "number": "B-9",
        "currency": "USD",
        "issue_date": "2026-10-31",
        "due_date": "2026-11-30",
        "lines": [
            {
                "description": "An hour",
                "purchase_order_number": "PO-9",
                "purchase_order_line": 1,
                "quantity": "1",
                "unit_price": _USD,
                "net": _USD,
                "tax": _NO_USD,
            }
        ],
        "net": _USD,
        "tax": _NO_USD,
        "gross": _USD,
    },
    "POST /system/procurement/v1/bills/{bill_id}/dispute": {"reason": "an hour too many"},
    "POST /system/erp/v1/payables": {
        "kind": "credit",
        "legal_entity": "NWA-US",
        "vendor_number": "VN-9",
        "vendor_name": "Nine BV",
        "bill_number": "C-9",
        "corrects": "B-9",
        "currency": "USD",
        "issue_date": "2026-10-31",
        "due_date": "2026-11-30",
        "lines": [
            {
                "description": "An hour",
                "project_number": "P-1001",
                "quantity": "1",
                "unit_price": _USD,
                "net": _USD,
            }
        ],
        "net": _USD,
        "tax": _NO_USD,
        "gross": _USD,
        "self_assessed_rate": "0.1",
        "self_assessed": {"amount": "1.00", "currency": "USD"},
        "held": True,
    },
    "POST /system/erp/v1/journals": {
        "legal_entity": "NWA-US",
        "date": "2026-10-31",
        "description": "An hour that was received",
        "currency": "USD",
        "lines": [
            {
                "account": "subcontract_cost",
                "project_number": "P-1001",
                "debit": _USD,
                "credit": _NO_USD,
            },
            {"account": "accrued_liability", "debit": _NO_USD, "credit": _USD},
        ],
    },
    "POST /process/procure-to-pay/v1/order-requests": {
        "vendor_id": "vn_00000000000000000000000000",
        "legal_entity": "NWA-US",
        "project_number": "P-1001",
        "role": "Specialist",
        "contractor": "C-9",
        "hours": "10",
        "rate": _USD,
        "start": "2026-10-01",
        "end": "2026-12-31",
        "staffing_request_id": "sr_00000000000000000000000000",
    },
    "POST /process/resource-to-revenue/v1/bookings": {
        "staffing_request_id": "sr_00000000000000000000000000",
        "employee": "E101",
        "kind": "soft",
        "percent": "10",
        "start": "2026-11-02",
        "end": "2026-11-30",
    },
    "POST /process/resource-to-revenue/v1/contractors": {
        "staffing_request_id": "sr_00000000000000000000000000",
        "vendor_id": "vn_00000000000000000000000000",
        "contractor": "C-9",
        "hours": "10",
        "rate": _USD,
    },
    "POST /process/procure-to-pay/v1/vendors/{vendor_id}/checks": {
        "legal_entity": "NWA-US",
        "item": "nda",
        "evidence": "signed, on file",
    },
    "POST /process/procure-to-pay/v1/purchase-orders/{purchase_order_id}/receipt-drafts": {
        "start": "2026-10-01",
        "end": "2026-10-31",
    },
    "POST /process/procure-to-pay/v1/bills/{bill_case_id}/credit": {
        "number": "C-9",
        "issue_date": "2026-10-31",
    },
    "POST /system/erp/v1/payments/{payment_id}/applications": {
        "invoice_number": "INV-US-0901",
        "amount": _USD,
    },
    "POST /process/read-models/v1/rebuilds": {"system": "psa", "request": "after an outage"},
    "POST /process/revenue/v1/recognitions": {"project_number": "P-1001", "month": "2026-10"},
    "POST /process/revenue/v1/closings": {
        "legal_entity": "NWA-US",
        "month": "2026-10",
        "despite": "settled next month",
    },
    "POST /process/revenue/v1/reopenings": {
        "legal_entity": "NWA-US",
        "month": "2026-10",
        "reason": "an invoice was late",
    },
    "POST /process/project-to-cash/v1/invoices/{invoice_id}/disputes": {
        "reason": "quality",
        "amount": _USD,
        "lines": [1],
        "note": "not as ordered",
    },
    "POST /process/project-to-cash/v1/disputes/{dispute_id}/resolution": {
        "verdict": "reject",
        "note": "as agreed",
    },
    "POST /process/project-to-cash/v1/receipts/{receipt_id}/applications": {
        "invoice_number": "INV-US-0901",
        "amount": _USD,
    },
    "POST /system/erp/v1/ledger-projects/closure": {
        "on": "2026-10-31",
        "legal_entity": "NWA-US",
        "number": "P-9001",
    },
    "POST /system/psa/v1/staffing-requests": {
        "project_number": "P-1001",
        "legal_entity": "NWA-US",
        "role": "Principal",
        "start": "2026-10-01",
        "end": "2026-10-31",
        "hours": "39",
    },
    "PUT /system/psa/v1/bookings/{booking_id}/project": {"project_number": "P-9001"},
    "POST /system/psa/v1/tasks": {
        "project_number": "P-1001",
        "legal_entity": "NWA-US",
        "name": "NDA signed",
        "owner": "sales_operations",
        "due": "2026-10-29",
    },
    "POST /process/time-and-expense/v1/entries": {
        "number": "T-9",
        "employee": "E101",
        "project_number": "P-1001",
        "work_date": "2026-11-04",
        "hours": "1.5",
        "billable": True,
        "task": "Design",
        "notes": "a long call",
        "follows": 0,
    },
    "POST /process/time-and-expense/v1/weeks": {
        "week_start": "2026-11-02",
        "rows": [
            {
                "number": "W-9",
                "project_number": "P-1001",
                "work_date": "2026-11-03",
                "hours": "2.5",
                "billable": True,
                "task": "Design",
                "notes": "a long call",
                "follows": 0,
            }
        ],
    },
    "POST /process/time-and-expense/v1/expenses": {
        "number": "X-9",
        "employee": "E101",
        "project_number": "P-1001",
        "date": "2026-11-03",
        "category": "per_diem",
        "amount": _USD,
        "merchant": "Nobody",
        "billable": True,
        "receipt_hash": "sha256:9",
        "paid_by": "personal",
        "trip": {"start": "2026-11-03", "end": "2026-11-03"},
        "daily": {"amount": "13.33", "currency": "USD"},
        "nights": 1,
        "cap_per_night": _USD,
        "claimed_rate": "1",
        "tax": _USD,
        "supplier_tax_id": "12-3456789",
        "follows": 0,
    },
    "POST /process/time-and-expense/v1/delegations": {
        "legal_entity": "NWA-US",
        "delegate": "U-LM1",
        "start": "2026-11-01",
        "end": "2026-11-30",
    },
    "PUT /process/notices/v1/preferences": {
        "pace": "daily",
        "quiet_from": "18:00:00",
        "quiet_until": "08:00:00",
        "timezone": "Europe/Berlin",
        "free_days_too": True,
    },
    "POST /process/time-and-expense/v1/pay-runs": {
        "legal_entity": "NWA-US",
        "period": "2026-08",
        "run": 9,
    },
    "POST /process/subscriptions/v1": {
        "url": "https://hooks.example/strata",
        "event_types": ["strata.invoice.posted.v1"],
        "entities": ["NWA-US"],
        "description": "the warehouse",
    },
    "PUT /process/subscriptions/v1/{subscription_id}/status": {"status": "paused"},
    "POST /process/subscriptions/v1/{subscription_id}/replay": {"since": "2026-10-31T00:00:00Z"},
    "POST /process/opportunity-to-project/v1/runs": {
        "opportunity_id": "opp_00000000000000000000000000",
        "contract_id": "ct_00000000000000000000000000",
    },
    "POST /system/erp/v1/credit-notes": {
        "legal_entity": "NWA-US",
        "client_number": "CUST-1001",
        "project_number": "P-1001",
        "invoice_number": "INV-US-0901",
        "reason": "hours recorded twice",
        "currency": "USD",
        "issue_date": "2026-10-31",
        "tax_category": "E",
        "tax_rate": "0",
        "lines": [_LINE],
        "net": _USD,
        "tax": {"amount": "0.00", "currency": "USD"},
        "gross": _USD,
    },
    "POST /system/psa/v1/projects/{project_id}/time-corrections": {
        "entry_number": "TE-0001",
        "hours": "6",
        "reason": "recorded twice",
    },
    "POST /process/project-to-cash/v1/invoices/{invoice_id}/credits": {
        "sources": ["TE-0001"],
        "reason": "recorded twice",
    },
    "POST /process/project-to-cash/v1/billing-events/{billing_event_id}/write-off": {
        "amount": _USD,
        "reason": "the client is insolvent",
    },
    "POST /process/project-to-cash/v1/billing-events/{billing_event_id}/write-off/reversal": {
        "reason": "the client pays after all",
    },
    "POST /process/change-requests/v1/milestones/{billing_event_id}/preview": {
        "planned_date": "2026-12-18",
        "contractor_hours": "60",
    },
    "POST /process/change-requests/v1/milestones/{billing_event_id}/apply": {
        "planned_date": "2026-12-18",
        "contractor_hours": "60",
        "ground": "0" * 64,
    },
    "POST /process/change-requests/v1/change-requests/{change_request_id}/submission": {
        "ground": "0" * 64
    },
    "POST /process/change-requests/v1/change-requests/{change_request_id}/apply": {
        "ground": "0" * 64
    },
    "POST /process/client-matching/v1/scans": {"occasion": "October"},
    "POST /process/client-matching/v1/merges": {
        "survivor_id": f"cl_{'0' * 26}",
        "merged_id": f"cl_{'1' * 26}",
        "reason": "one firm, entered twice",
        "override_reason": "the old tax id is of its branch",
    },
    "POST /process/client-matching/v1/merges/{merge_id}/unmerge": {"reason": "they are two"},
    "POST /process/approvals/v1/{approval_id}/decision": {
        "decision": "approve",
        "version": 1,
        "comment": "as agreed",
    },
    "POST /process/exceptions/v1/{exception_id}/resolution": {
        "resolution": "retry",
        "note": "put right",
    },
    "POST /process/adoption/v1/imports": {
        "projects": [
            {
                "project_number": "P-9",
                "contract_number": "CT-9",
                "billed_to_date": _USD,
                "invoices": [
                    {
                        "number": "INV-9",
                        "net": _USD,
                        "period_start": "2026-10-01",
                        "period_end": "2026-10-31",
                        "whole_period": True,
                    }
                ],
                "purchase_orders": [{"number": "PO-9", "remaining": _USD}],
            }
        ]
    },
    "POST /process/adoption/v1/findings/{finding_id}/adoption": {
        "reason": "agreed with the client",
        "sources": {"period_start": "2026-10-01", "period_end": "2026-10-31"},
        "difference": "a discount",
    },
    "POST /experience/operations/v1/systems/{system}/replay": {"note": "it is back"},
    "POST /process/adoption/v1/findings/{finding_id}/dispute": {"reason": "nobody ordered it"},
    "PUT /governance/v1/lifecycle/{layer}/{api}/{version}": {
        "lifecycle": {
            "stage": "active",
            "since": "2026-11-27",
            "deprecated_on": "2027-11-01",
            "sunset_on": "2028-11-01",
            "successor": "/system/psa/v1",
            "brownouts": [{"starts": "2028-01-01T09:00:00Z", "ends": "2028-01-01T09:15:00Z"}],
        },
        "reason": "agreed",
    },
    "PUT /governance/v1/quality/findings/{finding_id}/waiver": {
        "reason": "the client sends it next month",
        "until": "2027-01-31T00:00:00Z",
    },
    "DELETE /governance/v1/quality/findings/{finding_id}/waiver": {"reason": "it has come"},
    "PUT /governance/v1/clock": {"now": "2026-11-05T08:00:00Z"},
    "PUT /governance/v1/access/withdrawals": {
        "target": {"subject": "U-GONE"},
        "reason": "left the firm",
        "scopes": ["system:crm:read"],
        "roles": ["finance"],
        "entities": ["NWA-US"],
    },
    "DELETE /governance/v1/access/withdrawals/{withdrawal_id}": {"reason": "came back"},
}
_GOOD["POST /process/procure-to-pay/v1/bills"] = {
    "arrival": "mail-9",
    "bill": _GOOD["POST /system/procurement/v1/bills"],
}
GOOD: dict[str, bytes] = {route: json.dumps(body).encode() for route, body in _GOOD.items()}

# A currency that is plain text, or one of a price, is not held to be one at the door yet.
_NOT_MONEY = {
    "a whole number": b"10",
    "a fraction": b"10.00",
    "an exponent": b"1e1",
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "NaN in quotes": b'"NaN"',
    "an exponent in quotes": b'"1e1"',
    "a thousands sign": b'"1_000.00"',
    "a leading blank": b'" 1.00"',
    "a plus": b'"+1.00"',
    "a newline": b'"1.00\\n"',
    "digits of another script": '"١.00"'.encode(),
    "a hundred thousand digits": b'"' + b"1" * 100_000 + b'"',
    "null": b"null",
}

_NEVER = {"an object": b'{"unexpected":1}', "a fraction": b"0.5", "not a number": b"NaN"}
_NO_DATES = ("2026-02-30", "31.10.2026", "2026-10-31T25:00:00Z", "now", "")
_NOT_THIS = {
    ".currency": ("usd", "US", "QQQ", "", "USD "),
    **dict.fromkeys((".on", "date", ".start", ".end"), _NO_DATES),
    ".now": (*_NO_DATES, "2026-10-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"),
}


def spoiled_bytes(good: bytes) -> Spoiled:
    """Return bodies whose bytes are no single JSON object in UTF-8, or too deep."""
    deep = b'"deep":' + b"[" * 2_000 + b"]" * 2_000
    return {
        "nothing": b"",
        "blanks": b" \n ",
        "a byte order mark": b"\xef\xbb\xbf" + good,
        "bytes after the end": good + b"\x00",
        "two documents": good + good,
        "half a document": good[:-1],
        "a comment": b"/* */" + good,
        "a comma too many": good[:-1] + b",}",
        "a list of it": b"[" + good + b"]",
        "an empty list": b"[]",
        "text": b'"body"',
        "a number": b"1",
        "null": b"null",
        "UTF-16": good.decode().encode("utf-16"),
        "bytes that are no UTF-8": good[:-1] + b',"\xff\xfe":1}',
        "half a surrogate pair": good[:-1] + b',"\\ud800":1}',
        "a depth of 2,000": good[:-1] + b"," + deep + b"}",
        "a depth that never ends": b'{"a":' * 100_000,
        "a prototype": good[:-1] + b',"__proto__":{}}',
        "a method of its class": good[:-1] + b',"__class__":"Caller"}',
        "somebody else's rights": good[:-1] + b',"roles":["operator"],"entities":["HAL-UK"]}',
    }


def spoiled_fields(good: bytes) -> Spoiled:
    """Return bodies that are wrong in one place, for every place that a good one has."""
    tree: Tree = json.loads(good)
    found: Spoiled = {}
    for where, node in _nodes(tree, "$"):
        if isinstance(node, dict):
            for said, change in _CHANGED_KEYS.items():
                found[f"{where} and {said}"] = _written(tree, "$", where, change)
        for said, text in _bad_values(where):
            found[f"{where} is {said}"] = _put(tree, where, text)
    return found


def _bad_values(where: str) -> Iterator[tuple[str, bytes]]:
    """Yield what cannot stand at a place."""
    if where != "$":
        yield from _NEVER.items()
    for ending, texts in _NOT_THIS.items():
        if where.endswith(ending):
            yield from ((repr(text), json.dumps(text).encode()) for text in texts)
    if where.endswith((".amount", ".quantity", ".margin", ".tax_rate")):
        yield from _NOT_MONEY.items()


def _nodes(tree: Tree, where: str) -> Iterator[tuple[str, Tree]]:
    yield where, tree
    if isinstance(tree, dict):
        for name, child in tree.items():
            yield from _nodes(child, f"{where}.{name}")
    elif isinstance(tree, list):
        for index, child in enumerate(tree):
            yield from _nodes(child, f"{where}.{index}")


def _put(tree: Tree, where: str, text: bytes) -> bytes:
    return _written(tree, "$", where, lambda _: text)


def _written(tree: Tree, here: str, where: str, change: Callable[[bytes], bytes]) -> bytes:
    """Write a tree, with the bytes of one place changed."""
    if isinstance(tree, dict):
        pairs = (
            json.dumps(name).encode() + b":" + _written(child, f"{here}.{name}", where, change)
            for name, child in tree.items()
        )
        text = b"{" + b",".join(pairs) + b"}"
    elif isinstance(tree, list):
        children = (_written(c, f"{here}.{i}", where, change) for i, c in enumerate(tree))
        text = b"[" + b",".join(children) + b"]"
    else:
        text = json.dumps(tree).encode()
    return change(text) if here == where else text


def _stranger(text: bytes) -> bytes:
    return text[:-1] + b',"stranger":1}'


def _twice(text: bytes) -> bytes:
    first = next(iter(json.loads(text).items()))
    return text[:-1] + f",{json.dumps(first[0])}:{json.dumps(first[1])}}}".encode()


def _shouted(text: bytes) -> bytes:
    first = next(iter(json.loads(text)))
    return text.replace(f'"{first}"'.encode(), f'"{first.upper()}"'.encode(), 1)


_CHANGED_KEYS: dict[str, Callable[[bytes], bytes]] = {
    "an unknown field": _stranger,
    "a key twice": _twice,
    "a key in capitals": _shouted,
}
