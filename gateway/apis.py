"""The table of contents: every API that the gateway answers for."""

from types import ModuleType

from experience_apis.delivery import v1 as delivery
from experience_apis.executive import v1 as executive
from experience_apis.finance import v1 as finance
from experience_apis.operations import v1 as operations
from experience_apis.staffing import v1 as staffing
from experience_apis.worklist import v1 as worklist
from governance import v1 as governance_api
from process_apis.adoption import v1 as adoption_api
from process_apis.approvals import v1 as approvals_api
from process_apis.change_requests import v1 as change_requests_api
from process_apis.client_matching import v1 as client_matching_api
from process_apis.exceptions import v1 as exceptions_api
from process_apis.notices import v1 as notices_api
from process_apis.opportunity_to_project import v1 as set_up_api
from process_apis.procure_to_pay import v1 as buying_api
from process_apis.project_to_cash import v1 as billing_api
from process_apis.read_models import v1 as read_models_api
from process_apis.resource_to_revenue import v1 as staffing_api
from process_apis.revenue import v1 as revenue_api
from process_apis.shadow import v1 as shadow_api
from process_apis.subscriptions import v1 as subscriptions_api
from process_apis.time_and_expense import v1 as work_api
from process_apis.verification import v1 as verification_api
from system_apis.contracts import v1 as contracts_api
from system_apis.crm import v1 as crm_v1_api
from system_apis.crm import v2 as crm_api
from system_apis.erp import v1 as erp_api
from system_apis.hr import v1 as hr_api
from system_apis.procurement import v1 as procurement_api
from system_apis.psa import v1 as psa_api

APIS: list[ModuleType] = [
    crm_v1_api,
    crm_api,
    psa_api,
    erp_api,
    contracts_api,
    hr_api,
    procurement_api,
    set_up_api,
    client_matching_api,
    billing_api,
    revenue_api,
    change_requests_api,
    buying_api,
    staffing_api,
    work_api,
    subscriptions_api,
    approvals_api,
    exceptions_api,
    notices_api,
    adoption_api,
    shadow_api,
    verification_api,
    read_models_api,
    finance,
    delivery,
    executive,
    staffing,
    operations,
    worklist,
    governance_api,
]
