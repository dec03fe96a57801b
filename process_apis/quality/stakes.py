"""What is still to be billed, which is kept back while something is wrong with a record."""

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from governance.quality.rules import AtRisk
from process_apis.engagements import Engagement, Engagements
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import TO_BILL, BillingEvent
from process_apis.project_to_cash.rules import ApprovalPolicy, in_reporting_currency
from system_apis.canonical.money import Money


class Stakes(Struct, frozen=True):
    """Knows what is to be billed; several currencies are told in the firm's own.

    `names_of` returns a client's id and those that were merged into it.
    """

    billing: BillingLedger
    engagements: Engagements
    names_of: Callable[[str], Awaitable[list[str]]]
    policy: ApprovalPolicy
    companies: frozenset[str]

    async def to_bill(self, contract_number: str) -> list[BillingEvent]:
        """Return what is to be billed under a contract, the next one first."""
        return await self.billing.events(
            entities=self.companies, contract_number=contract_number, statuses=TO_BILL
        )

    async def of_contract(self, contract_number: str) -> AtRisk | None:
        """Return what is to be billed under a contract, as far as it is known."""
        return self._sum(await self.to_bill(contract_number))

    async def of_client(self, client_id: str) -> AtRisk | None:
        """Return what is to be billed under a client's engagements, as far as it is known."""
        carried = await self._with(client_id, self.companies)
        contracts = {each.contract_id for each in carried}
        if not contracts:
            return None
        events = await self.billing.events(entities=self.companies, statuses=TO_BILL)
        return self._sum(each for each in events if each.contract_id in contracts)

    async def currencies_of(self, client_id: str, companies: frozenset[str]) -> frozenset[str]:
        """Return the currencies in which some companies bill a client's engagements."""
        carried = await self._with(client_id, companies)
        return frozenset(each.currency for each in carried if each.is_carried)

    async def _with(self, client_id: str, companies: frozenset[str]) -> list[Engagement]:
        names = await self.names_of(client_id)
        return await self.engagements.listed(companies, client_ids=names)

    def _sum(self, events: Iterable[BillingEvent]) -> AtRisk | None:
        amounts = [each.amount_expected for each in events if each.amount_expected]
        currencies = {each.currency for each in amounts}
        if len(currencies) > 1:
            currency = self.policy.currency
            worth = (in_reporting_currency(each, self.policy) for each in amounts)
            amounts = [Money.of(each, currency) for each in worth if each is not None]
            currencies = {currency}
        for currency in currencies:
            total = Money.total(amounts, currency)
            return AtRisk(total.amount, currency) if total else None
        return None
