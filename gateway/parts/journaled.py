"""The rooms whose records a step may return: the journal writes and reads these types only."""

from types import ModuleType

from process_apis import engagements
from process_apis.change_requests import records as change_records
from process_apis.client_authority import rules as authority_rules
from process_apis.client_matching import merges
from process_apis.client_matching import rules as match_rules
from process_apis.notices import records as notice_records
from process_apis.opportunity_to_project import clients as set_up_clients
from process_apis.opportunity_to_project import questions as set_up_questions
from process_apis.opportunity_to_project import reviews as set_up_reviews
from process_apis.opportunity_to_project import rules as set_up_rules
from process_apis.procure_to_pay import records as buying_records
from process_apis.procure_to_pay.ordering import requests as order_requests
from process_apis.project_to_cash import checks, credit_records, receivables, records
from process_apis.project_to_cash.collection import cash
from process_apis.project_to_cash.mailing import records as mail_records
from process_apis.project_to_cash.write_offs import records as write_off_records
from process_apis.resource_to_revenue import records as staffing_records
from process_apis.revenue import records as revenue_records
from process_apis.revenue.books import entries as revenue_entries
from process_apis.time_and_expense import pay_records
from process_apis.time_and_expense import records as work_records
from system_apis import client_merges
from system_apis.canonical import (
    attendance,
    billing,
    contracts,
    delivery,
    party,
    payables,
    people,
    procurement,
    sales,
    team,
)
from system_apis.canonical import credits as credit_drafts

JOURNALED: list[ModuleType] = [
    billing,
    contracts,
    credit_drafts,
    delivery,
    party,
    payables,
    people,
    attendance,
    procurement,
    sales,
    team,
    authority_rules,
    match_rules,
    client_merges,
    merges,
    set_up_clients,
    set_up_rules,
    set_up_reviews,
    set_up_questions,
    engagements,
    records,
    credit_records,
    checks,
    receivables,
    cash,
    mail_records,
    write_off_records,
    staffing_records,
    revenue_records,
    change_records,
    revenue_entries,
    buying_records,
    order_requests,
    notice_records,
    work_records,
    pay_records,
]
