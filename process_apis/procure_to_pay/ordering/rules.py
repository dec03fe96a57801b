"""What stands between a wish and an order, and who approves it. Pure decisions.

Source: domain handbook, 3(e), 1 to 4.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.procure_to_pay.ordering.requests import (
    CheckDone,
    ClearanceStage,
    Obstacle,
    OrderBlocker,
    OrderRequest,
    RequestStage,
    VendorFile,
)
from process_apis.procure_to_pay.rules import approvers_of_all, bank_is_verified
from process_apis.procure_to_pay.terms import Check, Exchange, ProcureToPayTerms
from system_apis.canonical.money import Price
from system_apis.canonical.procurement import (
    OrderStatus,
    PurchaseOrder,
    Vendor,
    VendorGap,
    VendorStatus,
)

OWNERS = {
    Obstacle.VENDOR_NOT_CLEARED: "procurement",
    Obstacle.RATE_NOT_FOUND: "project_manager",
    Obstacle.MARGIN_BELOW_FLOOR: "finance",
    Obstacle.BUDGET_EXCEEDED: "finance",
    Obstacle.BEYOND_CONTRACT: "project_manager",
}
OUT = {RequestStage.REJECTED, RequestStage.CANCELLED}
COMING = (RequestStage.PENDING_APPROVAL, RequestStage.APPROVED)
# What the procurement system itself says is missing, in the words of the checklist.
_GAPS = {
    VendorGap.TAX_FORM: Check.TAX_FORM,
    VendorGap.VERIFIED_BANK: Check.BANK_VERIFIED,
    VendorGap.SANCTIONS_CHECK: Check.SANCTIONS_CHECK,
    VendorGap.INSURANCE: Check.INSURANCE,
}


class RequestFacts(Struct, frozen=True, kw_only=True):
    """What a request is held against.

    `ordered` is what the project's other orders come to, those on their way too, and
    `planned_cost` what it may cost in all, both in the reporting currency.
    """

    missing: tuple[str, ...]
    bill_rate: Price | None
    planned_margin: Decimal | None
    planned_cost: Decimal | None
    ordered: Decimal
    contract_end: date | None
    project_manager: str | None


def missing(
    vendor: Vendor, file: VendorFile | None, terms: ProcureToPayTerms, now: datetime
) -> tuple[str, ...]:
    """Return what a vendor lacks before it may be ordered from, in the checklist's order.

    What the procurement system has on file counts, and so does what was looked at here; a bank
    account counts once somebody who did not enter it called back, about the account there is.
    """
    gaps = {_GAPS[each] for each in vendor.gaps(now)}
    listed = {each.item for each in vendor.onboarding_checklist if each.done_on}
    done = {each.item for each in _holding(vendor, file, terms, now)}
    there = {each for each in Check if (each in listed and each not in gaps) or each in done}
    if there & {Check.TAX_FORM, Check.VAT_CHECK}:
        there |= {Check.TAX_FORM, Check.VAT_CHECK}
    there -= {Check.BANK_VERIFIED}
    if bank_is_verified(vendor, called_back(file)):
        there |= {Check.BANK_VERIFIED}
    lacks = [str(each) for each in terms.checklist if each not in there]
    return tuple(lacks if vendor.status is VendorStatus.ACTIVE else ["active", *lacks])


def called_back(file: VendorFile | None) -> frozenset[tuple[str, str]]:
    """Return about which accounts a vendor was called back, and by whom."""
    return frozenset(
        (each.account, each.done_by) for each in (file.checks if file else ()) if each.account
    )


def _holding(
    vendor: Vendor, file: VendorFile | None, terms: ProcureToPayTerms, now: datetime
) -> list[CheckDone]:
    """Return what was looked at here and still holds.

    An insurance holds until it expires; who looks after that has seen the one that follows.
    """
    longest = timedelta(days=terms.sanctions_hold_days)
    expiry = vendor.insurance_expiry

    def holds(each: CheckDone) -> bool:
        if each.item is Check.SANCTIONS_CHECK:
            return now - each.done_at < longest
        if each.item is Check.INSURANCE and expiry is not None and expiry < now.date():
            return each.done_at.date() > expiry
        return each.item is not Check.BANK_VERIFIED

    return [each for each in (file.checks if file else ()) if holds(each)]


def with_check(file: VendorFile, check: CheckDone) -> VendorFile:
    """Return a file with one more item looked at; looked at again, the later one counts."""
    same = (check.item, check.account)
    others = tuple(each for each in file.checks if (each.item, each.account) != same)
    return replace(file, checks=(*others, check), version=file.version + 1)


def file_as_it_stands(file: VendorFile, lacks: Sequence[str]) -> VendorFile:
    """Return a file that says whether the vendor may be ordered from."""
    return replace(file, stage=ClearanceStage.OPEN if lacks else ClearanceStage.CLEARED)


def checked(
    request: OrderRequest,
    others: Iterable[OrderRequest],
    facts: RequestFacts,
    terms: ProcureToPayTerms,
    exchange: Exchange,
) -> OrderRequest:
    """Return a request as it stands once it was held against vendor, margin, budget and dates."""
    margin = _margin(request, facts, exchange)
    blockers = [
        *_vendor(facts),
        *_of_margin(margin, terms),
        *_budget(request, facts, exchange),
        *_dates(request, facts),
    ]
    together = [each for each in others if _is_split(request, each)]
    amounts = [request.amount, *(each.amount for each in together)]
    return replace(
        request,
        stage=RequestStage.BLOCKED if blockers else RequestStage.PENDING_APPROVAL,
        blockers=tuple(blockers),
        # It is rounded to be told, and was held against the floor before.
        margin=None if margin is None else margin.quantize(Decimal("0.0001")),
        project_manager=facts.project_manager,
        splits_with=tuple(each.id for each in together),
        approvers=approvers_of_all(amounts, terms, exchange),
    )


def committed(
    request: OrderRequest,
    others: Iterable[OrderRequest],
    orders: Iterable[PurchaseOrder],
    exchange: Exchange,
) -> Decimal:
    """Return what else a request's project is to pay for, in the reporting currency.

    Its orders, and the requests that will be orders once they are approved and written.
    """
    coming = {
        each.reference: each.amount
        for each in others
        if each.stage in COMING
        and each.project_number == request.project_number
        and each.id != request.id
    }
    there = [
        each.total
        for each in orders
        if each.status is not OrderStatus.CANCELLED and each.reference not in coming
    ]
    return sum(
        (exchange.worth(each) or Decimal(0) for each in (*coming.values(), *there)), Decimal(0)
    )


def let_pass(request: OrderRequest, codes: Set[str]) -> OrderRequest:
    """Return a request without what a person lets pass."""
    left = tuple(each for each in request.blockers if each.code not in codes)
    stage = RequestStage.BLOCKED if left else RequestStage.PENDING_APPROVAL
    return replace(request, blockers=left, stage=stage) if left != request.blockers else request


def _is_split(request: OrderRequest, other: OrderRequest) -> bool:
    """Whether two requests could have been one: same vendor, project and day."""
    return (
        other.id != request.id
        and other.stage not in OUT
        and other.project_number == request.project_number
        and other.opened_at.date() == request.opened_at.date()
    )


def _margin(request: OrderRequest, facts: RequestFacts, exchange: Exchange) -> Decimal | None:
    """Return the share of what the client pays an hour that is left; the plan's, without a rate."""
    if facts.bill_rate is None:
        return facts.planned_margin
    costs, earns = (_worth(each, exchange) for each in (request.wish.rate, facts.bill_rate))
    if costs is None or not earns:
        return None
    return (earns - costs) / earns


def _worth(price: Price, exchange: Exchange) -> Decimal | None:
    if price.currency == exchange.currency:
        return price.value
    rate = exchange.rates.get(price.currency)
    return None if rate is None else price.value * rate


def _vendor(facts: RequestFacts) -> list[OrderBlocker]:
    if not facts.missing:
        return []
    reason = f"the vendor lacks {', '.join(facts.missing)}"
    return [_blocker(Obstacle.VENDOR_NOT_CLEARED, reason)]


def _of_margin(margin: Decimal | None, terms: ProcureToPayTerms) -> list[OrderBlocker]:
    if margin is None:
        reason = "the project has no rate of this role and no planned margin"
        return [_blocker(Obstacle.RATE_NOT_FOUND, reason)]
    if margin < terms.margin_floor:
        reason = f"below the floor of {terms.margin_floor:.2%}"
        return [_blocker(Obstacle.MARGIN_BELOW_FLOOR, reason)]
    return []


def _budget(request: OrderRequest, facts: RequestFacts, exchange: Exchange) -> list[OrderBlocker]:
    """A project whose planned cost nobody knows has no budget to exceed."""
    worth = exchange.worth(request.amount)
    if facts.planned_cost is None:
        return []
    if worth is not None and facts.ordered + worth <= facts.planned_cost:
        return []
    return [_blocker(Obstacle.BUDGET_EXCEEDED, "more than the project may still cost")]


def _dates(request: OrderRequest, facts: RequestFacts) -> list[OrderBlocker]:
    end = facts.contract_end
    if end is None or request.wish.end <= end:
        return []
    return [_blocker(Obstacle.BEYOND_CONTRACT, f"ends after the contract, on {end}")]


def _blocker(code: Obstacle, reason: str) -> OrderBlocker:
    return OrderBlocker(code, OWNERS[code], reason)
