"""What subscribers are told is signed, by a secret that is theirs alone and shown once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from standardwebhooks import Webhook, WebhookVerificationError

from governance.access import acting_as
from process_apis.errors import NoSuchRecord
from tests.process_apis.telling import OWNER, Receiver, Telling


def _bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.iterdir() if each.is_file())


async def test_what_is_told_by_a_stranger_is_not_verified(
    telling: Telling, there: Receiver
) -> None:
    """Another subscription's secret does not sign this one's events."""
    await telling.subscribe(there)
    await telling.post_invoice(1)
    async with telling.sender() as sender:
        await telling.round(sender)

    with pytest.raises(WebhookVerificationError):
        Webhook(telling.secrets.shown("sub_other", 1)).verify(
            there.came[0].body, dict(there.came[0].headers)
        )


async def test_both_secrets_sign_for_a_day_after_a_rotation(
    telling: Telling, there: Receiver
) -> None:
    """Then the old one signs no more."""
    subscription = await telling.subscribe(there)
    old = telling.secrets.shown(subscription.id, 1)
    rotated = await telling.register.rotate(subscription.id, 1, by=OWNER)
    async with telling.sender() as sender:
        await telling.post_invoice(1)
        await telling.round(sender)
        telling.now += timedelta(hours=25)
        await telling.post_invoice(2)
        await telling.round(sender)

    during, later = there.came
    for secret in (old, telling.secrets.shown(subscription.id, 2)):
        Webhook(secret).verify(during.body, dict(during.headers))
    assert len(later.headers["webhook-signature"].split()) == 1
    assert rotated.secret_number == 2


async def test_a_secret_is_shown_to_its_owner_alone_and_for_an_hour(
    telling: Telling, there: Receiver
) -> None:
    """Not to an operator, and not later."""
    subscription = await telling.subscribe(there)
    operator = replace(OWNER, subject="U-OP", roles=frozenset({"operator"}))

    with acting_as(operator), pytest.raises(NoSuchRecord):
        await telling.desk.secret(subscription.id)
    telling.now += timedelta(hours=1)
    with acting_as(OWNER), pytest.raises(NoSuchRecord, match="rotate"):
        await telling.desk.secret(subscription.id)


async def test_a_secret_is_shown_once_and_another_one_once_more(
    telling: Telling, there: Receiver
) -> None:
    """A second reading finds nothing, within the hour too, until it is rotated."""
    subscription = await telling.subscribe(there)
    with acting_as(OWNER):
        first, _ = await telling.desk.secret(subscription.id)
        with pytest.raises(NoSuchRecord, match="rotate"):
            await telling.desk.secret(subscription.id)
        await telling.desk.rotate(subscription.id, f'"{subscription.revision}"')
        second, _ = await telling.desk.secret(subscription.id)
        with pytest.raises(NoSuchRecord, match="rotate"):
            await telling.desk.secret(subscription.id)

    shown = [telling.secrets.shown(subscription.id, number) for number in (1, 2)]
    assert [first, second] == shown


async def test_two_readings_at_once_show_a_secret_to_one_of_them(
    telling: Telling, there: Receiver
) -> None:
    """It is written down as shown before it is shown."""
    subscription = await telling.subscribe(there)
    with acting_as(OWNER):
        readings = [telling.desk.secret(subscription.id) for _ in range(5)]
        found = await asyncio.gather(*readings, return_exceptions=True)

    assert sum(isinstance(each, tuple) for each in found) == 1
    assert sum(isinstance(each, NoSuchRecord) for each in found) == 4


async def test_log_03_no_secret_is_in_the_database(
    telling: Telling, there: Receiver, tmp_path: Path
) -> None:
    """It follows from the gateway's key, which is elsewhere."""
    subscription = await telling.subscribe(there)
    await telling.post_invoice(1)
    async with telling.sender() as sender:
        await telling.round(sender)

    secret = telling.secrets.shown(subscription.id, 1)
    held = _bytes_of(tmp_path)
    assert subscription.id.encode() in held
    assert secret.removeprefix("whsec_").encode() not in held
