"""What is wrong with a client's record: rules DQ-C1 to DQ-C10 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from msgspec import Struct

from system_apis.canonical.party import Client, ClientStatus

_EUROPE = ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR")
_TAXED = frozenset(
    {*_EUROPE, "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)


class ClientFacts(Struct, frozen=True, kw_only=True):
    """A client, the other clients, and what the ledger that bills it knows.

    `undecided` are the records of which client matching asks a steward whether they are it.
    `currencies` are those that it is billed in, `parent` and `ledger_parent` what CRM and
    ledger name as its parent.
    """

    client: Client
    others: tuple[Client, ...] = ()
    undecided: tuple[str, ...] = ()
    tax_id_valid: bool | None = None
    currencies: frozenset[str] = frozenset()
    ledger_currencies: frozenset[str] | None = None
    in_ledger: bool | None = None
    parent: Client | None = None
    ledger_parent: Client | None = None
    electronic_invoice_mandated: bool = False


def tax_id_missing(facts: ClientFacts) -> str | None:
    """DQ-C1: a business in the EU or the UK has a tax id.

    Set-up and bills wait for it where the client owes the tax itself (reverse charge).
    """
    client = facts.client
    missing = client.country in _TAXED and not client.tax_id
    return f"tax_id is absent, and {client.country} asks for one" if missing else None


def tax_id_malformed(facts: ClientFacts) -> str | None:
    """DQ-C2: a tax id is well formed; the readiness check holds bills by the same test (B02)."""
    wrong = facts.client.tax_id is not None and facts.tax_id_valid is False
    return f"tax_id fails the check of {facts.client.country}" if wrong else None


def tax_id_shared(facts: ClientFacts) -> str | None:
    """DQ-C3: a tax id belongs to one active client of a system; client matching asks the steward.

    The same client in two systems is linked, and not counted.
    """
    client = facts.client
    if client.tax_id is None or client.status is not ClientStatus.ACTIVE:
        return None
    twins = [each.number for each in _others(facts) if _has_its_tax_id(client, each)]
    return f"tax_id is also that of {', '.join(twins)}" if twins else None


def looks_alike(facts: ClientFacts) -> str | None:
    """DQ-C4: a client is no other one, or a steward said so; client matching compares them."""
    alike = ", ".join(facts.undecided)
    return f"legal_name {facts.client.legal_name} may be the client of {alike}" if alike else None


def terms_missing(facts: ClientFacts) -> str | None:
    """DQ-C5: payment terms are known before a client is written to the ledger."""
    absent = facts.client.payment_terms_days is None
    return "payment_terms_days is absent" if absent else None


def address_missing(facts: ClientFacts) -> str | None:
    """DQ-C6: an invoice has a whole address; the readiness check holds it without one (B02)."""
    address = facts.client.billing_address
    if address is None:
        return "billing_address is absent"
    parts = {"street": address.street, "city": address.city, "postal_code": address.postal_code}
    gaps = [name for name, said in parts.items() if not said.strip()]
    return f"billing_address lacks {', '.join(gaps)}" if gaps else None


def currency_not_enabled(facts: ClientFacts) -> str | None:
    """DQ-C7: the ledger takes the currencies that the client is billed in.

    Set-up stops before it looks for the client in the ledger (CURRENCY_NOT_ENABLED).
    """
    if facts.ledger_currencies is None:
        return None
    off = ", ".join(sorted(facts.currencies - facts.ledger_currencies))
    return f"currency {off} is not enabled in the ledger" if off else None


def reference_missing(facts: ClientFacts) -> str | None:
    """DQ-C8: the ledger has the client; the readiness check holds bills until then (B20)."""
    return "the ledger does not have this client" if facts.in_ledger is False else None


def parents_differ(facts: ClientFacts) -> str | None:
    """DQ-C9: CRM and ledger name the same parent."""
    ours, theirs = facts.parent, facts.ledger_parent
    if ours is None or theirs is None or ours.id == theirs.id:
        return None
    return f"parent is {ours.legal_name}, and {theirs.legal_name} in the ledger"


def electronic_address_missing(facts: ClientFacts) -> str | None:
    """DQ-C10: where electronic invoices are the law, the client's address for them is known.

    The readiness check holds a bill that could not be sent (B02, EINVOICE_ENDPOINT_MISSING).
    """
    missing = facts.electronic_invoice_mandated and facts.client.einvoice_endpoints == ()
    return "einvoice_endpoints has none" if missing else None


def _others(facts: ClientFacts) -> list[Client]:
    """Return the other active records of the system; ours of one record may be linked anew."""
    own = facts.client.source
    return [
        each
        for each in facts.others
        if each.source.record_id != own.record_id
        and each.source.instance == own.instance
        and each.status is ClientStatus.ACTIVE
    ]


def _has_its_tax_id(client: Client, other: Client) -> bool:
    return other.tax_id is not None and _plain(other.tax_id) == _plain(client.tax_id or "")


def _plain(number: str) -> str:
    return "".join(each for each in number.upper() if each.isalnum())
