"""What the systems' feeds tell is judged: by field, once for a version, and by itself put right."""

import pytest
from msgspec import Struct

from tests.process_apis.judged_firm import ALL, JudgedFirm


class Spoilt(Struct, frozen=True):
    """A field that another hand spoils, and the field of ours that is named for it."""

    instance: str
    record: str
    path: str
    value: object
    named: str


CUSTOMER, AGREEMENT, FIXED = "customer/CUST-1", "agreement/agr-0001", "agreement/agr-0002"
LEAD = {"role": "Lead", "hourlyRate": "100"}
SPOILT = {
    "DQ-C1": Spoilt("books", CUSTOMER, "vatRegNumber", None, "tax_id"),
    "DQ-C2": Spoilt("books", CUSTOMER, "vatRegNumber", "DE811000013", "tax_id"),
    "DQ-C3": Spoilt("books", CUSTOMER, "vatRegNumber", "DE811000004", "tax_id"),
    "DQ-C5": Spoilt("books", CUSTOMER, "termsNetDays", None, "payment_terms_days"),
    "DQ-C6": Spoilt("books", CUSTOMER, "billingAddress", None, "billing_address"),
    "DQ-K1": Spoilt("paper", AGREEMENT, "document", None, "document_hash"),
    "DQ-K2": Spoilt("paper", AGREEMENT, "lifecycle.effectiveTo", "2026-09-30", "effective_to"),
    "DQ-K3": Spoilt("paper", FIXED, "commercials.totalValue", "1001", "total_value"),
    "DQ-K4": Spoilt(
        "paper",
        AGREEMENT,
        "commercials.openingBalance",
        {"amount": "9001", "through": None},
        "nte_cap",
    ),
    "DQ-K5": Spoilt("paper", AGREEMENT, "commercials.rateSchedule", [], "rates"),
    "DQ-K6": Spoilt("paper", AGREEMENT, "commercials.rateSchedule", [LEAD, LEAD], "rates"),
    "DQ-K7": Spoilt("paper", AGREEMENT, "commercials.totalValue", "10101", "price"),
    "DQ-K8": Spoilt("paper", AGREEMENT, "orderRequired", True, "purchase_orders"),
    "DQ-P1": Spoilt("work", "workspace/P-1", "contract_number", "CT-9", "contract_number"),
    "DQ-P2": Spoilt("work", "workspace/P-1", "currency", "USD", "currency"),
    "DQ-P3": Spoilt("work", "workspace/P-1", "due_date", "2026-12-30", "end"),
    "DQ-P4": Spoilt("work", "workspace/P-1", "lead", "", "project_manager"),
    "DQ-E1": Spoilt("staff", "employee/4001", "compensation", [], "cost_rates"),
    "DQ-E2": Spoilt("staff", "employee/4001", "workEmail", "bo.west@one.example", "work_email"),
    "DQ-F1": Spoilt("books", "invoice/5001", "total", "101", "gross"),
    "DQ-F2": Spoilt("books", "invoice/5001", "taxDetails.0.taxAmount", "19", "tax"),
    "DQ-V1": Spoilt("buying", "supplier/801", "status", "suspended", "status"),
    "DQ-V2": Spoilt(
        "buying", "supplier/801", "remit-to-addresses.0.verified-by", None, "bank_accounts"
    ),
}


async def test_a_firm_whose_records_are_right_has_no_findings(firm: JudgedFirm) -> None:
    """Each system told of something, and nothing is wrong with it."""
    changes = await firm.read(*ALL)

    assert {each.record_type for each in changes} >= {"client", "contract", "project", "vendor"}
    assert await firm.found() == {}


@pytest.mark.parametrize("instance", ["books", "buying", "paper", "staff", "work"])
async def test_a_wrong_field_is_found_and_gone_when_it_is_put_right(
    firm: JudgedFirm, instance: str
) -> None:
    """The finding names the field; nobody has to close it."""
    await firm.read(*ALL)

    wrong, left = dict[str, str](), dict[str, str]()
    for rule, each in _of(instance).items():
        before = firm.rewrite(instance, each.record, each.path, each.value)
        await firm.read(instance)
        wrong[rule] = (await firm.found()).get(rule, "nothing")
        firm.rewrite(instance, each.record, each.path, before)
        await firm.read(instance)
        left |= await firm.found()

    assert [rule for rule, each in _of(instance).items() if each.named not in wrong[rule]] == []
    assert left == {}


def _of(instance: str) -> dict[str, Spoilt]:
    return {rule: each for rule, each in SPOILT.items() if each.instance == instance}
