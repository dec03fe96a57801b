"""What checks signatures: as strict as the vendor's library, and never surprised."""

import ast
import base64
import contextlib
import inspect
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from system_apis import signatures
from system_apis.connections import webhook_sources
from system_apis.connectors import SystemSettings
from system_apis.contracts.sandbox_webhooks import WEBHOOKS as CONTRACTS
from system_apis.crm.sandbox_webhooks import WEBHOOKS as CRM
from system_apis.door import Ungovernable
from system_apis.erp.sandbox_webhooks import WEBHOOKS as ERP
from system_apis.psa.sandbox_webhooks import WEBHOOKS as PSA
from system_apis.signatures import Message, NotGenuine, StandardWebhooks
from system_apis.systems import SystemKind
from system_apis.webhooks import (
    OWN_PROGRAMS,
    UnreadableHint,
    Webhooks,
    WebhookSecret,
    WebhookSource,
)

SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"
NAMES = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-kantata-signature",
    "x-netsuite-signature-256",
    "x-agreements-signature",
    "x-agreements-timestamp",
]
SCHEMES = [OWN_PROGRAMS, CRM, PSA, ERP, CONTRACTS]
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["v1,", "v1,AAAA", "t=1,v1=00", "sha256=00", "1700000000", "=", ",", " "]),
)


def _is_good(check: object) -> bool:
    try:
        check()  # type: ignore[operator]  # a lambda
    except (NotGenuine, WebhookVerificationError, ValueError):
        return False
    return True


@given(
    body=st.text(st.characters(codec="utf-8"), min_size=1),
    name=st.text("abcXYZ019_-.:", max_size=20),
    version=st.sampled_from(["v1", "v1a", "v2", "V1", ""]),
    shift=st.sampled_from([0, 0, 0, -299, 299, -302, 302]),
    flipped=st.sampled_from([None, None, "id", "body", "signature"]),
    joined=st.sampled_from([" ", "  ", ","]),
)
@example(body="x", name="a", version="v1", shift=0, flipped=None, joined=" ")
def test_what_we_take_the_library_takes(
    body: str, name: str, version: str, shift: int, flipped: str | None, joined: str
) -> None:
    """What it refuses we refuse too; of what it signs as the standard has it we take all."""
    now = datetime.now(UTC)
    at = datetime.fromtimestamp(int(now.timestamp()) + shift, UTC)
    good = Webhook(SECRET).sign(name, at, body)
    said = f"{version},{good[3:]}{joined}v1,AAAA"
    said = said.replace("v1,", "v1,A", 1) if flipped == "signature" else said
    headers = {
        "webhook-id": f"{name}x" if flipped == "id" else name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": said,
    }
    sent = body + " " if flipped == "body" else body
    message = Message(uri="", headers=headers, body=sent.encode())
    scheme = StandardWebhooks()

    ours = _is_good(lambda: scheme.check(message, [scheme.key(SECRET)], now))
    theirs = _is_good(lambda: _with_json(headers, sent))
    plain = version == "v1" and flipped is None and joined != "," and abs(shift) < 300

    assert not (ours and not theirs)
    assert ours or not (plain and name and "." not in name)


def _with_json(headers: dict[str, str], body: str) -> None:
    """Let the library check; that a body is no JSON is no matter of its signature."""
    with contextlib.suppress(ValueError):
        Webhook(SECRET).verify(body, headers)


@pytest.mark.parametrize("webhooks", SCHEMES, ids=lambda each: type(each.scheme).__name__)
@given(
    headers=st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=6),
    body=st.binary(max_size=200),
)
def test_nothing_but_a_refusal_leaves_the_check(
    webhooks: Webhooks, headers: dict[str, str], body: bytes
) -> None:
    """Whatever is sent, it is refused as not genuine."""
    source = WebhookSource("crm", webhooks, [WebhookSecret(SECRET)])
    message = Message(uri="http://gateway/x", headers=headers, body=body)

    with pytest.raises(NotGenuine):
        source.check(message, datetime(2026, 11, 28, tzinfo=UTC))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "specversion", "source", "replayId", "noteId", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("webhooks", SCHEMES, ids=lambda each: type(each.scheme).__name__)
@given(body=st.binary(max_size=200) | JSON.map(lambda said: _json(said)))
@example(body=b"[" * 100_000)
@example(
    body=b'{"replayId":1,"ChangeEventHeader":{"entityName":"Moon","recordIds":["1"],'
    b'"commitTimestamp":"2026-10-31T12:00:00Z"},"revision":1}'
)
@example(
    body=b'{"id":"-5","subject_type":"time_entry","subject_id":"1","lock_version":1,'
    b'"created_at":"2026-10-31T12:00:00Z"}'
)
@example(
    body=b'{"noteId":9223372036854775808,"recordType":"invoice","recordId":"1",'
    b'"revision":1,"date":"2026-10-31T12:00:00Z"}'
)
@example(
    body=b'{"id":"x","subject_type":"moon","subject_id":"1","lock_version":1,'
    b'"created_at":"2026-10-31T12:00:00Z"}'
)
def test_nothing_but_unreadable_leaves_the_reading(webhooks: Webhooks, body: bytes) -> None:
    """A genuine message is a hint of fair size, or is unreadable."""
    source = WebhookSource("crm", webhooks, [WebhookSecret(SECRET)])

    try:
        hint = source.read(body, "msg_1")
    except UnreadableHint:
        return

    assert 0 < len(hint.id) <= 256
    assert hint.sequence is None or 0 <= hint.sequence < 2**63


def _json(said: object) -> bytes:
    return json.dumps(said).encode()


@pytest.mark.parametrize("secret", ["", "whsec_", "short", "whsec_!!!!", "whsec_YWJj"])
def test_a_secret_that_is_no_key_stops_the_start(secret: str) -> None:
    """It is named by its system, and not shown."""
    crm = SystemSettings(
        kind=SystemKind.CRM,
        instance="crm",
        connector="sandbox",
        config={},
        webhook_secrets=(WebhookSecret(secret),),
    )

    with pytest.raises(Ungovernable, match="secret of crm") as refused:
        webhook_sources([crm])

    assert not secret or secret not in str(refused.value)


def test_a_system_without_a_secret_is_no_source() -> None:
    """Nobody speaks for it."""
    crm = SystemSettings(kind=SystemKind.CRM, instance="crm", connector="sandbox", config={})

    assert webhook_sources([crm]) == {}


def test_signatures_are_compared_in_constant_time() -> None:
    """WH-12: nothing is compared with what was expected but by `compare_digest`, and all of it."""
    tree = ast.parse(inspect.getsource(signatures._check_any))
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    called = [
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    in_full = [node for node in ast.walk(tree) if isinstance(node, ast.ListComp)]

    assert compared == []
    assert called.count("compare_digest") == 1
    assert len(in_full) == 1
