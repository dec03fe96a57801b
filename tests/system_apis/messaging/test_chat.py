"""Slack and Teams: the shapes that they take, the sizes, and what they answer."""

import asyncio

import msgspec
import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.webhook import WebhookClient

from system_apis.errors import Refused, SystemFailure, TryAgain, Unknown
from system_apis.messaging import slack, teams
from system_apis.messaging.channels import ChannelSettings, connect_channels
from system_apis.messaging.interface import Line, Message
from system_apis.misfit import Misfitting
from tests.system_apis.messaging.conftest import Outward

LINK = "https://strata.example/process/notices/v1/links/abc.def"
EVIL = "<!channel> & <https://evil.example|click> [x](javascript:alert(1)) **bold** \r\n\0end"
MESSAGE = Message(to="U-FI1", subject="Two things wait", lines=(Line(EVIL, LINK), Line("more")))
LARGE = Message(
    to="U-FI1",
    subject="<" * 400,
    lines=(Line("&" * 900, LINK), *(Line("é\u2028" * 600, f"{LINK}?{n}") for n in range(200))),
)
WAYS = ["slack", "teams", "sandbox"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_message_arrives_in_the_shape_of_its_channel(outward: Outward, way: str) -> None:
    """And nothing in its words mentions anybody or leads elsewhere."""
    await outward.channel(way).send(MESSAGE, key="bnd_1")
    [kept] = await outward.kept()

    assert kept.subject == "Two things wait"
    assert "more" in kept.text


@pytest.mark.parametrize("way", ["slack", "teams"])
async def test_a_message_is_never_larger_than_its_channel_takes(outward: Outward, way: str) -> None:
    """What is too much is left out; the worklist has it."""
    await outward.channel(way).send(LARGE, key="bnd_1")

    assert len(await outward.kept()) == 1


def test_slack_reads_no_word_as_a_mark() -> None:
    """Only our own link is one."""
    told = slack.said(MESSAGE).blocks[1].text.text

    assert told.startswith("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;")
    assert told.endswith(f" end <{LINK}|Open>")


async def test_slacks_own_client_sends_the_same(outward: Outward) -> None:
    """The outbox takes what Slack's client sends of our blocks, and that finds them valid."""
    payload = slack.said(MESSAGE)
    blocks = Block.parse_all(msgspec.to_builtins(payload.blocks))
    for each in blocks:
        each.validate_json()
    client = WebhookClient(f"{outward.url}/services/finn")
    answer = await asyncio.to_thread(client.send, text=payload.text, blocks=blocks)
    await outward.channel("slack").send(MESSAGE, key="bnd_1")
    theirs, ours = await outward.kept()

    assert (answer.status_code, answer.body) == (200, "ok")
    assert (theirs.subject, theirs.text) == (ours.subject, ours.text)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/services/finn", b'{"text":"<!channel>"}'),
        ("/services/finn", b'{"text":"a","blocks":[{"type":"header"}]}'),
        ("/services/finn", b'{"text":""}'),
        ("/workflows/finn", b'{"@type":"MessageCard","text":"retired"}'),
        ("/workflows/finn", b'{"type":"message","attachments":[]}'),
        ("/workflows/finn", b'{"text":"%s"}' % (b"a" * 30_000)),
    ],
)
async def test_the_outbox_is_as_strict_as_the_real_ones(
    outward: Outward, path: str, body: bytes
) -> None:
    """What they would refuse is refused."""
    async with outward.house.session.post(f"{outward.url}{path}", data=body) as reply:
        assert reply.status in {400, 413}

    assert await outward.kept() == []


@pytest.mark.parametrize(
    ("kind", "rises"),
    [
        ("503-before", TryAgain),
        ("429-seconds", TryAgain),
        ("reset-before", Unknown),
        ("commit-then-reset", Unknown),
        ("commit-then-500", Unknown),
    ],
)
@pytest.mark.parametrize("way", ["slack", "teams"])
async def test_an_answer_says_whether_a_message_was_taken(
    outward: Outward, way: str, kind: str, rises: type[SystemFailure]
) -> None:
    """A lost one says nothing."""
    await outward.house.fail(kind, f"send_{way}")

    with pytest.raises(rises):
        await outward.channel(way).send(MESSAGE, key="bnd_1")


async def test_what_asks_us_to_slow_down_is_left_alone_for_so_long(outward: Outward) -> None:
    """`Retry-After` holds for the channel."""
    channel = outward.channel("slack")
    await outward.house.fail("429-seconds", "send_slack")
    for _ in range(2):
        with pytest.raises(TryAgain) as told:
            await channel.send(MESSAGE, key="bnd_1")

    assert 0 < told.value.after.total_seconds() <= 1
    assert await outward.kept() == []


@pytest.mark.parametrize("way", WAYS)
async def test_somebody_without_an_address_is_told_nothing(outward: Outward, way: str) -> None:
    """An address comes from the settings alone."""
    message = Message(to="https://evil.example/hook", subject="One thing", lines=())

    with pytest.raises(Refused) as refused:
        await outward.channel(way).send(message, key="bnd_1")

    assert refused.value.code == "NO_ADDRESS"


@pytest.mark.parametrize(
    "hook", ["http://169.254.169.254/", "/../../_sandbox/faults", "https://evil.example/services/x"]
)
async def test_ss_03_a_hook_elsewhere_is_not_called(outward: Outward, hook: str) -> None:
    """Not even one that a setting names by mistake."""
    config: dict[str, object] = {
        "connection": {"base_url": outward.url},
        "addresses": {"U-FI1": hook},
    }
    settings = {"way": ChannelSettings("slack", config)}
    channel = connect_channels(settings, outward.reach)["way"]

    with pytest.raises(Refused) as refused:
        await channel.send(MESSAGE, key="bnd_1")

    assert refused.value.code == "FOREIGN_ADDRESS"


@pytest.mark.parametrize(
    ("connector", "config", "said"),
    [
        ("pigeon", {}, "channels.way.connector: there is no connector"),
        ("interface", {}, "channels.way.connector: there is no connector"),
        ("smtp", {"host": "mail.example"}, "channels.way.config: `sender` is missing"),
        ("teams", {"webhook": "x"}, "channels.way.config"),
    ],
)
def test_a_channel_that_is_none_is_named(
    connector: str, config: dict[str, object], said: str
) -> None:
    """Before anything starts."""
    with pytest.raises(Misfitting, match=said):
        connect_channels(
            {"way": ChannelSettings(connector, config)}, lambda *_: pytest.fail("reached")
        )


def test_a_card_is_at_most_28_kb() -> None:
    """However much there is to tell."""
    assert len(teams.said(LARGE)) <= teams.LARGEST_CARD
