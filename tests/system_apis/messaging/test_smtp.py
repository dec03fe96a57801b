"""Mail over a real SMTP server: safe on its way, one header a line, and sent or not sent."""

import socket
from pathlib import Path

import msgspec
import pytest

from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.messaging.interface import Line, Message
from system_apis.messaging.smtp import Config, Smtp
from tests.system_apis.messaging.post_office import WORD, PostOffice, post_office

ADDRESSES = {
    "U-FI1": "finn@firm.example",
    "U-GONE": "moved@firm.example",
    "U-FULL": "full@firm.example",
}
MESSAGE = Message(
    to="U-FI1",
    subject="One thing waits for you",
    lines=(Line("invoice of Müller & Söhne <b>", "https://strata.example/links/a?b=c&d"),),
)


def mailer(office: PostOffice, path: Path, **other: object) -> Smtp:
    """Return our side, which trusts the office's authority."""
    told = {
        "host": "127.0.0.1",
        "port": office.port,
        "ca_file": str(path / "ca.pem"),
        "sender": "strata@firm.example",
        "addresses": ADDRESSES,
        "timeout_seconds": 2,
    }
    return Smtp("mail", msgspec.convert({**told, **other}, Config))


async def test_a_mail_is_text_and_page_over_tls(tmp_path: Path) -> None:
    """Everything in the page is escaped, and every letter arrives."""
    async with post_office(tmp_path) as office:
        await mailer(office, tmp_path).send(MESSAGE, key="bnd_1")
        [mail] = office.mail
        text, page = (part.get_content() for part in mail.iter_parts())

    assert office.secret == [True]
    assert (mail["To"], mail["From"]) == ("finn@firm.example", "Strata <strata@firm.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "invoice of Müller & Söhne <b>" in text
    assert "https://strata.example/links/a?b=c&d" in text
    assert "Müller &amp; Söhne &lt;b&gt;" in page
    assert 'href="https://strata.example/links/a?b=c&amp;d"' in page


async def test_a_mail_has_the_same_id_at_every_try(tmp_path: Path) -> None:
    """And another key another one."""
    async with post_office(tmp_path) as office:
        for key in ("bnd_1", "bnd_1", "bnd_2"):
            await mailer(office, tmp_path).send(MESSAGE, key=key)
        ids = [mail["Message-ID"] for mail in office.mail]

    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\0", "\u2028", "\x85", "\x0b"])
async def test_log_01_no_text_makes_a_header(tmp_path: Path, breaks: str) -> None:
    """Whatever breaks a line in a subject or a line is a blank."""
    injected = f"Hello{breaks}Bcc: thief@evil.example{breaks}{breaks}body"
    message = Message(to="U-FI1", subject=injected, lines=(Line(injected),))
    async with post_office(tmp_path) as office:
        await mailer(office, tmp_path).send(message, key="bnd_1")
        [mail], [envelope] = office.mail, office.envelopes

    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello Bcc: thief@evil.example body"
    assert envelope.rcpt_tos == ["finn@firm.example"]


async def test_who_is_let_in_by_a_password_only_shows_it_over_tls(tmp_path: Path) -> None:
    """A wrong one is for a person to put right."""
    async with post_office(tmp_path, login=True) as office:
        right, wrong = (
            mailer(office, tmp_path, username="strata", password=word) for word in (WORD, "no")
        )
        await right.send(MESSAGE, key="bnd_1")
        with pytest.raises(Refused, match="SMTP 535"):
            await wrong.send(MESSAGE, key="bnd_2")

    assert len(office.mail) == 1


async def test_tls_from_the_first_byte_is_as_good(tmp_path: Path) -> None:
    """Where the server has it so."""
    async with post_office(tmp_path, starttls=False, implicit=True) as office:
        await mailer(office, tmp_path, tls="implicit").send(MESSAGE, key="bnd_1")

    assert len(office.mail) == 1


async def test_a_server_that_offers_no_tls_gets_no_mail(tmp_path: Path) -> None:
    """Somebody on the way may have taken the offer out."""
    async with post_office(tmp_path, starttls=False) as office:
        with pytest.raises(Refused, match="no safe way") as refused:
            await mailer(office, tmp_path).send(MESSAGE, key="bnd_1")

    assert refused.value.code == "NOT_SAFE"
    assert office.mail == []


async def test_a_server_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    """Neither with a strange authority nor under another name."""
    async with post_office(tmp_path) as office:
        strange = mailer(office, tmp_path, ca_file=None)
        misnamed = mailer(office, tmp_path, host="localhost")
        for each in (strange, misnamed):
            with pytest.raises(Refused, match="no safe way"):
                await each.send(MESSAGE, key="bnd_1")

    assert office.mail == []


@pytest.mark.parametrize(
    ("says", "rises"),
    [
        ("451 later", TryAgain),
        ("554 never", Refused),
        ("hang up", Unknown),
    ],
)
async def test_a_server_says_whether_it_took_a_mail(
    tmp_path: Path, says: str, rises: type[Exception]
) -> None:
    """When it hangs up over the content, nobody knows."""
    async with post_office(tmp_path) as office:
        office.says = says
        with pytest.raises(rises):
            await mailer(office, tmp_path).send(MESSAGE, key="bnd_1")


@pytest.mark.parametrize(
    ("to", "rises"), [("U-GONE", Refused), ("U-FULL", TryAgain), ("U-NOBODY", Refused)]
)
async def test_an_addressee_may_be_gone_for_good_or_for_now(
    tmp_path: Path, to: str, rises: type[Exception]
) -> None:
    """And somebody without an address is written to nowhere."""
    message = Message(to=to, subject="One thing", lines=())
    async with post_office(tmp_path) as office:
        with pytest.raises(rises):
            await mailer(office, tmp_path).send(message, key="bnd_1")

    assert office.mail == []


async def test_a_server_that_is_away_is_tried_again(tmp_path: Path) -> None:
    """Nothing was sent."""
    office = PostOffice()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        office.port = taken.getsockname()[1]
        async with post_office(tmp_path):
            pass
        with pytest.raises(TryAgain):
            await mailer(office, tmp_path).send(MESSAGE, key="bnd_1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender", "strata@firm.example\r\nBcc: thief@evil.example"),
        ("sender", "no address"),
        ("addresses", {"U-1": "a@b.example,c@d.example"}),
        ("addresses", {"U-1": "a@b.example>\r\nRCPT TO:<thief@evil.example"}),
        ("port", 0),
    ],
)
def test_an_address_that_is_none_is_no_setting(field: str, value: object) -> None:
    """It never comes as far as a server."""
    told = {"host": "mail.example", "sender": "strata@firm.example", field: value}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, Config)


def test_mail_without_tls_stays_on_this_machine() -> None:
    """Any other server is spoken to in secret."""
    told = {"host": "mail.example", "sender": "strata@firm.example", "tls": "none"}

    with pytest.raises(msgspec.ValidationError, match="over TLS only"):
        msgspec.convert(told, Config)
