"""A notice is told until it is known to be told; a letter leaves once, or a person looks."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from governance.audit import Audit
from observability.metrics import Metrics
from system_apis.errors import Refused, SystemFailure, TryAgain, Unknown
from system_apis.messaging.interface import Line, Message
from system_apis.messaging.outgoing import ANSWER_WITHIN, Outgoing
from tests.stores import empty_store

WHO = Caller(subject="process:tests", client_id="strata", scopes=frozenset())
MESSAGE = Message(to="X-1", subject="Invoice 1", lines=(Line("due"),))


class Post:
    """A channel that takes what it is given, whatever it then says."""

    private = True

    def __init__(self) -> None:
        self.instance, self.addresses = "mail", {"X-1": "ap@client.example"}
        self.taken: list[str] = []
        self.turned_away: SystemFailure | None = None
        self.lost: SystemFailure | None = None
        self.slow = asyncio.Event()
        self.slow.set()

    async def send(self, message: Message, *, key: str) -> None:
        """Take a message."""
        if self.turned_away is not None:
            raise self.turned_away
        self.taken.append(key)
        await self.slow.wait()
        if self.lost is not None:
            raise self.lost


class House:
    """The way out, with a clock that a test turns."""

    def __init__(self, path: Path) -> None:
        self.now, self.post = datetime(2026, 11, 28, tzinfo=UTC), Post()
        self.store, self.metrics = empty_store(path / "strata.sqlite"), Metrics()
        self.audit = Audit(self.store, lambda: self.now, path / "heads.jsonl")
        self.out = Outgoing(
            {"mail": self.post}, self.store, self.audit, self.metrics, lambda: self.now
        )

    async def letter(self, message: Message = MESSAGE) -> None:
        """Send a letter under the same key."""
        await self.out.send_letter("mail", message, key="rem_1", legal_entity="NWA-DE")

    async def tell(self) -> None:
        """Tell a notice under the same key."""
        await self.out.tell("mail", MESSAGE, key="bnd_1")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    with acting_as(WHO):
        yield made
    made.store.close()


async def test_what_is_sent_is_not_sent_again(house: House) -> None:
    """However often it is told to be; the audit has it once."""
    for _ in range(3):
        await house.letter()
        await house.tell()

    told = [each for each in await house.audit.records() if each.action.startswith("messaging.")]
    assert house.post.taken == ["rem_1", "bnd_1"]
    assert [(each.action, each.reason, each.legal_entity) for each in told] == [
        ("messaging.send_letter", "rem_1", "NWA-DE"),
        ("messaging.send_notice", "bnd_1", None),
    ]


async def test_a_letter_whose_answer_was_lost_is_for_a_person(house: House) -> None:
    """It may have come, and no second one follows, then or after any time."""
    house.post.lost = Unknown("mail", "no answer")
    with pytest.raises(Unknown):
        await house.letter()
    house.post.lost = None
    for _ in range(2):
        house.now += timedelta(days=1)
        with pytest.raises(Refused) as refused:
            await house.letter()

    assert refused.value.code == "NEEDS_RECONCILIATION"
    assert house.post.taken == ["rem_1"]


async def test_a_notice_whose_answer_was_lost_is_told_again(house: House) -> None:
    """A second one does no harm, and a lost one does."""
    house.post.lost = Unknown("mail", "no answer")
    with pytest.raises(Unknown):
        await house.tell()
    house.post.lost = None
    await house.tell()
    await house.tell()

    assert house.post.taken == ["bnd_1", "bnd_1"]


@pytest.mark.parametrize(
    "failure", [TryAgain("mail", "away"), Refused("mail", "SMTP 550")], ids=["away", "refused"]
)
async def test_what_surely_did_not_leave_may_leave_later(
    house: House, failure: SystemFailure
) -> None:
    """A letter as well: nothing of it was sent."""
    house.post.turned_away = failure
    with pytest.raises(type(failure)):
        await house.letter()
    house.post.turned_away = None
    await house.letter()

    assert house.post.taken == ["rem_1"]


async def test_two_at_once_send_one_letter(house: House) -> None:
    """The second waits for the first, and then finds it sent."""
    house.post.slow.clear()
    first = asyncio.create_task(house.letter())
    while not house.post.taken:
        await asyncio.sleep(0)
    with pytest.raises(Unknown, match="may still be at work"):
        await house.letter()
    house.post.slow.set()
    await first
    await house.letter()

    assert house.post.taken == ["rem_1"]


async def test_a_letter_that_died_with_its_process_is_for_a_person(house: House) -> None:
    """The row says that it was sent, and nobody heard of it again."""
    house.post.slow.clear()
    dying = asyncio.create_task(house.letter())
    while not house.post.taken:
        await asyncio.sleep(0)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    house.now += ANSWER_WITHIN

    with pytest.raises(Refused) as refused:
        await house.letter()

    assert refused.value.code == "NEEDS_RECONCILIATION"
    assert house.post.taken == ["rem_1"]


async def test_one_key_stands_for_one_letter(house: House) -> None:
    """Another text is another letter."""
    await house.letter()

    with pytest.raises(Refused) as refused:
        await house.letter(replace(MESSAGE, subject="Invoice 2"))

    assert refused.value.code == "KEY_CONFLICT"


async def test_a_channel_that_the_firm_has_not_is_named(house: House) -> None:
    """It was there when the message was made, and is no more."""
    with pytest.raises(Refused) as refused:
        await house.out.tell("fax", MESSAGE, key="bnd_1")

    assert refused.value.code == "NO_CHANNEL"


async def test_what_became_of_messages_is_counted(house: House) -> None:
    """By what they are and how they ended."""
    await house.tell()
    house.post.turned_away = TryAgain("mail", "away")
    with pytest.raises(TryAgain):
        await house.letter()

    page = house.metrics.render().decode()
    assert 'strata_messages_total{operation="send_notice",outcome="sent"} 1.0' in page
    assert 'strata_messages_total{operation="send_letter",outcome="try_again"} 1.0' in page


async def test_nothing_leaves_without_somebody_on_whose_behalf(tmp_path: Path) -> None:
    """It could not be put on record."""
    made = House(tmp_path)

    with pytest.raises(Forbidden):
        await made.letter()

    assert made.post.taken == []
    made.store.close()
