"""Sent twice: the same command under the same key gets the same answer."""

import re
from email.utils import formatdate
from hashlib import sha256

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gateway.decoding import canonical
from gateway.inbound.body import KnownBody, read_body
from gateway.inbound.stage import Governance, Head, Mounted, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.access import Forbidden, current_caller
from governance.idempotency import (
    Begun,
    Command,
    InFlight,
    KeptAnswer,
    NoLongerSeen,
    OtherCommand,
    Outcome,
)
from governance.once import attempting

# A structured-field string as the draft has it, or the bare key that most clients send.
_KEY = re.compile(rb'(?P<quote>"?)(?P<key>[A-Za-z0-9._:~-]{1,255})(?P=quote)\Z')


class Idempotency:
    """Do a command once, keep its answer, and give that answer to whoever repeats it.

    What is written to a system comes under a key always; another command may.
    """

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._records = inner, governance.idempotency
        self._operation, self._needs_key = mounted.action, mounted.operation.idempotency_key
        self._asked = mounted.asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the record, or do the command and keep its answer before giving it."""
        key = _key(exchange_of_now.get().head)
        if key is None:
            if self._needs_key:
                raise Refusal(Slug.IDEMPOTENCY_KEY_MISSING)
            await self._inner(scope, receive, send)
            return
        body = await read_body(receive)
        said = f"{scope.get('method')} {scope['path']}?{scope['query_string'].decode('latin-1')}\n"
        fingerprint = sha256(said.encode() + canonical(body)).digest()
        command = Command(current_caller(), self._operation, key, fingerprint, self._asked)
        outcome = await self._records.begin(command)
        if isinstance(outcome, KeptAnswer):
            exchange_of_now.get().headers.append((b"idempotency-replayed", b"true"))
            _tell_expiry(outcome)
            await _give(outcome, send)
            return
        begun = _begun(outcome)
        held = HeldAnswer()
        with attempting(command, begun):
            await self._inner(scope, KnownBody(body, receive), held)
        answer = held.answer()
        if answer.status < 400 and len(answer.body) <= self._records.config.answer_bytes:
            answer = await self._records.keep(command, begun, answer)
            _tell_expiry(answer)
        else:
            await self._records.release(command, begun)
        await _give(answer, send)


class HeldAnswer:
    """A `send` that holds an answer back until it is kept."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        """Hold one part."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self._parts.append(message["body"])

    def answer(self) -> KeptAnswer:
        """Return the whole answer."""
        return KeptAnswer(self._status, self._headers, b"".join(self._parts))


def _key(head: Head) -> str | None:
    found = head.get(b"idempotency-key")
    if not found:
        return None
    key = _KEY.match(found[0])
    if key is None:
        raise Refusal(Slug.IDEMPOTENCY_KEY_INVALID)
    return key["key"].decode()


def _begun(outcome: Outcome) -> Begun:
    match outcome:
        case Begun():
            return outcome
        case InFlight(seconds_left):
            wait = {"retry-after": str(min(5, max(1, seconds_left)))}
            raise Refusal(Slug.IDEMPOTENCY_IN_FLIGHT, headers=wait)
        case NoLongerSeen():
            raise Forbidden("the answer shows legal entities or fields that you no longer see")
        case OtherCommand() | KeptAnswer():
            raise Refusal(Slug.IDEMPOTENCY_OTHER_REQUEST)


def _tell_expiry(answer: KeptAnswer) -> None:
    """Say until when the same command is answered like this; an answer not kept says nothing."""
    if answer.until:
        told = formatdate(answer.until, usegmt=True).encode()
        exchange_of_now.get().headers.append((b"idempotency-expires", told))


async def _give(answer: KeptAnswer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
