"""A version leaves by its dates: announced, switched off for a while, and then gone."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from governance import v1 as governance_api
from governance.access import Caller as Somebody
from governance.access import acting_as
from governance.lifecycle import Lifecycles, Outdated, Wish
from governance.lifecycle_face import LifecycleNow
from governance.policy import ApiPolicy, Brownout, Lifecycle, Stage
from governance.stages import flaws_of, standing_of
from governance.v1 import Catalog
from tests.gateway.house import SCOPES, Caller, House, running
from tests.gateway.orders import orders_api

ORDERS = "/system/orders/v1/orders"
PATH = "/system/orders/v1"
LIFE = "/governance/v1/lifecycle/system/orders/v1"
RIGHTS = SCOPES | {
    "governance:lifecycle:read",
    "governance:lifecycle:write",
    "governance:catalog:read",
    "governance:usage:read",
}
OFF = Brownout(datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 9, 15, tzinfo=UTC))
LEAVING = Lifecycle(
    Stage.ACTIVE,
    date(2026, 1, 1),
    deprecated_on=date(2027, 1, 1),
    sunset_on=date(2027, 7, 1),
    successor="/governance/v1",
    brownouts=(OFF,),
)
OPERATOR = Somebody(subject="U-OP", client_id="console", scopes=RIGHTS)


AFTER = "/system/orders/v2"


def leaving_for(successor: str) -> Lifecycle:
    """Return a lifecycle that ends in another version."""
    return msgspec.structs.replace(LEAVING, successor=successor)


def policy() -> ApiPolicy:
    """Return the orders API's policy."""
    found = orders_api().POLICY
    assert isinstance(found, ApiPolicy)
    return found


MOMENTS = {
    "before all": ("2026-12-31T23:59:59Z", Stage.ACTIVE, "2027-01-01T00:00:00Z"),
    "as it is deprecated": ("2027-01-01T00:00:00Z", Stage.DEPRECATED, "2027-03-01T09:00:00Z"),
    "as a brownout starts": ("2027-03-01T09:00:00Z", Stage.BROWNOUT, "2027-03-01T09:15:00Z"),
    "as a brownout ends": ("2027-03-01T09:15:00Z", Stage.DEPRECATED, "2027-07-01T00:00:00Z"),
    "on its sunset": ("2027-07-01T00:00:00Z", Stage.RETIRED, None),
}


@pytest.mark.parametrize("when", MOMENTS)
def test_dates_decide_where_a_version_stands_and_until_when(when: str) -> None:
    """Each stage begins at its moment, and the next moment at which it changes is known."""
    moment, stage, until = MOMENTS[when]

    standing = standing_of(PATH, LEAVING, datetime.fromisoformat(moment))

    assert standing.stage is stage
    assert standing.until == (datetime.fromisoformat(until) if until else None)


def test_a_version_without_an_end_says_nothing_of_it() -> None:
    """An active version has no headers, and nothing ahead that would have to be looked at."""
    standing = standing_of(PATH, Lifecycle(Stage.ACTIVE, date(2026, 1, 1)), OFF.starts)

    assert (standing.headers, standing.until) == ((), None)


FLAWS = {
    "deprecated without dates": {"stage": "deprecated"},
    "a sunset alone": {"sunset_on": "2027-07-01"},
    "deprecated before it began": {"deprecated_on": "2025-01-01"},
    "a sunset before the deprecation": {"deprecated_on": "2027-01-01", "sunset_on": "2027-01-01"},
    "no successor": {"deprecated_on": "2027-01-01", "successor": None},
    "a brownout as a stage": {"stage": "brownout"},
    "a brownout that ends first": {
        "deprecated_on": "2027-01-01",
        "brownouts": [{"starts": "2027-03-01T10:00:00Z", "ends": "2027-03-01T09:00:00Z"}],
    },
    "a brownout after the sunset": {
        "deprecated_on": "2027-01-01",
        "sunset_on": "2027-02-01",
        "brownouts": [{"starts": "2027-03-01T09:00:00Z", "ends": "2027-03-01T10:00:00Z"}],
    },
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_dates_out_of_order_are_a_flaw(flaw: str) -> None:
    """A lifecycle that contradicts itself is told so."""
    good = {"stage": "active", "since": "2026-01-01", "successor": "/system/orders/v2"}
    life = msgspec.convert(good | FLAWS[flaw], Lifecycle)

    assert list(flaws_of(life))
    assert not list(flaws_of(LEAVING))


async def test_a_version_is_announced_then_off_for_a_while_then_back_then_gone(
    house: House,
) -> None:
    """200 with dates, 503 until the brownout's end, 200 again, and 410 from the sunset on."""
    house.wall.set(datetime(2027, 2, 1, tzinfo=UTC))
    async with running(house.app(orders_api(lifecycle=LEAVING)), house) as caller:
        answers = []
        for moment in (OFF.starts - timedelta(days=9), OFF.starts, OFF.ends, "sunset"):
            now = datetime(2027, 7, 1, tzinfo=UTC) if moment == "sunset" else moment
            assert isinstance(now, datetime)
            house.wall.set(now)
            answers.append(await caller.send("GET", ORDERS, token=house.token()))

    _, off, _, gone = answers
    assert [each.status for each in answers] == [200, 503, 200, 410]
    assert [off.slug, gone.slug] == ["version-brownout", "version-retired"]
    assert 895 < int(off.headers["retry-after"]) <= 900
    for each in answers:
        assert each.headers["deprecation"] == "@1798761600"
        assert each.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
        assert '</governance/v1>; rel="successor-version"' in each.headers["link"]
    assert house.desk.entered == 2


async def test_a_version_without_an_end_has_no_such_header(caller: Caller) -> None:
    """An active version says nothing of an end."""
    answer = await caller.send("GET", ORDERS)

    assert not {"deprecation", "sunset", "link"} & answer.headers.keys()


async def changed(
    caller: Caller, house: House, life: object, revision: str | None, reason: str = "agreed"
) -> tuple[int, LifecycleNow | None, str]:
    """Put a lifecycle, and return the status, what holds now, and the problem."""
    answer = await caller.send(
        "PUT",
        LIFE,
        body=msgspec.json.encode({"lifecycle": life, "reason": reason}),
        headers={} if revision is None else {"if-match": revision},
        token=house.token("U-OP", scopes=RIGHTS),
    )
    if answer.status != 200:
        return answer.status, None, answer.slug
    return 200, msgspec.json.decode(answer.body, type=LifecycleNow), ""


async def test_an_operator_moves_a_version_and_puts_it_back(house: House) -> None:
    """A change takes effect at once, is on record with its reason, and can be undone."""
    house.wall.set(datetime(2027, 2, 1, tzinfo=UTC))
    async with running(house.app(orders_api(), governance_api), house) as caller:
        retired = msgspec.structs.replace(LEAVING, stage=Stage.RETIRED)
        status, told, _ = await changed(caller, house, retired, '"0"', "a leak")
        gone = await caller.send("GET", ORDERS, token=house.token())
        _, undone, _ = await changed(caller, house, None, '"1"', "mended")
        back = await caller.send("GET", ORDERS, token=house.token())

    assert status == 200
    assert told is not None
    assert undone is not None
    assert (told.stage, told.revision, gone.status) == (Stage.RETIRED, 1, 410)
    assert (undone.stage, undone.revision, back.status) == (Stage.ACTIVE, 2, 200)
    assert [(each.reason, each.actor) for each in undone.history] == [
        ("a leak", "U-OP"),
        ("mended", "U-OP"),
    ]
    assert undone.history[0].lifecycle == retired


async def test_a_change_that_was_decided_on_an_old_revision_is_refused(house: House) -> None:
    """Two operators who read the same do not undo each other, and nobody decides unread."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        await changed(caller, house, LEAVING, '"0"')
        late = await changed(caller, house, None, '"0"')
        unread = await changed(caller, house, None, None)
        odd = await changed(caller, house, None, "*")

    assert [late[0], late[2]] == [412, "revision-outdated"]
    assert [unread[0], unread[2]] == [428, "revision-missing"]
    assert odd[0] == 412


async def test_a_change_told_twice_is_made_once(house: House) -> None:
    """Whoever lost the answer sends the same again, and gets it."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        first = await changed(caller, house, LEAVING, '"0"')
        again = await changed(caller, house, LEAVING, '"0"')

    assert first == again
    assert first[1] is not None
    assert len(first[1].history) == 1


@pytest.mark.parametrize("successor", [PATH, "/system/unicorn/v1"])
async def test_a_successor_is_another_version_that_is_there(house: House, successor: str) -> None:
    """Nobody is sent in a circle, or to nothing."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        life = msgspec.structs.replace(LEAVING, successor=successor)
        status, _, slug = await changed(caller, house, life, '"0"')

    assert (status, slug) == (422, "invalid-value")


async def test_a_successor_does_not_leave_itself(house: House) -> None:
    """Two versions that name each other would send their callers in a circle."""
    lives = Lifecycles(house.store, house.audit, house.wall.now)
    for each in (policy(), msgspec.structs.replace(policy(), version=2)):
        lives.of(each)

    with acting_as(OPERATOR):
        await lives.change(PATH, Wish(leaving_for(AFTER), "agreed"), revision=0)
        with pytest.raises(ValueError, match="on its way out itself"):
            await lives.change(AFTER, Wish(leaving_for(PATH), "agreed"), revision=0)


async def test_governance_never_switches_itself_off(house: House) -> None:
    """Nobody could put its lifecycle back: only another version of itself takes its place."""
    lives = Lifecycles(house.store, house.audit, house.wall.now)
    for each in (policy(), governance_api.POLICY):
        lives.of(each)

    with acting_as(OPERATOR), pytest.raises(ValueError, match="another version of itself"):
        await lives.change("/governance/v1", Wish(leaving_for(PATH), "a slip"), revision=0)

    assert lives.stands("/governance/v1").stage is Stage.ACTIVE


@pytest.mark.parametrize("reason", ["", "two\nlines", "a\x00NUL", "long " * 101])
async def test_a_reason_is_words_on_one_line(house: House, reason: str) -> None:
    """It stands in the audit as it is."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        status, _, slug = await changed(caller, house, LEAVING, '"0"', reason)

    assert (status, slug) == (400, "bad-body")


@pytest.mark.parametrize("sent", ['""0""', '"0', 'W/"0"', '"0", "1"', "-0", "0" * 9])
async def test_a_revision_is_sent_as_it_was_read(house: House, sent: str) -> None:
    """What is no revision of ours is none that is current."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        status, _, slug = await changed(caller, house, LEAVING, sent)

    assert (status, slug) == (412, "revision-outdated")


async def test_two_revisions_are_none(house: House) -> None:
    """Nobody guesses which of them was meant."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        answer = await caller.raw(
            f"PUT {LIFE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Authorization: Bearer {house.token('U-OP', scopes=RIGHTS)}\r\n"
            'If-Match: "0"\r\nIf-Match: "7"\r\nContent-Length: 0\r\n\r\n'.encode()
        )

    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"header":"if-match"' in answer


async def test_the_catalog_shows_the_stage_of_now(house: House) -> None:
    """What an operator changed is in the catalog."""
    house.wall.set(datetime(2027, 2, 1, tzinfo=UTC))
    async with running(house.app(orders_api(), governance_api), house) as caller:
        await changed(caller, house, LEAVING, '"0"')
        answer = await caller.send(
            "GET", "/governance/v1/catalog", token=house.token(scopes=RIGHTS)
        )

    orders, _ = msgspec.json.decode(answer.body, type=Catalog).apis
    assert orders.lifecycle.stage is Stage.DEPRECATED


async def test_every_process_sees_a_change(house: House) -> None:
    """A second process takes a change over when it next looks, and after a restart."""
    one, two = (Lifecycles(house.store, house.audit, house.wall.now) for _ in range(2))
    here, there = one.of(policy()), two.of(policy())
    one.of(governance_api.POLICY)
    with acting_as(OPERATOR):
        await one.change(PATH, Wish(LEAVING, "agreed"), revision=0)

    unaware = there.lifecycle
    await two.refresh()
    restarted = Lifecycles(house.store, house.audit, house.wall.now)
    await restarted.refresh()

    assert unaware == policy().lifecycle
    assert here.lifecycle == there.lifecycle == restarted.of(policy()).lifecycle == LEAVING
    with acting_as(OPERATOR), pytest.raises(Outdated):
        await two.change(PATH, Wish(None, "no"), revision=0)


async def test_a_change_and_its_entry_in_the_audit_stand_together(house: House) -> None:
    """Who moved a version, and why, is in the audit once, however often it was told."""
    for each in (policy(), governance_api.POLICY):
        house.lifecycles.of(each)

    with acting_as(OPERATOR):
        for _ in range(2):
            await house.lifecycles.change(PATH, Wish(LEAVING, "agreed"), revision=0)

    entries = await house.audit.records()
    history = await house.lifecycles.history(PATH)
    assert [(e.action, e.subject, e.actor, e.reason) for e in entries] == [
        ("lifecycle.change", PATH, "U-OP", "agreed")
    ]
    assert [each.lifecycle for each in history] == [LEAVING]
