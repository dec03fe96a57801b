"""The CRM's records, in Salesforce's words."""

from datetime import date
from decimal import Decimal

from msgspec import Struct, field


class Account(Struct, frozen=True, kw_only=True):
    """A firm that sales knows."""

    id: str = field(name="Id")
    name: str = field(name="Name")
    account_number: str = field(name="AccountNumber")
    type: str = field(name="Type", default="Customer")
    billing_street: str | None = field(name="BillingStreet", default=None)
    billing_city: str | None = field(name="BillingCity", default=None)
    billing_state: str | None = field(name="BillingState", default=None)
    billing_postal_code: str | None = field(name="BillingPostalCode", default=None)
    billing_country_code: str = field(name="BillingCountryCode")
    website: str | None = field(name="Website", default=None)
    tax_id: str | None = field(name="Tax_Id__c", default=None)
    duns: str | None = field(name="DunsNumber", default=None)
    lei: str | None = field(name="Lei__c", default=None)
    payment_days: int | None = field(name="Payment_Days__c", default=None)
    parent_id: str | None = field(name="ParentId", default=None)
    system_modstamp: str = field(name="SystemModstamp", default="")
    revision: int = field(name="Revision__c", default=0)


class LineItem(Struct, frozen=True):
    """A role that was sold, with its price an hour."""

    role: str = field(name="Role__c")
    unit_price: Decimal = field(name="UnitPrice")


class LineItems(Struct, frozen=True):
    """The child records of an opportunity, in the shape of a sub-query."""

    total_size: int = field(name="totalSize")
    records: tuple[LineItem, ...]
    done: bool = True


class Opportunity(Struct, frozen=True, kw_only=True):
    """A sale."""

    id: str = field(name="Id")
    name: str = field(name="Name")
    number: str = field(name="Opportunity_Number__c")
    account_id: str = field(name="AccountId")
    stage_name: str = field(name="StageName")
    is_won: bool = field(name="IsWon", default=False)
    is_closed: bool = field(name="IsClosed", default=False)
    amount: Decimal = field(name="Amount")
    currency: str = field(name="CurrencyIsoCode")
    discount: Decimal = field(name="Discount__c")
    close_date: str | None = field(name="CloseDate", default=None)
    closed_won_at: str | None = field(name="Closed_Won_At__c", default=None)
    contract_number: str | None = field(name="Contract_Number__c", default=None)
    project_number: str | None = field(name="Project_Number__c", default=None)
    line_items: LineItems | None = field(name="OpportunityLineItems", default=None)
    selling_entity: str | None = field(name="Selling_Entity__c", default=None)
    billing_type: str | None = field(name="Billing_Type__c", default=None)
    payment_days: int | None = field(name="Payment_Days__c", default=None)
    fee_cap: Decimal | None = field(name="Fee_Cap__c", default=None)
    order_needed: bool | None = field(name="Order_Needed__c", default=None)
    start_date: date | None = field(name="Start_Date__c", default=None)
    end_date: date | None = field(name="End_Date__c", default=None)
    probability: Decimal | None = field(name="Probability", default=None)
    system_modstamp: str = field(name="SystemModstamp", default="")
    revision: int = field(name="Revision__c", default=0)
