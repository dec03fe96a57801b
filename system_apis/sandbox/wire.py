"""How each fault looks on the wire."""

import asyncio
import socket
import struct
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime

import msgspec
from aiohttp import web

from store.clock import wall_clock
from system_apis.sandbox.exchange import Answer, Refusal, SandboxSystem, numbers
from system_apis.sandbox.faults import FaultKind, FaultPlan

JSON = "application/json"
_GARBAGE = b'{"id": \xff\xfe'
_CHUNK = 64 * 1024
_YEAR_SECONDS = 365 * 24 * 3600
_exactly = msgspec.json.Decoder(float_hook=Decimal)


class Play:
    """One call with a fault: `run` lets the system do its work, whole or half."""

    def __init__(
        self,
        request: web.Request,
        plan: FaultPlan,
        system: SandboxSystem,
        run: Callable[[bool], Answer],
    ) -> None:
        self._request = request
        self._plan = plan
        self._system = system
        self._run = run

    async def play(self, kind: FaultKind) -> web.StreamResponse:
        """Answer the call as the fault would have it."""
        refused = self._before(kind)
        if refused is not None:
            return refused
        if kind is FaultKind.LATE_COMMIT:
            await asyncio.sleep(self._plan.late_seconds)
        answer = self._run(kind is FaultKind.HALF_APPLY)
        created = list(self._system.books.created)
        if kind is FaultKind.DUPLICATE_APPLY:
            answer = self._run(False)
        if kind is FaultKind.EVENTUALLY_VISIBLE:
            self._system.books.hide(created, self._plan.hidden_seconds)
        return await self._after(kind, answer)

    def _before(self, kind: FaultKind) -> web.StreamResponse | None:
        """Answer without letting the system do anything, if that is the fault."""
        match kind:
            case FaultKind.UNAVAILABLE_BEFORE:
                return web.Response(status=503, text="<html>Down for maintenance</html>")
            case FaultKind.THROTTLED_SECONDS:
                return _throttled(str(self._plan.retry_after_seconds))
            case FaultKind.THROTTLED_DATE:
                after = timedelta(seconds=self._plan.retry_after_seconds)
                return _throttled(format_datetime(wall_clock() + after, usegmt=True))
            case FaultKind.THROTTLED_ABSENT:
                return _throttled(None)
            case FaultKind.THROTTLED_HUGE:
                return _throttled(str(_YEAR_SECONDS))
            case FaultKind.RESET_BEFORE:
                return self._reset()
            case FaultKind.REFUSED_BEFORE:
                said = Refusal(422, "NOT_ALLOWED", "a rule of the administrator's forbids it")
                return shown(Answer(body=self._system.refusal(said), status=said.status))
            case _:
                return None

    async def _after(self, kind: FaultKind, answer: Answer) -> web.StreamResponse:
        """Answer what the system has done, or part of it, or not."""
        match kind:
            case FaultKind.COMMIT_THEN_RESET:
                return self._reset()
            case FaultKind.COMMIT_THEN_500 | FaultKind.HALF_APPLY:
                return web.Response(status=500, text="<html>Internal error</html>")
            case FaultKind.COMMIT_THEN_GARBAGE:
                return web.Response(status=_with_body(answer), body=_GARBAGE, content_type=JSON)
            case FaultKind.WRONG_ID_ECHOED:
                return shown(_with_wrong_id(answer))
            case FaultKind.DRIFTED:
                return shown(_drifted(answer))
            case _:
                return await self._slowly(kind, answer)

    async def _slowly(self, kind: FaultKind, answer: Answer) -> web.StreamResponse:
        """Answer late, in part, in drops or in a flood."""
        match kind:
            case FaultKind.COMMIT_THEN_SLOW | FaultKind.LATE_COMMIT:
                await asyncio.sleep(self._plan.slow_seconds)
            case FaultKind.COMMIT_THEN_TRUNCATED:
                return await self._truncated(answer)
            case FaultKind.DRIP:
                return await self._drip(answer)
            case FaultKind.HUGE_BODY:
                return await self._huge(answer)
            case _:
                pass
        return shown(answer)

    def _reset(self) -> web.StreamResponse:
        """Cut the connection so that the caller sees a reset, not an end."""
        transport = self._request.transport
        if transport is not None:
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response(status=500)

    async def _truncated(self, answer: Answer) -> web.StreamResponse:
        body = answer.body or b"{}"
        reply = web.StreamResponse(status=_with_body(answer), headers={"Content-Type": JSON})
        reply.content_length = len(body)
        await reply.prepare(self._request)
        await reply.write(body[: len(body) // 2])
        if self._request.transport is not None:
            self._request.transport.close()
        return reply

    async def _drip(self, answer: Answer) -> web.StreamResponse:
        reply = web.StreamResponse(status=_with_body(answer), headers={"Content-Type": JSON})
        await reply.prepare(self._request)
        for position in range(len(answer.body)):
            await reply.write(answer.body[position : position + 1])
            await asyncio.sleep(self._plan.drip_seconds)
        return reply

    async def _huge(self, answer: Answer) -> web.StreamResponse:
        reply = web.StreamResponse(status=_with_body(answer), headers={"Content-Type": JSON})
        await reply.prepare(self._request)
        for _ in range(0, self._plan.huge_bytes, _CHUNK):
            await reply.write(b" " * _CHUNK)
        return reply


def shown(answer: Answer) -> web.Response:
    """Return an answer as it is."""
    if answer.status == 204:
        return web.Response(status=204)
    return web.Response(status=answer.status, body=answer.body, content_type=JSON)


def _with_body(answer: Answer) -> int:
    """Return the status of an answer that is given a body, whether it had one or not."""
    return 200 if answer.status == 204 else answer.status


def _throttled(after: str | None) -> web.Response:
    headers = {"Retry-After": after} if after is not None else {}
    return web.Response(status=429, text="<html>Too many requests</html>", headers=headers)


def _with_wrong_id(answer: Answer) -> Answer:
    """Return the answer with another record's id in the place of its own."""
    if answer.record is None:
        return answer
    right, wrong = f'"{answer.record}"'.encode(), f'"9{answer.record}"'.encode()
    return Answer(body=answer.body.replace(right, wrong), status=answer.status)


def _drifted(answer: Answer) -> Answer:
    """Return the answer in the form of another release, in which each text is an object."""
    if not answer.body:
        return answer
    body = _exactly.decode(answer.body)
    return Answer(body=numbers(_nested(body)), status=answer.status, record=answer.record)


def _nested(value: object) -> object:
    match value:
        case str():
            return {"value": value}
        case list():
            return [_nested(each) for each in value]
        case dict():
            return {name: _nested(each) for name, each in value.items()}
    return value
