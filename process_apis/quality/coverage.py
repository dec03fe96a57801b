"""Where each rule is judged: as feeds tell of records, each day or at the steps."""

from process_apis.quality.agreements import CONTRACT_RULES
from process_apis.quality.arrivals import CHANGE_RULES, COUNTED, FEED_RULES, READING_RULES
from process_apis.quality.bought import BILL_RULES, RECEIPT_RULES, VENDOR_RULES
from process_apis.quality.delivery import PROJECT_RULES
from process_apis.quality.inspection import INSPECTED
from process_apis.quality.money import BALANCE_RULES, INVOICE_RULES, RECEIVABLE_RULES
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
    | BALANCE_RULES
    | VENDOR_RULES
    | BILL_RULES
    | RECEIPT_RULES
    | CHANGE_RULES
    | READING_RULES
    | FEED_RULES
    | COUNTED
)
# Of those, what a day may break though nobody touches a record.
BROKEN_BY_DAYS = frozenset({"DQ-C10", "DQ-K2", "DQ-K10", "DQ-P7", "DQ-V1", "DQ-F6", "DQ-E1"})
# Judged at a bill's readiness check, where the rows and their project are at hand.
AT_THE_BILL = frozenset(each.rule.id for each in INSPECTED)
# Refused by the step's own check; no finding tells of it.
AT_STEPS = frozenset({"DQ-C8", "DQ-E8", "DQ-F4", "DQ-F9", "DQ-F10"})
