"""The settings of identity providers: what they may say, and what they may not."""

from pathlib import Path

import pytest

from gateway.settings import UnreadableSettings, load_settings
from governance.identity_providers.config import Product
from governance.roles import Role

GOOD = """
[[issuers]]
name = "firm"
url = "https://login.example/tenant/v2.0"
audiences = ["api://strata"]
profile = "entra"
scopes = { "access_as_user" = ["*"] }

[[issuers.grants]]
claim = "groups"
value = "finance"
roles = ["finance"]
entities = ["NWA-US"]
"""
ANOTHER = """
[[issuers]]
name = "partner"
url = "https://partner.example"
audiences = ["api://strata"]
"""
WRONG = {
    "an unknown key": (GOOD.replace("profile =", "profil ="), "profil"),
    "an unknown key of a grant": (GOOD.replace("roles =", "rolls ="), "rolls"),
    "an unknown product": (GOOD.replace('"entra"', '"adfs"'), "adfs"),
    "an unknown role": (GOOD.replace('["finance"]', '["boss"]'), "boss"),
    "an unknown scope": (GOOD.replace('["*"]', '["system:crm:everything"]'), "no scope of ours"),
    "a grant of nothing": (
        GOOD.replace('roles = ["finance"]\nentities = ["NWA-US"]', ""),
        "nothing",
    ),
    "no audience": (GOOD.replace('["api://strata"]', "[]"), "audiences"),
    "no name": (GOOD.replace('name = "firm"\n', ""), "name"),
    "a name of the gateway's own": (GOOD.replace('"firm"', '"process"'), "gateway itself"),
    "a prefix of the gateway's own clients": (
        GOOD.replace("profile", 'subject_prefix = "client:"\nprofile'),
        "gateway itself",
    ),
    "an algorithm without a key pair": (
        GOOD.replace("profile", 'algorithms = ["HS256"]\nprofile'),
        "HS256",
    ),
    "a token of a week": (GOOD.replace("profile", "max_token_seconds = 604800\nprofile"), "86400"),
    "no address": (GOOD.replace("https://login", "login"), "url"),
    "an address with a user": (GOOD.replace("https://login", "https://me@login"), "url"),
    "two ways to the keys": (
        GOOD.replace("profile", 'jwks_url = "https://a.b"\ndiscovery_url = "https://a.b"\nprofile'),
        "not both",
    ),
    "two of a name": (GOOD + ANOTHER.replace('"partner"', '"firm"'), "two have the name"),
    "two of an address": (
        GOOD + ANOTHER.replace("https://partner.example", "https://login.example/tenant/v2.0"),
        "two have the url",
    ),
    "two of a prefix": (
        GOOD + ANOTHER.replace("audiences", 'subject_prefix = "firm:"\naudiences'),
        "two have the prefix",
    ),
}


def written(folder: Path, text: str) -> Path:
    """Return a settings file."""
    path = folder / "strata.toml"
    path.write_text(text)
    return path


def test_an_issuer_names_its_tokens_and_what_they_give(tmp_path: Path) -> None:
    """What is not said is the strictest, or the product's own."""
    first, second = load_settings({}, written(tmp_path, GOOD + ANOTHER)).issuers

    assert (first.profile, first.prefix) == (Product.ENTRA, "firm:")
    assert first.grants[0].roles == (Role.FINANCE,)
    assert first.described_at == f"{first.url}/.well-known/openid-configuration"
    assert (second.profile, second.grants, second.scopes) == (Product.RFC9068, (), {})


@pytest.mark.parametrize("name", WRONG)
def test_what_an_issuer_cannot_be_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    """A typing error in who may do what never passes in silence."""
    text, told = WRONG[name]

    with pytest.raises(UnreadableSettings, match=told):
        load_settings({}, written(tmp_path, text))
