"""Access tokens as Entra ID, Okta, Auth0 and RFC 9068 write them, and who they stand for here.

The shapes follow the vendors' own pages: Microsoft's "Access token claims reference", Okta's
"OAuth 2.0 and OpenID Connect", Auth0's "Access Token Profiles" and "Create Custom Claims".
"""

from collections.abc import Mapping

import pytest

from governance.access import Caller
from governance.identity_providers.config import Config
from governance.roles import ALL_SCOPES, Role, scopes_of
from governance.tokens import InvalidToken
from tests.governance.identity.provider import ABSENT, TIME, Gatehouse, Provider, declared

Claims = dict[str, object]
FINANCE_GROUP = "8f4c2b0e-5d0c-4a57-9a3e-6a1f0c1d2e3f"
TENANT = "9122040d-6c67-4c5b-b112-36a304b66dad"
FINANCE = {"roles": ["finance"], "entities": ["NWA-US"]}


ENTRA = declared(
    profile="entra",
    scopes={"access_as_user": ["*"], "Strata.Read": ["system:crm:read"]},
    grants=[
        {"claim": "groups", "value": FINANCE_GROUP, **FINANCE},
        {"claim": "roles", "value": "Strata.Read", "scopes": ["system:crm:read"]},
    ],
)
ENTRA_PERSON: Claims = {
    "aio": "AXQAi/8TAAAA",
    "azp": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
    "azpacr": "0",
    "exp": TIME + 4_500,
    "groups": [FINANCE_GROUP, "00000000-0000-4000-8000-000000000001"],
    "name": "Fay Nance",
    "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
    "preferred_username": "fay@firm.example",
    "rh": "0.ARoAv4j5cv.",
    "roles": ["Approver"],
    "scp": "access_as_user profile",
    "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
    "tid": TENANT,
    "uti": "fqiBqXLPj0eQa82S-IYFAA",
    "ver": "2.0",
}
ENTRA_APP: Claims = {
    name: value
    for name, value in ENTRA_PERSON.items()
    if name not in {"scp", "groups", "name", "preferred_username"}
} | {"azpacr": "1", "idtyp": "app", "roles": ["Strata.Read"]}
OKTA = declared(
    profile="okta",
    scopes={"strata": ["*"]},
    grants=[{"claim": "strata_groups", "value": "Finance US", **FINANCE}],
)
OKTA_PERSON: Claims = {
    "ver": 1,
    "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
    "exp": TIME + 3_600,
    "cid": "0oafxyz1a2b3c4d5e0h7",
    "uid": "00ujmkLgagxeRrAg20g3",
    "scp": ["openid", "strata"],
    "sub": "fay@firm.example",
    "auth_time": TIME - 60,
    "strata_groups": ["Everyone", "Finance US"],
}
AUTH0 = declared(
    profile="auth0",
    scopes={"use:strata": ["*"]},
    grants=[{"claim": "https://firm.example/roles", "value": "Finance", **FINANCE}],
)
AUTH0_PERSON: Claims = {
    "aud": ["https://gateway.example", "https://firm.eu.auth0.example/userinfo"],
    "sub": "auth0|6553da60a54af58e29493993",
    "azp": "awZfdIir8YFdGZWkvCejDoUb7SjTDicx",
    "exp": TIME + 86_400,
    "nbf": ABSENT,
    "scope": "openid profile",
    "gty": "password",
    "permissions": ["use:strata"],
    "https://firm.example/roles": ["Finance"],
}
STANDARD = declared(grants=[{"claim": "groups", "value": "finance-us", **FINANCE}])
STANDARD_PERSON: Claims = {
    "sub": "fay",
    "client_id": "console",
    "jti": "t-1",
    "scope": " ".join(sorted(scopes_of([Role.FINANCE]))),
    "groups": ["finance-us"],
}
PEOPLE: dict[str, tuple[Config, Mapping[str, object], Claims, str, str]] = {
    "entra": (
        ENTRA,
        {"typ": "JWT"},
        ENTRA_PERSON,
        "firm:690222be-ff1a-4d56-abd1-7e4f7d38e474",
        "firm:6e74172b-be56-4843-9ff4-e66a39bb12e3",
    ),
    "okta": (OKTA, {}, OKTA_PERSON, "firm:00ujmkLgagxeRrAg20g3", "firm:0oafxyz1a2b3c4d5e0h7"),
    "auth0": (
        AUTH0,
        {"typ": "JWT"},
        AUTH0_PERSON,
        "firm:auth0|6553da60a54af58e29493993",
        "firm:awZfdIir8YFdGZWkvCejDoUb7SjTDicx",
    ),
    "rfc9068": (STANDARD, {"typ": "at+jwt"}, STANDARD_PERSON, "firm:fay", "firm:console"),
}


@pytest.fixture(scope="module")
def provider() -> Provider:
    """An identity provider whose keys all tests of this module share."""
    return Provider()


async def who(
    provider: Provider, config: Config, claims: Mapping[str, object], **header: object
) -> Caller:
    """Return whom a token stands for, at a gateway that has just started."""
    gatehouse = Gatehouse(provider, config)
    await gatehouse.providers.refresh()
    return gatehouse.verifier.verify(provider.token(claims, **header))


@pytest.mark.parametrize("product", PEOPLE)
async def test_a_person_in_a_mapped_group_holds_its_role_here(
    product: str, provider: Provider
) -> None:
    """Whatever the product calls things, it is the same person of finance in one company."""
    config, header, claims, subject, client = PEOPLE[product]

    caller = await who(provider, config, claims, **header)

    assert (caller.subject, caller.client_id) == (subject, client)
    assert caller.roles == {"finance"}
    assert caller.entities == {"NWA-US"}
    assert caller.scopes == scopes_of([Role.FINANCE])


@pytest.mark.parametrize(
    ("groups", "units"),
    [
        (["finance"], None),
        (["finance", "tax"], {"US-TAX"}),
        (["tax"], {"US-TAX"}),
        (["finance", "tax", "data"], {"US-TAX", "US-DATA"}),
    ],
)
async def test_a_grant_that_names_units_binds_to_them(
    groups: list[str], units: set[str] | None, provider: Provider
) -> None:
    """Another grant that names none does not set free; several that name some are added up."""
    config = declared(
        grants=[
            {"claim": "groups", "value": "finance", **FINANCE},
            {"claim": "groups", "value": "tax", "units": ["US-TAX"]},
            {"claim": "groups", "value": "data", "units": ["US-DATA"]},
        ]
    )
    claims = STANDARD_PERSON | {"groups": groups, "units": ["US-AI"]}

    assert (await who(provider, config, claims, typ="at+jwt")).units == units


async def test_an_application_of_entra_does_what_its_app_roles_name(provider: Provider) -> None:
    """Its token has no scope claim: `roles` is what it was consented to."""
    caller = await who(provider, ENTRA, ENTRA_APP, typ="JWT")

    assert (caller.scopes, caller.roles) == ({"system:crm:read"}, frozenset())


@pytest.mark.parametrize(
    "instead",
    [
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://x"}}},
        {"hasgroups": True},
        {"groups": []},
        {"groups": ["some-other-group"]},
    ],
)
async def test_who_is_in_no_mapped_group_holds_nothing(
    instead: dict[str, object], provider: Provider
) -> None:
    """Too many groups to be told are no groups, and nobody is called to learn them."""
    claims = {name: value for name, value in ENTRA_PERSON.items() if name != "groups"}

    caller = await who(provider, ENTRA, claims | instead, typ="JWT")

    assert (caller.scopes, caller.roles, caller.entities) == (frozenset(),) * 3


async def test_roles_and_companies_that_an_issuer_claims_are_not_believed(
    provider: Provider,
) -> None:
    """Our own claims' names mean nothing in another's token: only the table gives."""
    caller = await who(
        provider,
        declared(),
        STANDARD_PERSON | {"roles": ["cfo"], "entities": ["NWA-US"], "scope": "system:crm:read"},
        typ="at+jwt",
    )

    assert (caller.scopes, caller.roles, caller.entities) == (frozenset(),) * 3


async def test_an_application_may_less_than_its_person(provider: Provider) -> None:
    """What was not asked for is not given, and a scope that nobody declared is none."""
    asked = {"scope": "system:crm:read system:crm:write openid"}

    caller = await who(provider, STANDARD, STANDARD_PERSON | asked, typ="at+jwt")

    assert caller.scopes == {"system:crm:read"}
    assert "system:crm:write" in ALL_SCOPES


@pytest.mark.parametrize("scope", [ABSENT, ""])
async def test_a_token_without_scope_gives_no_permission(scope: object, provider: Provider) -> None:
    """A provider that drops what it does not know grants nothing by it."""
    caller = await who(provider, STANDARD, STANDARD_PERSON | {"scope": scope}, typ="at+jwt")

    assert caller.scopes == frozenset()
    assert caller.roles == {"finance"}


async def test_the_firm_may_say_by_which_claim_its_people_are_known(provider: Provider) -> None:
    """A personnel number instead of the provider's own id, when the firm says so."""
    config = declared(subject_claim="employee_id", subject_prefix="", client_claim="app")

    caller = await who(
        provider, config, STANDARD_PERSON | {"employee_id": "U-77", "app": "till"}, typ="at+jwt"
    )

    assert (caller.subject, caller.client_id) == ("U-77", "firm:till")


WRONG: dict[str, tuple[str, Claims, Mapping[str, object], str]] = {
    "an ID token of Entra": ("entra", {"nonce": "n", "azp": ABSENT}, {}, "well-formed"),
    "an ID token with a client": ("entra", {"nonce": "n"}, {}, "well-formed"),
    "an ID token of Okta": ("okta", {"at_hash": "x", "amr": ["pwd"]}, {}, "well-formed"),
    "a token of no client": ("okta", {"cid": ABSENT}, {}, "well-formed"),
    "an ID token of Auth0": ("auth0", {"c_hash": "x"}, {}, "well-formed"),
    "an ID token by its type": ("rfc9068", {}, {"typ": "id+jwt"}, "type"),
    "a plain JWT where RFC 9068 is declared": ("rfc9068", {}, {"typ": "JWT"}, "type"),
    "no type where RFC 9068 is declared": ("rfc9068", {}, {"typ": ABSENT}, "type"),
    "no type of Entra": ("entra", {}, {"typ": ABSENT}, "type"),
    "no token id": ("rfc9068", {"jti": ABSENT}, {}, "well-formed"),
    "no client": ("rfc9068", {"client_id": ABSENT}, {}, "well-formed"),
    "no subject": ("entra", {"oid": ABSENT}, {}, "well-formed"),
    "a subject that is a list": ("rfc9068", {"sub": ["a"]}, {}, "well-formed"),
    "a scope that is a number": ("okta", {"scp": 7}, {}, "well-formed"),
    "groups that are no texts": ("rfc9068", {"groups": [{"a": 1}]}, {}, "well-formed"),
    "another audience": ("entra", {"aud": "https://graph.microsoft.com"}, {}, "audience"),
    "userinfo only": ("auth0", {"aud": ["https://firm.eu.auth0.example/userinfo"]}, {}, "audience"),
    "another issuer": ("entra", {"iss": "https://login.example/other/v2.0"}, {}, "issuer"),
    "the issuer with a slash": ("entra", {"iss": "https://login.example/tenant/v2.0/"}, {}, "issu"),
    "a day from Entra": ("entra", {"exp": TIME + 86_400}, {}, "lifetime"),
    "an hour where RFC 9068 is declared": ("rfc9068", {"exp": TIME + 3_600}, {}, "lifetime"),
    "no start": ("okta", {"iat": ABSENT}, {}, "well-formed"),
    "an end that is a text": ("auth0", {"exp": str(TIME + 60)}, {}, "well-formed"),
    "expired": ("okta", {"iat": TIME - 3_600, "exp": TIME - 31}, {}, "expired"),
    "not valid yet": ("okta", {"nbf": TIME + 31}, {}, "not valid yet"),
    "a key of its own": ("auth0", {}, {"jwk": {"kty": "oct", "k": "AA"}}, "well-formed"),
    "an address of keys": ("auth0", {}, {"jku": "https://evil.example/keys"}, "well-formed"),
    "a critical header": ("okta", {}, {"crit": ["kid"]}, "well-formed"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_profile_relaxes_names_and_nothing_else(name: str, provider: Provider) -> None:
    """What RFC 8725 forbids is refused in every product's tokens, for its own reason."""
    product, claims, header, reason = WRONG[name]
    config, usual, right, _, _ = PEOPLE[product]

    with pytest.raises(InvalidToken, match=reason):
        await who(provider, config, right | claims, **{**usual, **header})


async def test_a_subject_that_looks_like_anothers_is_refused_without_a_prefix(
    provider: Provider,
) -> None:
    """Nobody names themselves into another issuer's people, or into our own processes."""
    config = declared(subject_prefix="")

    with pytest.raises(InvalidToken, match="well-formed"):
        await who(provider, config, STANDARD_PERSON | {"sub": "process:billing"}, typ="at+jwt")


async def test_another_algorithm_than_the_declared_ones_is_refused(provider: Provider) -> None:
    """An issuer is held to what the settings say that it signs with."""
    with pytest.raises(InvalidToken, match="algorithm"):
        await who(provider, declared(algorithms=["ES256"]), STANDARD_PERSON, typ="at+jwt")


async def test_one_of_several_audiences_is_enough(provider: Provider) -> None:
    """The firm may have registered the gateway twice; one layer's name opens that layer only."""
    config = declared(audiences=["api://strata", "https://gateway.example"])

    whole = await who(provider, config, STANDARD_PERSON, typ="at+jwt")
    part = await who(
        provider, config, STANDARD_PERSON | {"aud": "api://strata/system"}, typ="at+jwt"
    )

    assert len(whole.layers) > 1
    assert part.layers == {"system"}
