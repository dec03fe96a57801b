"""A client that acts for itself is nobody whom an identity provider calls by a bare name."""

from base64 import b64encode
from pathlib import Path

import msgspec
import pytest

from gateway.firm import load_firm
from gateway.foundation import lay_foundation
from gateway.identity import make_identity
from gateway.settings import Settings
from governance.audit import AuditEntry
from governance.authorization_server.client_records import ClientWish, KeptClients
from governance.authorization_server.grants import TokenReply
from tests.forked import ROOT
from tests.governance.identity.provider import declared

FORM = "application/x-www-form-urlencoded"
FAY = ClientWish(client_id="fay", roles=frozenset({"finance"}), entities=frozenset({"NWA-US"}))


@pytest.mark.parametrize(
    ("prefix", "subject"), [("", "client:fay"), ("staff:", "fay"), (None, "fay")]
)
def test_a_client_with_a_persons_id_is_not_taken_for_the_person(
    tmp_path: Path, prefix: str | None, subject: str
) -> None:
    """Where people have bare names `fay` is a person: what waits for her waits for no client."""
    settings = Settings(data_dir=str(tmp_path), issuers=(declared(subject_prefix=prefix),))
    base = lay_foundation(settings)
    by = AuditEntry(actor="operator", client_id="test", action="clients.add", subject="fay")
    made = KeptClients(base.store, base.audit).add(FAY, by)
    identity = make_identity(settings, load_firm(ROOT / "northwind"), base)

    proof = b64encode(f"fay:{made.secret}".encode()).decode()
    reply = identity.server.token(b"grant_type=client_credentials", FORM, f"Basic {proof}")

    token = msgspec.json.decode(reply.body, type=TokenReply).access_token
    caller = identity.verifier.verify(token)
    assert (caller.subject, caller.client_id) == (subject, "fay")
    base.close()
