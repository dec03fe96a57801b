"""The firm's own editions of terms, one field for each value stream."""

from msgspec import Struct

from experience_apis.executive.terms import KeyFigureTerms
from governance.editions import Edition
from governance.objectives import ObjectiveTerms
from process_apis.change_requests.terms import ChangeTerms
from process_apis.notices.terms import NoticeTerms
from process_apis.procure_to_pay.terms import ProcureToPayTerms
from process_apis.project_to_cash.write_offs.terms import WriteOffTerms
from process_apis.quality.terms import QualityTerms
from process_apis.resource_to_revenue.terms import StaffingTerms
from process_apis.revenue.terms import RevenueTerms
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms


class FirmTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a firm decides otherwise than usual, each from a day on."""

    changes: tuple[Edition[ChangeTerms], ...] = ()
    key_figures: tuple[Edition[KeyFigureTerms], ...] = ()
    notices: tuple[Edition[NoticeTerms], ...] = ()
    objectives: tuple[Edition[ObjectiveTerms], ...] = ()
    procure_to_pay: tuple[Edition[ProcureToPayTerms], ...] = ()
    quality: tuple[Edition[QualityTerms], ...] = ()
    revenue: tuple[Edition[RevenueTerms], ...] = ()
    staffing: tuple[Edition[StaffingTerms], ...] = ()
    time_and_expense: tuple[Edition[TimeAndExpenseTerms], ...] = ()
    write_offs: tuple[Edition[WriteOffTerms], ...] = ()
