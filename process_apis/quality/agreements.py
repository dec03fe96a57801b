"""Looks at contracts, beside what was sold, planned and billed under them."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.engagements import EngagementStatus
from process_apis.opportunity_to_project.differences import price_tolerance
from process_apis.opportunity_to_project.rules import SetupTerms, contract_price
from process_apis.project_to_cash.records import BillingEvent, BillingKind
from process_apis.quality.seen import Seen, told
from process_apis.quality.stakes import Stakes
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.delivery import ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.quality.contract import ContractFacts
from system_apis.canonical.rate_cards import RateLine
from system_apis.canonical.sales import Opportunity
from system_apis.errors import Refused
from system_apis.systems import Systems

ALWAYS = frozenset({"DQ-K1", "DQ-K2", "DQ-K3", "DQ-K4", "DQ-K6", "DQ-K8", "DQ-K10"})
CONTRACT_RULES = ALWAYS | {"DQ-K5", "DQ-K7", "DQ-K9"}
_FEES = {BillingKind.RETAINER, BillingKind.SUBSCRIPTION}
_APPROVED = {EngagementStatus.PROVISIONING, EngagementStatus.ACTIVE}


class Agreements(Struct, frozen=True):
    """Looks at contracts."""

    systems: Systems
    stakes: Stakes
    terms: SetupTerms
    clock: Callable[[], datetime]

    async def contract(self, _: str, contract_id: str) -> tuple[Seen, ...]:
        """Look at a contract, its opportunity and what our ledger has under it."""
        contract = await self.systems.contracts.contract(contract_id)
        to_bill = await self.stakes.to_bill(contract.number)
        sold, today = await self._sold(contract), self.clock().date()
        facts = ContractFacts(
            contract=contract,
            on=today,
            billed=await self._billed(contract),
            rate_lines=tuple(_rate_lines(contract)),
            bills_now=any(each.planned_date <= today for each in to_bill),
            is_over=await self._is_over(contract, to_bill),
        )
        facts = await self._with_orders(facts, to_bill)
        if sold is not None:
            facts = await self._with_sale(facts, sold)
        risk = self.stakes.of_contract
        return (
            Seen(
                facts=facts,
                decided=ALWAYS.union(_known(facts, sold)),
                legal_entity=contract.legal_entity,
                business_unit=contract.business_unit,
                changes_with_days=not facts.is_over,
                at_risk=lambda: risk(contract.number),
            ),
        )

    async def _sold(self, contract: Contract) -> Opportunity | None:
        number = contract.opportunity_number
        if number is None:
            return None
        found = await told(self.systems.crm.opportunities(number=number))
        return next(iter(found.items), None) if found else None

    async def _billed(self, contract: Contract) -> Money:
        """Return what counts towards the cap, what was billed before us included."""
        counted = await self.stakes.billing.so_far.counted(
            contract.number, contract.nte_scope, contract.currency, covered=contract.billed_until
        )
        return (contract.billed_to_date or Money.zero(contract.currency)) + counted

    async def _is_over(self, contract: Contract, to_bill: list[BillingEvent]) -> bool:
        """Whether a contract that ran out has neither an active project nor bills after its end."""
        end = contract.effective_to
        if self.clock().date() <= end:
            return False
        if any(each.planned_date > end for each in to_bill):
            return False
        try:
            psa = self.systems.psa(contract.legal_entity, on=end)
        except Refused:  # nobody keeps projects of that company
            return True
        running = (await psa.projects(number=contract.project_number)).items
        return all(each.status is not ProjectStatus.ACTIVE for each in running)

    async def _with_orders(
        self, facts: ContractFacts, to_bill: list[BillingEvent]
    ) -> ContractFacts:
        """Add what is left of the purchase orders that hold, and what is to be billed next."""
        contract = facts.contract
        valid = [each for each in contract.purchase_orders if each.valid_to >= facts.on]
        mixed = any(each.amount.currency != contract.currency for each in valid)
        if not valid or mixed or not to_bill:
            return facts
        billed = await self.stakes.billing.so_far.before(
            to_bill[0], contract.nte_scope, covered=contract.billed_until
        )
        ordered = Money.total((each.amount for each in valid), contract.currency)
        left = ordered - billed.ordered(each.number for each in valid)
        return replace(facts, order_left=left, next_bill=_net(contract, to_bill[0]))

    async def _with_sale(self, facts: ContractFacts, sold: Opportunity) -> ContractFacts:
        """Add what was sold; once an engagement is set up its contract is amended, not the sale.

        Set-up asked people about every difference that there was.
        """
        contract = facts.contract
        engagement = await self.stakes.engagements.find(contract.project_number)
        by_time = contract.billing_model is BillingModel.TIME_AND_MATERIALS
        return replace(
            facts,
            planned_roles=frozenset(each.role for each in sold.rates if by_time),
            sold_for=sold.amount,
            price=contract_price(contract),
            tolerance=price_tolerance(self.terms),
            settled_difference=engagement is not None and engagement.status in _APPROVED,
        )


def _known(facts: ContractFacts, sold: Opportunity | None) -> Iterator[str]:
    """Yield the rules beside those that a contract alone decides."""
    if sold is not None:
        yield "DQ-K5"
    if sold is not None and facts.price is not None:
        yield "DQ-K7"
    if facts.order_left is not None and facts.next_bill is not None:
        yield "DQ-K9"


def _net(contract: Contract, event: BillingEvent) -> Money | None:
    """Return what the next bill comes to before tax, as far as it is known."""
    for each in contract.milestones:
        if each.number == event.milestone:
            return each.amount
    if event.kind in _FEES and contract.recurring is not None:
        return contract.recurring.monthly_fee
    untaxed = contract.tax is not None and not contract.tax.rate
    return event.amount_expected if untaxed else None


def _rate_lines(contract: Contract) -> Iterator[RateLine]:
    """Yield the rates of a contract, each of which holds from its beginning to its end."""
    for each in contract.rates:
        if each.rate.value > 0:
            yield RateLine(role=each.role, bill_rate=each.rate, start=contract.effective_from)
