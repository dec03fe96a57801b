"""Whoever is no source with a secret tells us nothing, and whoever is one tells it once (WH)."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from process_apis.intake.inbox import HintStatus, Trouble
from tests.security.webhooks_in.office import (
    BODY,
    CONTRACTS_BODY,
    CUT_OFF,
    ERP_BODY,
    NEW,
    NOW,
    OLD,
    OTHER,
    PSA_BODY,
    Office,
    Sent,
    signed,
    trickled,
    vendor,
)
from tests.security.webhooks_in.office import office as opened

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("webhooks-in")]
LATE, SOON = NOW - timedelta(seconds=301), NOW + timedelta(seconds=301)


def crm(body: bytes = BODY, **headers: str | None) -> Sent:
    """Return a good message of the CRM's with other headers, or without some."""
    good = signed()
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    said = {**good, **changed}
    return Sent("crm", {name: value for name, value in said.items() if value is not None}, body)


def _signature(**how: object) -> str:
    return signed(**how)["webhook-signature"]  # type: ignore[arg-type]  # as `signed` takes them


MOMENT = str(int(NOW.timestamp()))
RESERIALISED = json.dumps(json.loads(BODY)).encode()
FORGED: dict[str, Callable[[], Sent]] = {
    "WH-01 no signature": lambda: crm(webhook_signature=None),
    "WH-01 an empty signature": lambda: crm(webhook_signature=""),
    "WH-01 a signature of nothing": lambda: crm(webhook_signature="v1,"),
    "WH-01 no id": lambda: crm(webhook_id=None),
    "WH-01 another id": lambda: crm(webhook_id="msg_2"),
    "WH-01 an id that ends in a moment": lambda: crm(webhook_id="msg_1.1"),
    "WH-01 another body": lambda: crm(BODY + b" "),
    "WH-01 no secret": lambda: Sent("none", signed(), BODY),
    "WH-01 no such source": lambda: Sent("crm-b", signed(), BODY),
    "WH-01 letters beyond ASCII": lambda: crm(webhook_signature="v1,\xe9\xe9"),
    "WH-02 the same JSON, written anew": lambda: crm(RESERIALISED),
    "WH-03 301 seconds ago": lambda: Sent("crm", signed(at=LATE), BODY),
    "WH-03 301 seconds ahead": lambda: Sent("crm", signed(at=SOON), BODY),
    "WH-03 no moment": lambda: crm(webhook_timestamp=None),
    "WH-03 another moment than was signed": lambda: crm(
        webhook_timestamp=str(int(NOW.timestamp()) + 1)
    ),
    "WH-03 a moment with a fraction": lambda: crm(webhook_timestamp=f"{NOW.timestamp()}"),
    "WH-03 a moment that is none": lambda: crm(webhook_timestamp="nan"),
    "WH-03 a moment without end": lambda: crm(webhook_timestamp="9" * 400),
    "WH-03 the end of an id, passed for the moment": lambda: Sent(
        "crm",
        {**signed(f"{MOMENT}.{{}}".encode()), "webhook-id": f"msg_1.{MOMENT}"},
        b"{}",
    ),
    "WH-09 another version": lambda: crm(webhook_signature="v2," + _signature()[3:]),
    "WH-09 the asymmetric version": lambda: crm(webhook_signature="v1a," + _signature()[3:]),
    "WH-09 none": lambda: crm(webhook_signature="none,"),
    "WH-09 another system's scheme": lambda: Sent(
        "crm", vendor("erp-a", ERP_BODY).headers, ERP_BODY
    ),
    "WH-11 another source's secret": lambda: Sent("crm", signed(by=OTHER), BODY),
    "WH-11 to another source": lambda: Sent("hr-a", signed(), BODY),
    "WH-01 Stripe-like, another body": lambda: Sent(
        "psa-a", vendor("psa-a", PSA_BODY).headers, PSA_BODY + b" "
    ),
    "WH-03 Stripe-like, 301 seconds ago": lambda: vendor("psa-a", PSA_BODY, at=LATE),
    "WH-03 Stripe-like, two moments": lambda: Sent(
        "psa-a",
        {"x-kantata-signature": "t=1," + vendor("psa-a", PSA_BODY).headers["x-kantata-signature"]},
        PSA_BODY,
    ),
    "WH-09 Stripe-like, version 0": lambda: Sent(
        "psa-a",
        {
            "x-kantata-signature": vendor("psa-a", PSA_BODY)
            .headers["x-kantata-signature"]
            .replace("v1=", "v0=")
        },
        PSA_BODY,
    ),
    "WH-11 Stripe-like, another's secret": lambda: vendor("psa-a", PSA_BODY, by=OTHER),
    "WH-01 GitHub-like, another body": lambda: Sent(
        "erp-a", vendor("erp-a", ERP_BODY).headers, ERP_BODY + b" "
    ),
    "WH-09 GitHub-like, SHA-1": lambda: Sent(
        "erp-a",
        {
            "x-netsuite-signature-256": "sha1="
            + vendor("erp-a", ERP_BODY).headers["x-netsuite-signature-256"][7:]
        },
        ERP_BODY,
    ),
    "WH-11 GitHub-like, another's secret": lambda: vendor("erp-a", ERP_BODY, by=OTHER),
    "WH-03 HubSpot-like, 301 seconds ago": lambda: vendor("contracts", CONTRACTS_BODY, at=LATE),
    "WH-03 HubSpot-like, another moment": lambda: Sent(
        "contracts",
        {
            **vendor("contracts", CONTRACTS_BODY).headers,
            "x-agreements-timestamp": f"{int(NOW.timestamp())}001",
        },
        CONTRACTS_BODY,
    ),
    "WH-11 HubSpot-like, another's secret": lambda: vendor("contracts", CONTRACTS_BODY, by=OTHER),
}


@pytest.mark.parametrize("said", FORGED)
async def test_what_is_forged_is_refused_and_leaves_nothing(office: Office, said: str) -> None:
    """401 with a problem document, nothing kept, a line in the audit, and it is counted."""
    sent = FORGED[said]()
    known = sent.source if sent.source != "crm-b" else "unknown"
    before, counted = await office.kept(), office.counted(known, "forged")
    office.house.trail.entries.clear()

    answer = await office.send(sent)

    assert (answer.status, answer.slug) == (401, "invalid-signature")
    assert await office.kept() == before
    assert NEW.encode() not in answer.body
    assert office.counted(known, "forged") == counted + 1
    assert [each.outcome for each in office.house.trail.entries] == ["401"]


GOOD: dict[str, Sent] = {
    "the library's own": Sent("crm", signed(name="msg_good"), BODY),
    "WH-03 300 seconds ago": Sent(
        "crm", signed(at=NOW - timedelta(seconds=300), name="msg_ago"), BODY
    ),
    "WH-03 300 seconds ahead": Sent(
        "crm", signed(at=NOW + timedelta(seconds=300), name="msg_ahead"), BODY
    ),
    "WH-08 the old secret, in the overlap": Sent("crm", signed(by=OLD, name="msg_old"), BODY),
    "WH-08 a list, ours last": Sent(
        "crm",
        {
            **signed(name="msg_list"),
            "webhook-signature": f"v1a,xyz {_signature(by=OTHER, name='msg_list')} "
            f"{_signature(name='msg_list')}",
        },
        BODY,
    ),
    "Stripe-like": vendor("psa-a", PSA_BODY),
    "GitHub-like": vendor("erp-a", ERP_BODY),
    "HubSpot-like": vendor("contracts", CONTRACTS_BODY),
}


@pytest.mark.parametrize("said", GOOD)
async def test_what_its_source_signed_is_kept(office: Office, said: str) -> None:
    """202, and one message more."""
    before = await office.kept()

    answer = await office.send(GOOD[said])

    assert (answer.status, answer.body) == (202, b'{"status":"received"}')
    assert await office.kept() == before + 1


async def test_an_old_secret_is_none_after_its_cut_off(office: Office) -> None:
    """WH-08: to the second, while the new one goes on."""
    office.set_clock(CUT_OFF)

    old = await office.tell(by=OLD, at=CUT_OFF, name="msg_cut")
    new = await office.tell(at=CUT_OFF, name="msg_cut")

    assert (old.status, new.status) == (401, 202)


async def test_fifty_at_once_are_one(office: Office) -> None:
    """WH-04: each is answered well, and one message is kept."""
    before = await office.kept()

    answers = await asyncio.gather(*(office.tell(name="msg_fifty") for _ in range(50)))

    said = sorted(answer.body for answer in answers)
    assert {answer.status for answer in answers} == {202}
    assert said == [b'{"status":"received"}', *[b'{"status":"repeated"}'] * 49]
    assert await office.kept() == before + 1


async def test_a_known_id_with_another_body_is_held_for_a_person(office: Office) -> None:
    """WH-05: the first stands, the second does nothing by itself, and is held once."""
    other = BODY.replace(b"38", b"39")

    first = await office.tell(name="msg_twice")
    second = [await office.tell(other, name="msg_twice") for _ in range(2)]

    assert first.body == b'{"status":"received"}'
    assert [each.body for each in second] == [b'{"status":"held"}', b'{"status":"repeated"}']
    held = await office.inbox.of_status(HintStatus.HELD)
    assert [each.trouble for each in held if each.hint_id == "msg_twice"] == [Trouble.OTHER_BODY]


UNREADABLE = [b"[]", b"{", b'{"type":""}', b"\x00\x01", b"[" * 5000, b'{"specversion":"1.0"}']


async def test_a_genuine_message_that_nobody_can_read_is_held(office: Office) -> None:
    """It is answered well, for sending it again would not mend it."""
    before = await office.kept()
    sent = [
        Sent("erp-a", vendor("erp-a", body).headers, body)
        for body in [*UNREADABLE, b'{"noteId":1,"recordType":"moon","recordId":"1"}']
    ]

    answers = [await office.send(each) for each in sent]
    again = [await office.send(each) for each in sent]

    assert {each.body for each in answers} == {b'{"status":"held"}'}
    assert {each.body for each in again} == {b'{"status":"repeated"}'}
    assert await office.kept() == before + len(sent)


CLOUD_EVENT = (
    b'{"specversion":"1.0","id":"A-1","source":"/firm/sales","type":"com.example.deal.won",'
    b'"subject":"OPP-38","sequence":"00042","data":{"any":["thing"]},"partitionkey":"x"}'
)


async def test_a_cloud_event_is_known_by_its_own_id(office: Office) -> None:
    """However often it is signed anew, and whatever the header says that it is."""
    kind = "application/cloudevents+json; charset=utf-8"
    first = Sent("hr-a", signed(CLOUD_EVENT, by=OTHER, name="msg_a"), CLOUD_EVENT)
    again = Sent("hr-a", signed(CLOUD_EVENT, by=OTHER, name="msg_b"), CLOUD_EVENT)

    taken = [await office.send(first, kind), await office.send(again, kind)]
    plain = await office.send(again)

    said = [each.body for each in (*taken, plain)]
    assert said == [b'{"status":"received"}', *[b'{"status":"repeated"}'] * 2]
    [kept] = [
        each for each in await office.inbox.of_status(HintStatus.WAITING) if each.hint_id == "A-1"
    ]
    assert kept.sequence == 42


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "application/cloudevents+xml", "json"],
)
async def test_another_kind_of_body_is_refused(office: Office, kind: str) -> None:
    """Before a signature is looked at; and no other address takes events."""
    answer = await office.send(Sent("crm", signed(name="msg_kind"), BODY), kind)
    elsewhere = await office.caller.send(
        "POST",
        "/system/orders/v1/orders",
        body=BODY,
        headers={"content-type": "application/cloudevents+json"},
    )

    assert (answer.status, elsewhere.status) == (415, 415)


async def test_ten_megabytes_are_refused(office: Office) -> None:
    """WH-10: by the length that is announced."""
    before = await office.kept()

    answer = await office.tell(b'{"type":"' + b"x" * 10_485_760 + b'"}')

    assert (answer.status, await office.kept()) == (413, before)


async def test_a_body_that_trickles_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """WH-10: once its time is over."""
    async with opened(tmp_path_factory.mktemp("slow"), body_seconds=0.2) as office:
        said = "".join(f"{name}: {value}\r\n" for name, value in signed().items())
        head = (
            "POST /process/intake/v1/events/crm HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/json\r\nContent-Length: 500\r\n{said}\r\n"
        )

        answer = await trickled(office.caller, head.encode(), 100, 0.02)

        assert answer.startswith(b"HTTP/1.1 408 ")
        assert await office.kept() == 0


async def test_forgeries_use_up_nothing_of_a_source(office: Office) -> None:
    """Who forges is turned away by address, and the source goes on."""
    # More than two minutes let through, wherever a minute of the limit begins.
    answers = [await office.send(crm(webhook_id=f"forged_{n}")) for n in range(130)]

    good = await office.tell(name="msg_after_forgeries")

    assert 429 in {each.status for each in answers}
    assert good.status == 202
    assert office.counted("crm", "forged") >= 130


async def test_an_unknown_source_is_no_label(office: Office) -> None:
    """Nobody makes our metrics grow, and a source that is none is answered as a forgery is."""
    await office.send(Sent("invented-by-a-stranger", signed(), BODY))

    page = office.house.governance.metrics.render()

    assert b"invented-by-a-stranger" not in page
    assert b'outcome="forged",source="unknown"' in page or b'source="unknown"' in page


async def test_no_token_opens_the_address_and_no_other_method(office: Office) -> None:
    """A token says nothing here; GET is not there."""
    with_token = await office.caller.send("POST", "/process/intake/v1/events/crm", body=BODY)
    read = await office.caller.send("GET", "/process/intake/v1/events/crm", token=None)

    assert (with_token.status, read.status) in {(401, 405), (429, 405)}


async def test_secrets_and_bodies_are_in_no_log(office: Office) -> None:
    """Nor in the answer or the metrics."""
    await office.tell(name="msg_logged")
    await office.send(crm(webhook_signature=None))

    said = office.house.log.getvalue() + office.house.governance.metrics.render()

    for word in (NEW, NEW.removeprefix("whsec_"), "OPP-38", "msg_logged"):
        assert word.encode() not in said
