"""When the firm's customers, earlier invoices and their payments show in the ERP."""

import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Fact
from system_apis.sandbox.erp.records import (
    Applied,
    BillingAddress,
    Currency,
    Customer,
    CustomerPayment,
    Invoice,
    Sequence,
)

_FIRST_NUMBER = 1001
_NUMBER = re.compile(r"(.*?)(\d{1,9})")


def arrivals(firm: facts.Firm, instance: str, entities: frozenset[str]) -> Iterator[Fact]:
    """Yield everything that the ERP of these companies will come to know."""
    for customer in _customers(firm, instance):
        yield Fact(None, "customer", customer.id, msgspec.json.encode(customer))
    earlier = [each for each in firm.prior_invoices if each.legal_entity in entities]
    for sequence in _sequences(sorted(entities), earlier):
        yield Fact(None, "sequence", sequence.subsidiary, msgspec.json.encode(sequence))
        memos = Sequence(sequence.subsidiary, f"CM-{sequence.subsidiary}-", _FIRST_NUMBER, None)
        yield Fact(None, "creditSequence", memos.subsidiary, msgspec.json.encode(memos))
    numbers = {each.id: each.xref.get(instance, each.id) for each in firm.clients}
    paid = 0
    for count, invoice in enumerate(earlier, start=5001):
        record = _invoice(invoice, str(count), numbers.get(invoice.client, invoice.client))
        issued = facts.start_of(invoice.issue_date)
        yield Fact(issued, "invoice", record.id, msgspec.json.encode(record))
        payments = [each for each in firm.payments if each.invoice == invoice.number]
        yield from _payments(record, payments, first=7001 + paid)
        paid += len(payments)
    ours = [each for each in firm.payments if each.legal_entity in entities]
    yield from _unapplied(ours, numbers, first=7001 + paid)


def currencies(entry: facts.SystemEntry) -> Iterator[Fact]:
    """Yield the currencies that an ERP takes."""
    for symbol in entry.currencies:
        yield Fact(
            None, "currency", symbol, msgspec.json.encode(Currency(id=symbol, symbol=symbol))
        )


def _customers(firm: facts.Firm, instance: str) -> Iterator[Customer]:
    numbers = {each.id: each.xref[instance] for each in firm.clients if instance in each.xref}
    theirs = {each.record: each for each in firm.client_records if each.system == instance}
    for client in firm.clients:
        record = client.xref.get(instance)
        if record is None:
            continue
        words, at = theirs.pop(record, None), client.address
        yield Customer(
            id=record,
            entity_id=record,
            company_name=words.name if words else client.name,
            vat_reg_number=words.tax_id if words else client.tax_id,
            duns_number=words.duns if words else client.duns,
            legal_entity_identifier=words.lei if words else client.lei,
            country=client.country,
            url=words.domain if words else client.domain,
            billing_address=BillingAddress(
                at.street, at.city, at.postal_code, client.country, at.region
            )
            if at
            else None,
            terms_net_days=client.terms_days,
            parent=numbers.get(client.parent or ""),
            einvoice_ids=client.einvoice_endpoints,
        )
    for record, words in theirs.items():
        yield Customer(
            id=record,
            entity_id=record,
            company_name=words.name,
            vat_reg_number=words.tax_id,
            duns_number=words.duns,
            legal_entity_identifier=words.lei,
            country=facts.country_in(words.tax_id),
            url=words.domain,
        )


def _sequences(entities: list[str], earlier: list[facts.PriorInvoice]) -> Iterator[Sequence]:
    """Yield each company's numbers, going on from its last invoice when there is one."""
    endings = [each.rpartition("-")[2] for each in entities]
    for code, ending in zip(entities, endings, strict=True):
        theirs = [each for each in earlier if each.legal_entity == code]
        given = [found for each in theirs if (found := _NUMBER.fullmatch(each.number))]
        last = max(given, key=lambda found: int(found[2]), default=None)
        short = ending if endings.count(ending) == 1 else code
        yield Sequence(
            subsidiary=code,
            prefix=last[1] if last else f"INV-{short}-",
            next=int(last[2]) + 1 if last else _FIRST_NUMBER,
            last_date=max((each.issue_date for each in theirs), default=None),
        )


def _invoice(invoice: facts.PriorInvoice, record: str, customer: str) -> Invoice:
    return Invoice(
        id=record,
        tran_id=invoice.number,
        subsidiary=invoice.legal_entity,
        entity=customer,
        job=invoice.project,
        currency=invoice.currency,
        tran_date=invoice.issue_date,
        status="Open",
        subtotal=invoice.net,
        tax_total=invoice.tax,
        total=invoice.gross,
        amount_paid=invoice.gross * 0,
        amount_due=invoice.gross,
    )


def _payments(invoice: Invoice, payments: list[facts.Payment], *, first: int) -> Iterator[Fact]:
    paid = Decimal(0)
    ordered = sorted(payments, key=lambda each: each.date)
    for count, each in enumerate(ordered, start=first):
        paid += each.amount
        booked = CustomerPayment(
            id=str(count),
            subsidiary=invoice.subsidiary,
            tran_date=each.date,
            invoice=each.invoice,
            customer=invoice.entity,
            currency=invoice.currency,
            payment=each.amount,
            apply=(Applied(invoice.tran_id or "", each.amount),),
            unapplied=each.amount * 0,
        )
        due = invoice.total - paid
        patch = {
            "amountPaid": paid,
            "amountDue": due,
            "status": "Partially Paid" if due else "Paid In Full",
        }
        at = facts.start_of(max(each.date, invoice.tran_date))
        yield Fact(at, "customerPayment", booked.id, msgspec.json.encode(booked))
        yield Fact(at, "invoice", invoice.id, msgspec.json.encode(patch))


def _unapplied(
    payments: list[facts.Payment], numbers: dict[str, str], *, first: int
) -> Iterator[Fact]:
    """Yield the bank's lines that name a client and no invoice, as the ERP keeps them."""
    for count, each in enumerate(payments, start=first):
        booked = CustomerPayment(
            id=str(count),
            subsidiary=each.legal_entity or "",
            tran_date=each.date,
            customer=numbers.get(each.client or "", each.client),
            currency=each.currency or "",
            payment=each.amount,
            unapplied=each.amount,
            memo=each.remittance,
        )
        yield Fact(
            facts.start_of(each.date), "customerPayment", booked.id, msgspec.json.encode(booked)
        )
