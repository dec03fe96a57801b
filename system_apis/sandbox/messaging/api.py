"""The outbox's addresses: a mail server's, Slack's and Teams' in one, each as strict as the real.

A message has a key here only where mail brings one; a webhook's is counted as often as it comes.
"""

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts
from system_apis.sandbox.messaging import cards, hooks


class Mail(Struct, frozen=True, forbid_unknown_fields=True):
    """A mail as it came."""

    key: str
    to: str
    subject: str
    text: str
    page: str


class Kept(Struct, frozen=True):
    """A message as the outbox shows it."""

    number: int
    way: str
    to: str
    subject: str
    text: str
    key: str = ""


class Outbox(Struct, frozen=True):
    """Everything that was sent, oldest first."""

    messages: list[Kept]


class SandboxOutbox:
    """What the firm sent."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._kept = Shelf(books, "message", Kept, ("to",), announced=False)

    def routes(self) -> list[Route]:
        """Return every address."""
        return [
            Route("send_mail", "POST", "/mails", self._mail),
            Route("send_slack", "POST", "/services/{hook}", self._slack),
            Route("send_teams", "POST", "/workflows/{hook}", self._teams),
            Route("read_outbox", "GET", "/outbox", self._outbox),
        ]

    def refusal(self, refusal: Refusal) -> bytes:
        """Return a refusal in as few words as Slack says it."""
        return refusal.message.encode()

    def _mail(self, call: Call) -> Answer:
        mail = call.read(Mail)
        if any(each in mail.subject + mail.to for each in "\r\n\0"):
            raise Refusal(550, "BAD_HEADER", "a header has one line")
        return self._keep(call, "mail", mail.to, mail.subject, mail.text, mail.key)

    def _slack(self, call: Call) -> Answer:
        subject, text = hooks.read(call.body)
        kept = self._keep(call, "slack", call.path["hook"], subject, text)
        return Answer(body=b"ok", record=kept.record)

    def _teams(self, call: Call) -> Answer:
        subject, text = cards.read(call.body)
        kept = self._keep(call, "teams", call.path["hook"], subject, text)
        return Answer(status=202, record=kept.record)

    def _outbox(self, call: Call) -> Answer:
        to = call.query.get("to")
        found = self._kept.find({"to": to} if to else {})
        return Answer(body=texts(Outbox([each.record for each in found])))

    def _keep(
        self, call: Call, way: str, to: str, subject: str, text: str, key: str = ""
    ) -> Answer:
        number = self.books.next("messages")
        kept = Kept(number, way, to, subject, text, key)
        self._kept.put(str(number), kept, call.now)
        return Answer(body=msgspec.json.encode(kept), status=201, record=str(number))
