"""A good body of every operation of a process that takes one, stream by stream."""

from tests.security.routes.system_bodies import SYSTEMS
from tests.security.routes.trees import USD, Tree

PROCESSES: dict[str, Tree] = {
    "POST /process/adoption/v1/imports": {
        "projects": [
            {
                "project_number": "P-9",
                "contract_number": "CT-9",
                "billed_to_date": USD,
                "invoices": [
                    {
                        "number": "INV-9",
                        "net": USD,
                        "period_start": "2026-10-01",
                        "period_end": "2026-10-31",
                        "whole_period": True,
                    }
                ],
                "purchase_orders": [{"number": "PO-9", "remaining": USD}],
            }
        ]
    },
    "POST /process/adoption/v1/findings/{finding_id}/adoption": {
        "reason": "agreed with the client",
        "sources": {"period_start": "2026-10-01", "period_end": "2026-10-31"},
        "difference": "a discount",
    },
    "POST /process/adoption/v1/findings/{finding_id}/dispute": {"reason": "nobody ordered it"},
    "POST /process/approvals/v1/{approval_id}/decision": {
        "decision": "approve",
        "version": 1,
        "comment": "as agreed",
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
    "POST /process/exceptions/v1/{exception_id}/resolution": {
        "resolution": "retry",
        "note": "put right",
    },
    "PUT /process/notices/v1/preferences": {
        "pace": "daily",
        "quiet_from": "18:00:00",
        "quiet_until": "08:00:00",
        "timezone": "Europe/Berlin",
        "free_days_too": True,
    },
    "POST /process/opportunity-to-project/v1/runs": {
        "opportunity_id": "opp_00000000000000000000000000",
        "contract_id": "ct_00000000000000000000000000",
    },
    "POST /process/procure-to-pay/v1/order-requests": {
        "vendor_id": "vn_00000000000000000000000000",
        "legal_entity": "NWA-US",
        "project_number": "P-1001",
        "role": "Specialist",
        "contractor": "C-9",
        "hours": "10",
        "rate": USD,
        "start": "2026-10-01",
        "end": "2026-12-31",
        "staffing_request_id": "sr_00000000000000000000000000",
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
    "POST /process/project-to-cash/v1/invoices/{invoice_id}/disputes": {
        "reason": "quality",
        "amount": USD,
        "lines": [1],
        "note": "not as ordered",
    },
    "POST /process/project-to-cash/v1/disputes/{dispute_id}/resolution": {
        "verdict": "reject",
        "note": "as agreed",
    },
    "POST /process/project-to-cash/v1/receipts/{receipt_id}/applications": {
        "invoice_number": "INV-US-0901",
        "amount": USD,
    },
    "POST /process/project-to-cash/v1/invoices/{invoice_id}/credits": {
        "sources": ["TE-0001"],
        "reason": "recorded twice",
    },
    "POST /process/project-to-cash/v1/billing-events/{billing_event_id}/write-off": {
        "amount": USD,
        "reason": "the client is insolvent",
    },
    "POST /process/project-to-cash/v1/billing-events/{billing_event_id}/write-off/reversal": {
        "reason": "the client pays after all",
    },
    "POST /process/read-models/v1/rebuilds": {"system": "psa", "request": "after an outage"},
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
        "rate": USD,
    },
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
    "POST /process/subscriptions/v1": {
        "url": "https://hooks.example/strata",
        "event_types": ["strata.invoice.posted.v1"],
        "entities": ["NWA-US"],
        "description": "the warehouse",
    },
    "PUT /process/subscriptions/v1/{subscription_id}/status": {"status": "paused"},
    "POST /process/subscriptions/v1/{subscription_id}/replay": {"since": "2026-10-31T00:00:00Z"},
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
        "amount": USD,
        "merchant": "Nobody",
        "billable": True,
        "receipt_hash": "sha256:9",
        "paid_by": "personal",
        "trip": {"start": "2026-11-03", "end": "2026-11-03"},
        "daily": {"amount": "13.33", "currency": "USD"},
        "nights": 1,
        "cap_per_night": USD,
        "claimed_rate": "1",
        "tax": USD,
        "supplier_tax_id": "12-3456789",
        "follows": 0,
    },
    "POST /process/time-and-expense/v1/delegations": {
        "legal_entity": "NWA-US",
        "delegate": "U-LM1",
        "start": "2026-11-01",
        "end": "2026-11-30",
    },
    "POST /process/time-and-expense/v1/pay-runs": {
        "legal_entity": "NWA-US",
        "period": "2026-08",
        "run": 9,
    },
}
PROCESSES["POST /process/procure-to-pay/v1/bills"] = {
    "arrival": "mail-9",
    "bill": SYSTEMS["POST /system/procurement/v1/bills"],
}
