"""What a project's work was worth, and what of it was billed, over some days.

Terms and formulas: domain handbook, 4 (realization, margin leakage). All amounts are in the
project's currency; shares are rounded half-up to four decimals, hours to two.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from governance.access import Caller, acting_as
from process_apis.engagements import Engagement
from process_apis.pages import every
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import ClientInvoice
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.project_to_cash.write_offs.records import WriteOff
from process_apis.revenue.figures import gathered, worth
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.facts import Worked
from process_apis.revenue.figures.gathered import Person
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.delivery import Resource
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.canonical.time import TimeEntry
from system_apis.systems import Systems

_HUNDREDTH = Decimal("0.01")


class LeakageView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What was earned or done and not kept; a kind that did not occur is absent."""

    over_cap: Money | None = None
    rework_at_contract_rate: Money | None = None
    service_credit: Money | None = None
    write_off: Money | None = None


class BillingFiguresView(Struct, frozen=True, kw_only=True):
    """A project's work and its invoices, by work date and issue date in `start`..`end`.

    `list_value` is every billable hour at its role's list rate, absent when a role has none.
    `rate_realization` is gross fees over list value, `billing_realization` billed fees over
    gross fees; both only where hours are billed at rates.
    """

    project_number: str
    currency: str
    start: date
    end: date
    hours: Decimal
    overage_hours: Decimal | None
    gross_fees: Money
    nte_adjustment: Money
    fees_billed: Money
    expenses: Money
    list_value: Money | None
    rate_realization: Decimal | None
    billing_realization: Decimal | None
    leakage: LeakageView


class Facts(Struct, frozen=True, kw_only=True):
    """What a project's figures are worked out from."""

    contract: Contract
    worked: Sequence[Worked]
    invoices: Sequence[ClientInvoice]
    credits: Sequence[ClientCreditNote]
    write_offs: Sequence[WriteOff] = ()


class Ledgers(Struct, frozen=True):
    """What is billed, credited, and given up."""

    billing: BillingLedger
    credits: CreditLedger
    write_offs: WriteOffLedger


class BillingFigures:
    """Reads a project's work and its invoices, under an identity of its own."""

    def __init__(
        self,
        systems: Systems,
        ledgers: Ledgers,
        exchange: Exchange,
        entities: frozenset[str],
    ) -> None:
        self._exchange = exchange
        self._systems, self._ledgers = systems, ledgers
        name = "experience:delivery"
        scopes = ("system:psa:read", "system:psa:read_cost", "system:contracts:read")
        self._identity = Caller(
            subject=name, client_id=name, scopes=frozenset(scopes), entities=entities
        )

    async def of(self, engagement: Engagement, start: date, end: date) -> BillingFiguresView:
        """Return the figures of the days from `start` to `end`, both included."""
        with acting_as(self._identity):
            contract = await self._systems.contracts.contract(engagement.contract_id)
            psa = self._systems.psa(engagement.legal_entity, on=end)

            async def worked(cursor: str | None) -> Page[TimeEntry]:
                return await psa.time_entries(
                    project_number=engagement.project_number, start=start, end=end, cursor=cursor
                )

            entries = await every(worked)
            resources = await psa.resources(legal_entity=engagement.legal_entity)
        invoices = await self._ledgers.billing.invoices(contract_number=engagement.contract_number)
        notes = [
            note
            for invoice in invoices
            for note in await self._ledgers.credits.credit_notes(invoice_id=invoice.id)
        ]
        given_up = await self._ledgers.write_offs.listed(contract_number=engagement.contract_number)
        facts = Facts(
            contract=contract,
            worked=worked_at_rates(contract, standing(entries), resources, self._exchange, end),
            invoices=[each for each in invoices if start <= each.draft.issue_date <= end],
            credits=[each for each in notes if start <= each.draft.issue_date <= end],
            write_offs=[
                each
                for each in given_up
                if each.written_off_on is not None and start <= each.written_off_on <= end
            ],
        )
        return figures(facts, start, end)


def worked_at_rates(
    contract: Contract,
    entries: Iterable[TimeEntry],
    resources: Iterable[Resource],
    exchange: Exchange,
    until: date,
) -> tuple[Worked, ...]:
    """Return approved hours at the rates of people whom the PSA books, as revenue has them."""
    people = {each.number: Person(each, None) for each in resources}
    counted = [each for each in entries if each.status in COUNTED]
    return gathered.worked(contract, counted, people, exchange, until)


def figures(facts: Facts, start: date, end: date) -> BillingFiguresView:
    """Return a project's figures; nothing is read here."""
    contract = facts.contract
    fees, adjusted = _billed(facts, LineKind.TIME), _billed(facts, LineKind.NTE_ADJUSTMENT)
    list_value = worth.list_value(facts.worked, contract.currency)
    at_rates = contract.billing_model is BillingModel.TIME_AND_MATERIALS
    return BillingFiguresView(
        project_number=contract.project_number,
        currency=contract.currency,
        start=start,
        end=end,
        hours=_hours(each.hours for each in facts.worked if each.billable),
        overage_hours=_overage_hours(facts),
        gross_fees=fees,
        nte_adjustment=adjusted,
        fees_billed=fees + adjusted,
        expenses=_billed(facts, LineKind.EXPENSES),
        list_value=list_value,
        rate_realization=_share(fees, list_value) if at_rates else None,
        billing_realization=_share(fees + adjusted, fees) if at_rates else None,
        leakage=LeakageView(
            over_cap=-(adjusted + _given_up(facts, {LineKind.NTE_ADJUSTMENT})) or None,
            rework_at_contract_rate=worth.rework(facts.worked, contract.currency) or None,
            service_credit=_service_credits(facts) or None,
            write_off=_given_up(facts, set(LineKind)) or None,
        ),
    )


def _billed(facts: Facts, kind: LineKind) -> Money:
    lines = (line for each in facts.invoices for line in each.draft.lines)
    return Money.total((each.net for each in lines if each.kind is kind), facts.contract.currency)


def _hours(hours: Iterable[Decimal]) -> Decimal:
    return sum(hours, start=Decimal(0)).quantize(_HUNDREDTH, ROUND_HALF_UP)


def _overage_hours(facts: Facts) -> Decimal | None:
    if facts.contract.billing_model is not BillingModel.RETAINER:
        return None
    lines = (line for each in facts.invoices for line in each.draft.lines)
    return _hours(each.quantity for each in lines if each.kind is LineKind.OVERAGE)


def _given_up(facts: Facts, kinds: Collection[LineKind]) -> Money:
    lines = (line for each in facts.write_offs for line in each.draft.lines)
    return Money.total((each.net for each in lines if each.kind in kinds), facts.contract.currency)


def _service_credits(facts: Facts) -> Money:
    lines = (line for each in facts.credits for line in each.draft.lines)
    return Money.total(
        (each.net for each in lines if each.kind is LineKind.SERVICE_CREDIT),
        facts.contract.currency,
    )


def _share(part: Money, whole: Money | None) -> Decimal | None:
    return worth.share(part.value, whole.value if whole else None)
