"""When what the firm sold shows in the CRM: a won sale is open until the moment it was won."""

from collections.abc import Iterator

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Fact
from system_apis.sandbox.business_time import stamp
from system_apis.sandbox.crm.records import Account, LineItem, LineItems, Opportunity


def arrivals(firm: facts.Firm, instance: str) -> Iterator[Fact]:
    """Yield everything that the CRM will come to know."""
    for account in _accounts(firm, instance):
        yield Fact(None, "Account", account.id, msgspec.json.encode(account))
    ids = {each.id: each.account(instance) for each in firm.clients}
    for count, sale in enumerate(firm.opportunities, start=1):
        yield from _sale(sale, f"006A{count:02d}", ids.get(sale.client, sale.client))


def _accounts(firm: facts.Firm, instance: str) -> Iterator[Account]:
    theirs = {each.record: each for each in firm.client_records if each.system == instance}
    ids = {each.id: each.account(instance) for each in firm.clients}
    for client in firm.clients:
        account_id = client.account(instance)
        words = theirs.pop(account_id, None)
        at = client.address
        yield Account(
            id=account_id,
            name=words.name if words else client.name,
            account_number=client.id,
            billing_street=at.street if at else None,
            billing_city=at.city if at else None,
            billing_state=at.region if at else None,
            billing_postal_code=at.postal_code if at else None,
            billing_country_code=client.country,
            website=words.domain if words else client.domain,
            tax_id=words.tax_id if words else client.tax_id,
            duns=words.duns if words else client.duns,
            lei=words.lei if words else client.lei,
            payment_days=client.terms_days,
            parent_id=ids[client.parent] if client.parent else None,
        )
    for record, words in theirs.items():
        yield Account(
            id=record,
            name=words.name,
            account_number=record,
            type="Prospect",
            billing_country_code=facts.country_in(words.tax_id),
            website=words.domain,
            tax_id=words.tax_id,
            duns=words.duns,
            lei=words.lei,
        )


def _sale(sale: facts.Opportunity, record: str, account: str) -> Iterator[Fact]:
    lines = tuple(LineItem(role, price) for role, price in sale.rates.items())
    opened = Opportunity(
        id=record,
        name=sale.name,
        number=sale.id,
        account_id=account,
        stage_name="Closed Lost" if sale.stage == "closed_lost" else "Negotiation/Review",
        is_closed=sale.stage == "closed_lost",
        amount=sale.amount,
        currency=sale.currency,
        discount=sale.discount_pct,
        contract_number=sale.contract,
        line_items=LineItems(len(lines), lines) if lines else None,
        selling_entity=sale.legal_entity,
        billing_type=sale.billing_model,
        payment_days=sale.terms_days,
        fee_cap=sale.nte_cap,
        order_needed=sale.po_required,
        start_date=sale.effective.start if sale.effective else None,
        end_date=sale.effective.end if sale.effective else None,
        probability=sale.probability,
    )
    yield Fact(None, "Opportunity", record, msgspec.json.encode(opened))
    if sale.stage == "closed_won":
        at = sale.closed_won_at
        won = {
            "StageName": "Closed Won",
            "IsWon": True,
            "IsClosed": True,
            "CloseDate": at.date().isoformat() if at else None,
            "Closed_Won_At__c": stamp(at) if at else None,
        }
        yield Fact(at, "Opportunity", record, msgspec.json.encode(won))
