"""Whatever the bytes, the verifier names a caller or says `InvalidToken`, nothing else."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.access import Caller
from governance.authorization_server.keys import SigningKeys
from governance.tokens import InvalidToken, bearer
from tests.security.tokens.forge import Clock, Forge

CLAIM_NAMES = ("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "roles")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    """One forger for all examples, since keys are dear."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    clock = Clock()
    return Forge(SigningKeys(folder / "keys", timedelta(seconds=360), clock), clock)


def _ends_well(forge: Forge, token: str) -> Caller | None:
    try:
        return forge.verifier.verify(token)
    except InvalidToken:
        return None


@settings(max_examples=300, deadline=None, database=None)
@given(text=st.text() | st.from_regex(r"\A[A-Za-z0-9_=-]{0,40}(\.[A-Za-z0-9_=-]{0,40}){2}\Z"))
def test_any_text_is_refused_in_order(text: str, forge: Forge) -> None:
    """No text that we did not sign makes a caller or an accident."""
    assert _ends_well(forge, text) is None


@settings(max_examples=300, deadline=None, database=None)
@given(place=st.floats(0, 1, exclude_max=True), letter=st.characters(), cut=st.booleans())
def test_a_token_with_one_letter_changed_is_refused(
    place: float, letter: str, cut: bool, forge: Forge
) -> None:
    """Every letter of a token counts."""
    token = forge.token()
    at = int(place * len(token))
    changed = token[:at] + ("" if cut else letter) + token[at + 1 :]

    assert changed == token or _ends_well(forge, changed) is None


@settings(max_examples=400, deadline=None, database=None)
@given(name=st.sampled_from(CLAIM_NAMES), value=JSON)
def test_any_signed_claim_ends_in_a_caller_or_a_refusal(
    name: str, value: object, forge: Forge
) -> None:
    """An issuer that signs nonsense causes no accident."""
    caller = _ends_well(forge, forge.token(None, forge.claims(**{name: value})))

    assert caller is None or caller.subject.isprintable()


@settings(max_examples=200, deadline=None, database=None)
@given(header=st.dictionaries(st.text(), JSON, max_size=4), claims=st.binary())
def test_any_signed_header_and_bytes_end_in_a_refusal(
    header: dict[str, object], claims: bytes, forge: Forge
) -> None:
    """Neither a strange header nor claims that are no JSON cause an accident."""
    assert _ends_well(forge, forge.token(json.dumps(header))) is None
    assert _ends_well(forge, forge.token(None, claims)) is None


@settings(max_examples=200, deadline=None, database=None)
@given(values=st.lists(st.text(), max_size=3))
def test_any_authorization_header_ends_in_a_token_or_a_refusal(values: list[str]) -> None:
    """The header is read or refused."""
    try:
        token = bearer(values)
    except InvalidToken:
        return
    assert [values[0].split()[-1]] == [token]
