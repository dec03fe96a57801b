"""The sandbox CRM's records, in Salesforce's own words, and how they say the same in ours.

Salesforce's words: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta
"""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, field

from system_apis.canonical.money import Money, Price
from system_apis.canonical.party import Address, Client, ClientStatus
from system_apis.canonical.record import Source
from system_apis.canonical.sales import Opportunity, RoleRate, Stage
from system_apis.change_feed import FeedLine

_RECORD_TYPES = {"Account": "client", "Opportunity": "opportunity"}


class Account(Struct, frozen=True, kw_only=True):
    """An Account, in Salesforce's own words."""

    id: str = field(name="Id")
    name: str = field(name="Name")
    number: str = field(name="AccountNumber")
    type: str = field(name="Type")
    street: str | None = field(name="BillingStreet")
    city: str | None = field(name="BillingCity")
    state: str | None = field(name="BillingState")
    postal_code: str | None = field(name="BillingPostalCode")
    country: str = field(name="BillingCountryCode")
    website: str | None = field(name="Website")
    tax_id: str | None = field(name="Tax_Id__c")
    duns: str | None = field(name="DunsNumber")
    lei: str | None = field(name="Lei__c")
    payment_days: int | None = field(name="Payment_Days__c")
    parent_id: str | None = field(name="ParentId")
    modified: datetime = field(name="SystemModstamp")
    revision: int = field(name="Revision__c")

    def canonical(self, client_id: str, instance: str, parent: str | None) -> Client:
        """Say the same in our words."""
        return Client(
            id=client_id,
            number=self.number,
            legal_name=self.name,
            country=self.country,
            status=ClientStatus.ACTIVE if self.type == "Customer" else ClientStatus.PROSPECT,
            tax_id=self.tax_id,
            duns=self.duns,
            lei=self.lei,
            domain=self.website,
            billing_address=self._address(),
            payment_terms_days=self.payment_days,
            parent_client_id=parent,
            source=Source("crm", instance, "client", self.id, self.modified),
            version=self.revision,
        )

    def _address(self) -> Address | None:
        if self.street is None or self.city is None or self.postal_code is None:
            return None
        return Address(self.street, self.city, self.postal_code, self.country, self.state)


class LineItem(Struct, frozen=True):
    """A line of an Opportunity: a role and its price an hour."""

    role: str = field(name="Role__c")
    unit_price: Decimal = field(name="UnitPrice")


class LineItems(Struct, frozen=True):
    """The lines of an Opportunity."""

    records: tuple[LineItem, ...]


class Sale(Struct, frozen=True, kw_only=True):
    """An Opportunity, in Salesforce's own words."""

    id: str = field(name="Id")
    name: str = field(name="Name")
    number: str = field(name="Opportunity_Number__c")
    account_id: str = field(name="AccountId")
    is_won: bool = field(name="IsWon")
    is_closed: bool = field(name="IsClosed")
    amount: Decimal = field(name="Amount")
    currency: str = field(name="CurrencyIsoCode")
    discount: Decimal = field(name="Discount__c")
    closed_won_at: datetime | None = field(name="Closed_Won_At__c")
    contract_number: str | None = field(name="Contract_Number__c")
    line_items: LineItems | None = field(name="OpportunityLineItems")
    selling_entity: str | None = field(name="Selling_Entity__c")
    billing_type: str | None = field(name="Billing_Type__c")
    payment_days: int | None = field(name="Payment_Days__c")
    fee_cap: Decimal | None = field(name="Fee_Cap__c")
    order_needed: bool | None = field(name="Order_Needed__c")
    start_date: date | None = field(name="Start_Date__c")
    end_date: date | None = field(name="End_Date__c")
    percent: Decimal | None = field(name="Probability", default=None)
    modified: datetime = field(name="SystemModstamp")
    revision: int = field(name="Revision__c")

    def canonical(self, opportunity_id: str, client_id: str, instance: str) -> Opportunity:
        """Say the same in our words."""
        lines = self.line_items.records if self.line_items else ()
        return Opportunity(
            id=opportunity_id,
            number=self.number,
            name=self.name,
            client_id=client_id,
            stage=self._stage(),
            amount=Money.of(self.amount, self.currency),
            discount_percent=self.discount,
            contract_number=self.contract_number,
            closed_won_at=self.closed_won_at,
            rates=tuple(
                RoleRate(line.role, Price(f"{line.unit_price:f}", self.currency)) for line in lines
            ),
            legal_entity=self.selling_entity,
            billing_model=self.billing_type,
            payment_terms_days=self.payment_days,
            nte_cap=None if self.fee_cap is None else Money.of(self.fee_cap, self.currency),
            purchase_order_required=self.order_needed,
            expected_start=self.start_date,
            expected_end=self.end_date,
            probability=None if self.percent is None else self.percent / 100,
            source=Source("crm", instance, "opportunity", self.id, self.modified),
            version=self.revision,
        )

    def _stage(self) -> Stage:
        if self.is_won:
            return Stage.CLOSED_WON
        return Stage.CLOSED_LOST if self.is_closed else Stage.OPEN


class Accounts(Struct, frozen=True):
    """A page of Accounts."""

    records: list[Account]
    next_url: str | None = field(name="nextRecordsUrl", default=None)


class Sales(Struct, frozen=True):
    """A page of Opportunities."""

    records: list[Sale]
    next_url: str | None = field(name="nextRecordsUrl", default=None)


class ProjectLink(Struct, frozen=True):
    """The project's number, as it is written on an Opportunity."""

    project_number: str | None = field(name="Project_Number__c")


class EventHeader(Struct, frozen=True):
    """What an event speaks of."""

    entity_name: str = field(name="entityName")
    record_ids: tuple[str, ...] = field(name="recordIds")
    commit_timestamp: datetime = field(name="commitTimestamp")


class ChangeEvent(Struct, frozen=True):
    """One event of the feed."""

    replay_id: int = field(name="replayId")
    header: EventHeader = field(name="ChangeEventHeader")
    revision: int

    def lines(self) -> list[FeedLine]:
        """Say the same in our words."""
        header = self.header
        kind = _RECORD_TYPES[header.entity_name]
        return [
            FeedLine(self.replay_id, kind, each, self.revision, header.commit_timestamp)
            for each in header.record_ids
        ]


class Events(Struct, frozen=True):
    """The next events."""

    events: list[ChangeEvent]
