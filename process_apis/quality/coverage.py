"""Where each rule is judged: as feeds tell of records, each day, at the steps, or not yet."""

from process_apis.quality.agreements import CONTRACT_RULES
from process_apis.quality.arrivals import CHANGE_RULES, COUNTED, FEED_RULES, READING_RULES
from process_apis.quality.bought import BILL_RULES, RECEIPT_RULES, VENDOR_RULES
from process_apis.quality.delivery import PROJECT_RULES
from process_apis.quality.inspection import INSPECTED
from process_apis.quality.money import INVOICE_RULES, RECEIVABLE_RULES
from process_apis.quality.parties import CLIENT_RULES
from process_apis.quality.people import COMPANY_RULES, PERSON_RULES

FROM_FEEDS = (
    CLIENT_RULES
    | CONTRACT_RULES
    | PROJECT_RULES
    | PERSON_RULES
    | COMPANY_RULES
    | INVOICE_RULES
    | RECEIVABLE_RULES
    | VENDOR_RULES
    | BILL_RULES
    | RECEIPT_RULES
    | CHANGE_RULES
    | READING_RULES
    | FEED_RULES
    | COUNTED
)
# Of those, what a day may break though nobody touches a record.
BROKEN_BY_DAYS = frozenset({"DQ-K2", "DQ-K10", "DQ-P7", "DQ-V1", "DQ-F6", "DQ-E1"})
# Judged at a bill's readiness check, where the rows and their project are at hand.
AT_THE_BILL = frozenset(each.rule.id for each in INSPECTED)
# Refused by the step's own check; no finding tells of it.
AT_STEPS = frozenset({"DQ-C8", "DQ-E8", "DQ-F4", "DQ-F9", "DQ-F10"})
NOT_YET = {
    "DQ-C7": "no ledger tells which currencies it takes",
    "DQ-C9": "no system tells a client's parent",
    "DQ-C10": "no system tells a client's address for electronic invoices",
    "DQ-F2": "an invoice does not tell its tax by groups",
    "DQ-F7": "no ledger tells what a client owes in all",
}
