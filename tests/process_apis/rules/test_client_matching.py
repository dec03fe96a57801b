"""Whether two records of two systems are one client."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.client_matching.rules import (
    ClientMatch,
    MatchTerms,
    Verdict,
    compare,
    matches,
    name_score,
)
from system_apis.canonical.party import Client, ClientStatus
from system_apis.canonical.record import Source
from tests.process_apis.billing_facts import id_of

TERMS = MatchTerms()


def _client(
    name: str,
    number: int = 1,
    *,
    tax_id: str | None = None,
    domain: str | None = None,
    country: str = "NL",
    instance: str = "crm",
) -> Client:
    return Client(
        id=id_of("cl", number),
        number=f"X-{number}",
        legal_name=name,
        country=country,
        status=ClientStatus.ACTIVE,
        tax_id=tax_id,
        domain=domain,
        source=Source("crm", instance, "client", str(number)),
    )


def _verdict(left: Client, right: Client) -> Verdict | None:
    found = compare(left, replace(right, source=Source("erp", "erp", "client", "2")), TERMS)
    return found.verdict if found else None


@pytest.mark.parametrize(
    ("left", "right"),
    [("NL123456009B01", "NL123456009B01"), ("NL123456009B01", "nl 1234.56.009.B01")],
)
def test_an_equal_tax_id_links_whatever_the_names_are(left: str, right: str) -> None:
    """However it is written."""
    assert _verdict(_client("Tulp", tax_id=left), _client("Roos", tax_id=right)) is Verdict.LINK


@pytest.mark.parametrize("number", ["duns", "lei"])
def test_other_numbers_of_one_firm_alone_link_as_well(number: str) -> None:
    """A DUNS number or an LEI."""
    left = replace(_client("Tulp"), **{number: "15-048-3782"})
    right = replace(_client("Roos"), **{number: "150483782"})

    assert _verdict(left, right) is Verdict.LINK


def test_alike_names_are_a_stewards_to_judge() -> None:
    """Nothing but a name says that they are one."""
    assert _verdict(_client("Contoso Health Inc."), _client("Contoso Healthcare")) is (
        Verdict.STEWARD
    )


def test_an_equal_domain_is_a_stewards_to_judge() -> None:
    """A group's companies share one."""
    left = _client("Acme Nederland", domain="acme.example")
    right = _client("Zenith Trading", domain="acme.example")

    assert _verdict(left, right) is Verdict.STEWARD


def test_two_tax_ids_tell_two_firms_apart_whatever_their_names_are() -> None:
    """The names score 96 of 100."""
    left = _client("Tulp Retail NV", tax_id="NL123456009B01")
    right = _client("Tulip Retail BV", tax_id="NL123456022B01")

    assert name_score("Tulp Retail NV", "Tulip Retail BV") > 95
    assert _verdict(left, right) is Verdict.DIFFERENT


def test_tax_ids_of_two_countries_tell_nothing() -> None:
    """One firm may be registered in both."""
    left = _client("Tulp Retail", tax_id="NL123456009B01")
    right = _client("Tulp Retail", tax_id="DE811000012", country="DE")

    assert _verdict(left, right) is Verdict.STEWARD


def test_records_with_nothing_in_common_are_no_match() -> None:
    """Nobody is asked about them."""
    assert _verdict(_client("Rhein Motor AG"), _client("Britannia Rail plc")) is None


def test_one_tax_id_twice_in_one_system_is_a_stewards_to_judge() -> None:
    """The system itself has a client twice."""
    left = _client("Tulp", 1, tax_id="NL123456009B01")
    right = _client("Tulp", 2, tax_id="NL123456009B01")
    found = compare(left, right, TERMS)

    assert found is not None
    assert found.verdict is Verdict.STEWARD


@pytest.mark.parametrize(
    ("left", "right", "score"),
    [
        ("Contoso Health Inc.", "Contoso Healthcare", "87.5"),
        ("Retail Tulp", "TULP RETAIL N.V.", "84.6"),
        ("Acme GmbH", "ACME, Ltd.", "100.0"),
        ("Company Inc", "Company Inc", "100.0"),
    ],
)
def test_a_names_words_count_and_not_their_order_or_legal_form(
    left: str, right: str, score: str
) -> None:
    """Of 100, to one decimal."""
    assert name_score(left, right) == Decimal(score)


def test_every_pair_is_told_once() -> None:
    """Though two records may share a number, a domain and a word."""
    same = {"tax_id": "NL123456009B01", "domain": "tulp.example"}
    clients = [
        _client("Tulp Retail", 1, **same),
        _client("Tulp Retail", 2, instance="erp-a", **same),
        _client("Tulp Retail", 3, instance="erp-b", **same),
    ]

    found = matches(clients, TERMS)

    assert [_records(each) for each in found] == [("1", "2"), ("1", "3"), ("2", "3")]


def _records(match: ClientMatch) -> tuple[str, str]:
    return match.left.source.record_id, match.right.source.record_id
